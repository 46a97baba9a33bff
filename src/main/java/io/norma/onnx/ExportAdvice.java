package io.norma.onnx;

import io.norma.onnx.proto.ModelProto;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a network is exported anew, by the program that wrote a file, so that it keeps its batch
 * normalizations and takes any number of rows.
 *
 * @param keepNormalizations a sentence
 * @param openBatch a sentence
 */
record ExportAdvice(String keepNormalizations, String openBatch) {
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*", Pattern.DOTALL);

  /** Since this version PyTorch exports by another exporter if nothing is said. */
  private static final int[] NEW_EXPORTER = {2, 9};

  private static final String NEW_CALL =
      "torch.onnx.export(model.eval(), (x,), \"m.onnx\", optimize=False, external_data=False,"
          + " dynamic_shapes=({0: torch.export.Dim(\"N\")},))";
  private static final String OLD_CALL =
      "torch.onnx.export(model.eval(), (x,), \"m.onnx\","
          + " training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,"
          + " input_names=[\"x\"], dynamic_axes={\"x\": {0: \"N\"}})";
  private static final String OLD_AXES =
      "torch.onnx.export(…, input_names=[\"x\"], dynamic_axes={\"x\": {0: \"N\"}})";
  private static final String NEW_SHAPES =
      "torch.onnx.export(…, dynamic_shapes=({0: torch.export.Dim(\"N\")},))";

  /** How Keras's networks keep theirs: its own export always folds their constants. */
  static final String KERAS =
      "A Keras network keeps them with KERAS_BACKEND=torch and torch.onnx.export(model, (x,),"
          + " \"m.onnx\", dynamo=False, do_constant_folding=False, input_names=[\"x\"],"
          + " dynamic_axes={\"x\": {0: \"N\"}}), x a tensor; model.export folds their constants.";

  /** What helps whoever cannot export anew. */
  static final String WITHOUT_EXPORT =
      "Without a new export: send the network's state dict as safetensors by PUT"
          + " /v1/models/{model}/versions/{version}/checkpoint, which restores them exactly, or"
          + " clean inputs by POST …/references, whose moments stand in for them.";

  static ExportAdvice of(ModelProto model) {
    if (isOfUltralytics(model)) {
      return new ExportAdvice(
          "Ultralytics fuses them into the convolutions before it exports, whatever its export is"
              + " told.",
          "Export with dynamic=True.");
    }
    return switch (model.getProducerName().strip().toLowerCase(Locale.ROOT)) {
      case "pytorch" ->
          isNew(model.getProducerVersion())
              ? new ExportAdvice(
                  "Export with "
                      + NEW_CALL
                      + "; where that exporter fails, with dynamo=False and"
                      + " the arguments of older versions: "
                      + OLD_CALL
                      + ".",
                  "Export with a dynamic first axis: "
                      + NEW_SHAPES
                      + ", or with dynamo=False "
                      + OLD_AXES
                      + ".")
              : new ExportAdvice(
                  "Export with " + OLD_CALL + ".",
                  "Export with a dynamic first axis: " + OLD_AXES + ".");
      case "tf2onnx" ->
          new ExportAdvice(
              "tf2onnx fuses them into the convolutions. " + KERAS,
              "Export with an input signature whose first extent is None.");
      default ->
          new ExportAdvice(
              "PyTorch from 2.9 on keeps them with "
                  + NEW_CALL
                  + ", older ones with "
                  + OLD_CALL
                  + ". "
                  + KERAS,
              "Export with a dynamic first axis: "
                  + NEW_SHAPES
                  + ", before PyTorch 2.9 "
                  + OLD_AXES
                  + "; in Keras or TensorFlow an input signature whose first extent is None.");
    };
  }

  private static boolean isOfUltralytics(ModelProto model) {
    return model.getMetadataPropsList().stream()
        .anyMatch(
            entry -> entry.getKey().equals("author") && entry.getValue().equals("Ultralytics"));
  }

  private static boolean isNew(String version) {
    Matcher numbers = VERSION.matcher(version.strip());
    if (!numbers.matches()) {
      return false;
    }
    // A number of more digits is no version.
    if (numbers.group(1).length() > 4 || numbers.group(2).length() > 4) {
      return false;
    }
    int major = Integer.parseInt(numbers.group(1));
    int minor = Integer.parseInt(numbers.group(2));
    return major > NEW_EXPORTER[0] || (major == NEW_EXPORTER[0] && minor >= NEW_EXPORTER[1]);
  }
}
