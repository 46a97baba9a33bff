package io.norma.onnx;

import java.util.List;

/**
 * Something in a file that works, but that its owner may not have meant.
 *
 * @param message what was found and what to do about it
 * @param names the layers, nodes or values concerned
 */
public record ImportWarning(Code code, String message, List<String> names) {
  public ImportWarning {
    names = List.copyOf(names);
  }

  /** The same, with what was found in this file. */
  ImportWarning with(String details) {
    return new ImportWarning(code, message + " " + details, names);
  }

  /** The warning that a network was not tried, and why. */
  public static ImportWarning notTried(String reason) {
    return new ImportWarning(
        Code.NOT_TRIED, Code.NOT_TRIED.message() + " What was found: " + reason, List.of());
  }

  /** What kind of finding it is. */
  public enum Code {
    NO_BATCH_NORMALIZATION(
        "The network has no batch normalization, so running statistics do nothing. Perhaps the"
            + " exporter folded what it had into the weights."),
    BATCH_NORMALIZATION_PARTLY_FOLDED(
        "Some layers of the network have a batch normalization behind them, and these, which have a"
            + " bias instead, perhaps had one that the exporter folded into their weights. Running"
            + " statistics reach only the layers that kept theirs."),
    RUNNING_STATISTICS_UNSET(
        "All running means are 0 and all running variances 1, as before any training. Check that"
            + " the trained weights were loaded before the export, or calibrate. If it is an"
            + " instance normalization that was exported as a batch normalization in training mode,"
            + " it has none to set: request with \"normalization\": \"batch\"."),
    VARIANCE_NEAR_ZERO(
        "A running variance is below epsilon, so epsilon rather than the data sets that channel's"
            + " scale. Such a channel was constant in training."),
    LEFT_IN_TRAINING_MODE(
        "The node was exported in training mode. It is served frozen, by the running statistics in"
            + " the file. If it is meant to normalize by each request's own statistics, as the file"
            + " says, request with \"normalization\": \"batch\"; else export in evaluation mode to"
            + " be rid of this warning."),
    BATCH_NORMALIZATION_RENAMED(
        "What the file calls the batch normalization has control characters or more than 512"
            + " characters, and running statistics cannot be stored under it. It goes by its"
            + " operator and its position in the file instead."),
    BATCH_NORMALIZATION_NOT_BOUND(
        "The batch normalization stays an ordinary layer, because its parameters are no FP32"
            + " constants, its updated running statistics are used, or it stands in a branch or a"
            + " loop. It computes what the file says; running statistics cannot be loaded into"
            + " it."),
    BATCH_NORMALIZATION_RECOGNIZED(
        "The file writes the batch normalization as arithmetic, (x − μ) · γ/√(σ² + ε) + β or"
            + " x · scale + shift, with all of these constants in it. It is served as a batch"
            + " normalization: running statistics can be loaded into it and calibrated as into any"
            + " other."),
    BATCH_NORMALIZATION_INSEPARABLE(
        "The node ends what is perhaps left of a batch normalization: a scale and a shift per"
            + " channel, whose constants the exporter has folded, so that γ and the running"
            + " variance cannot be told apart. It computes what the file says; running statistics"
            + " cannot be loaded into it."),
    DROPOUT_IN_TRAINING_MODE(
        "The dropout was exported in training mode. It is served as the identity. Export in"
            + " evaluation mode to be rid of this warning."),
    LINEAR_RESIZE_WITH_UNCLEAR_CORNERS(
        "Operator sets before 11 do not say where a linear resize has its corners. It is computed"
            + " by asymmetric coordinates, as ONNX Runtime has it; PyTorch's align_corners=False"
            + " means others. Export with opset_version=11 or newer."),
    EXTENT_OF_ZERO(
        "The input is declared with an extent of 0, as some exporters write one that is left open."
            + " A request decides it, as if it were declared so. Where the network needs a certain"
            + " extent, export the model with it."),
    FIXED_BATCH(
        "The input's first axis is fixed to 1, so only requests of one row are answered: rows"
            + " cannot be sent together, and normalizing by a batch or calibrating sees the values"
            + " of one row, of which layers without further axes have one per channel, too few."),
    INPUT_SHAPE_UNKNOWN(
        "The input is declared without a shape, so that nothing could be checked: it takes what"
            + " comes, and a layer refuses what does not fit. It is reported with one dynamic"
            + " dimension, however many it has. Export the model with shapes, so that requests can"
            + " be checked and rows sent together."),
    FIXED_BATCH_OPENED(
        "The input's first axis is fixed to 1 in the file, but each row that comes out depends on"
            + " the same row of what comes in alone, as the network's layers show. So it is taken"
            + " for a batch, and requests may have any number of rows."),
    OUTPUT_SHAPE_UNKNOWN(
        "The output is declared without a shape. It is reported with one dynamic dimension, however"
            + " many it has."),
    NOT_TRIED(
        "The network was not run when it was loaded, so it is neither tried nor warm: it does not"
            + " run on the zeros and ones that were tried in place of its inputs, which may be for"
            + " want of a size, a count, a scale or a divisor in them. Its first request finds out"
            + " whether it runs, and takes longer than later ones.");

    private final String message;

    Code(String message) {
      this.message = message;
    }

    String message() {
      return message;
    }
  }
}
