package io.norma.onnx;

import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.file.Unsupported;
import io.norma.onnx.file.UnsupportedOnnxException;
import io.norma.onnx.file.UnsupportedPart;
import io.norma.onnx.operators.OnnxOperators;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.OperatorSetIdProto;
import java.util.List;

/** Which definitions of ONNX's operators a model is written by. */
final class OperatorSets {
  private OperatorSets() {}

  /**
   * The version of the default domain's operator set that a model imports.
   *
   * @throws MalformedOnnxException if it imports none
   * @throws UnsupportedOnnxException if it is newer than what is understood
   */
  static int of(ModelProto model) {
    long operatorSet = model.getIrVersion() < 3 ? 1 : 0;
    for (OperatorSetIdProto imported : model.getOpsetImportList()) {
      if (Unsupported.isDefaultDomain(imported.getDomain())) {
        operatorSet = imported.getVersion();
      }
    }
    if (operatorSet < 1) {
      throw new MalformedOnnxException(
          "the model does not say which operator set it uses; it may be truncated: transfer or"
              + " export it again");
    }
    if (operatorSet > OnnxOperators.NEWEST_OPERATOR_SET) {
      String reason =
          "the newest operator set understood is %d; export with opset_version=%1$d"
              .formatted(OnnxOperators.NEWEST_OPERATOR_SET);
      throw new UnsupportedOnnxException(
          List.of(new UnsupportedPart("ai.onnx", "operator set", operatorSet, reason)), 0);
    }
    return (int) operatorSet;
  }
}
