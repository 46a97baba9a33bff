package io.norma.onnx;

import io.norma.kernel.tensor.ElementType;
import io.norma.network.TensorMetadata;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.file.OnnxTensors;
import io.norma.onnx.proto.TensorShapeProto.Dimension;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Declarations of inputs and outputs. */
final class ValueInfos {
  private ValueInfos() {}

  /** Why a value of this type cannot go in or out, or {@code null} if it can. */
  static @Nullable String unsupportedReason(ValueInfoProto value) {
    TypeProto type = value.getType();
    if (!type.hasTensorType()) {
      return "a value of kind " + type.getValueCase() + "; only dense tensors can be sent";
    }
    for (Dimension dimension : type.getTensorType().getShape().getDimList()) {
      if (dimension.getDimValue() < 0) {
        return "an extent of %d; leave an extent without a value to leave it open"
            .formatted(dimension.getDimValue());
      }
    }
    try {
      OnnxTensors.elementType(type.getTensorType().getElemType());
      return null;
    } catch (IllegalArgumentException e) {
      return e.getMessage();
    }
  }

  /**
   * Makes sure that each input has a name, and one of its own: what reads it has nothing else to
   * know it by.
   *
   * @param whose for the message
   */
  static void requireNames(String whose, List<ValueInfoProto> inputs) {
    Set<String> names = new HashSet<>();
    for (ValueInfoProto input : inputs) {
      if (input.getName().isEmpty()) {
        throw new MalformedOnnxException(
            "input %d of %s has no name; export the model again".formatted(names.size(), whose));
      }
      if (!names.add(input.getName())) {
        throw new MalformedOnnxException(
            "%s declares input '%s' twice; export the model again"
                .formatted(whose, input.getName()));
      }
    }
  }

  static boolean hasShape(ValueInfoProto value) {
    return value.getType().getTensorType().hasShape();
  }

  /** Whether an extent is declared as 0, as some exporters write one that is left open. */
  static boolean hasExtentOfZero(ValueInfoProto value) {
    return value.getType().getTensorType().getShape().getDimList().stream()
        .anyMatch(dimension -> dimension.hasDimValue() && dimension.getDimValue() == 0);
  }

  /** What is declared of an input; one without a shape takes what comes. */
  static TensorMetadata input(ValueInfoProto value) {
    TensorMetadata metadata = metadata(value);
    return hasShape(value)
        ? metadata
        : TensorMetadata.ofAnyShape(metadata.name(), metadata.elementType());
  }

  static TensorMetadata metadata(ValueInfoProto value) {
    ImportReport.Value report = report(value);
    return new TensorMetadata(report.name(), report.dataType(), report.shape());
  }

  static ImportReport.Value report(ValueInfoProto value) {
    TypeProto.Tensor type = value.getType().getTensorType();
    ElementType dataType = OnnxTensors.elementType(type.getElemType());
    if (!type.hasShape()) {
      return new ImportReport.Value(
          value.getName(), dataType, List.of(TensorMetadata.DYNAMIC), List.of(""));
    }
    List<Long> shape = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (Dimension dimension : type.getShape().getDimList()) {
      boolean fixed = dimension.hasDimValue() && dimension.getDimValue() > 0;
      shape.add(fixed ? dimension.getDimValue() : TensorMetadata.DYNAMIC);
      names.add(dimension.getDimParam());
    }
    return new ImportReport.Value(value.getName(), dataType, shape, names);
  }

  /** How many axes values have that are declared with a shape. */
  static Map<String, Integer> ranks(List<ValueInfoProto> values) {
    Map<String, Integer> ranks = new HashMap<>();
    for (ValueInfoProto value : values) {
      if (hasShape(value)) {
        ranks.put(value.getName(), value.getType().getTensorType().getShape().getDimCount());
      }
    }
    return ranks;
  }
}
