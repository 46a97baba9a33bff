package io.norma.inference;

import io.norma.admission.AdmissionSettings;
import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ServedModel;
import io.norma.network.TensorMetadata;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks a request against what the model declares. */
final class RequestCheck {
  static final String SEED = InferenceRequest.SEED;

  private RequestCheck() {}

  /**
   * The inputs in the network's order.
   *
   * @throws ServingException.Invalid if a name, data type or shape does not fit
   * @throws ServingException.TooLarge if there are more rows, tensors or elements than allowed
   */
  static List<Tensor> inputs(
      ServedModel model, InferenceRequest request, AdmissionSettings.Inference limits) {
    requireFew(request, limits);
    List<TensorMetadata> declared = model.network().inputs();
    boolean convert = InputConversion.isWanted(request);
    Tensor[] ordered = new Tensor[declared.size()];
    for (NamedTensor input : request.inputs()) {
      int position = position(declared, input.name());
      if (position < 0) {
        throw invalid(
            model, "has no input '%s'; its inputs are %s".formatted(input.name(), names(declared)));
      }
      if (ordered[position] != null) {
        throw invalid(model, "got input '" + input.name() + "' twice");
      }
      ordered[position] = checked(model, declared.get(position), input, convert);
    }
    Map<String, Rows> rows = new HashMap<>();
    for (int i = 0; i < ordered.length; i++) {
      TensorMetadata metadata = declared.get(i);
      Tensor tensor = ordered[i];
      if (tensor == null) {
        throw invalid(
            model,
            "needs input '%s' (%s, shape %s), but the request has %s"
                .formatted(
                    metadata.name(), metadata.elementType(), metadata.shape(), given(request)));
      }
      // A vector of open length is a list of sizes, indices and the like as often as a batch.
      if (metadata.hasDynamicBatch() && metadata.shape().size() > 1) {
        checkRows(model, i, tensor, rows, limits.maxBatchSize());
      }
    }
    return List.of(ordered);
  }

  private static void requireFew(InferenceRequest request, AdmissionSettings.Inference limits) {
    int tensors = request.inputs().size() + request.outputs().size();
    if (tensors > limits.maxTensors()) {
      throw new ServingException.TooLarge(
          "the request names %d inputs and outputs, more than the %d of norma.inference.max-tensors"
              .formatted(tensors, limits.maxTensors()));
    }
    long elements = request.inputs().stream().mapToLong(input -> input.tensor().size()).sum();
    if (elements > limits.maxElements()) {
      throw new ServingException.TooLarge(
          "the request's inputs have %d elements, more than the %d of norma.inference.max-elements"
              .formatted(elements, limits.maxElements()));
    }
    for (NamedTensor input : request.inputs()) {
      Shape shape = input.tensor().shape();
      if (shape.rank() > limits.maxRank()) {
        throw new ServingException.TooLarge(
            "input '%s' has %d axes, more than the %d of norma.inference.max-rank"
                .formatted(input.name(), shape.rank(), limits.maxRank()));
      }
    }
  }

  /**
   * Makes sure that an inference has no more rows than its model's operator wants in one.
   *
   * @throws ServingException.Invalid if it has more
   */
  static void requireBatch(ServedModel model, List<Tensor> inputs) {
    Integer most = model.config().maxBatchSize();
    // With 0, the first axis is no batch.
    if (most != null && most > 0 && model.rows(inputs) > most) {
      throw invalid(
          model,
          "got %d rows, more than the %d of max_batch_size in %s"
              .formatted(model.rows(inputs), most, model.config().source()));
    }
  }

  /**
   * Positions of the outputs that are wanted, or {@code null} for all.
   *
   * @throws ServingException.Invalid if the model has no such output, or one is named twice
   */
  static int @Nullable [] outputs(ServedModel model, InferenceRequest request) {
    if (request.outputs().isEmpty()) {
      return null;
    }
    List<TensorMetadata> declared = model.network().outputs();
    int[] positions = new int[request.outputs().size()];
    boolean[] taken = new boolean[declared.size()];
    for (int i = 0; i < positions.length; i++) {
      String name = request.outputs().get(i);
      positions[i] = position(declared, name);
      if (positions[i] < 0) {
        throw invalid(
            model, "has no output '%s'; its outputs are %s".formatted(name, names(declared)));
      }
      if (taken[positions[i]]) {
        throw invalid(model, "was asked for output '" + name + "' twice");
      }
      taken[positions[i]] = true;
    }
    return positions;
  }

  /**
   * The seed of the random numbers that the network draws, {@code null} if the request has none.
   *
   * @throws ServingException.Invalid if it is no whole number of 64 bits
   */
  static @Nullable Long seed(InferenceRequest request) {
    return switch (request.parameters().get(SEED)) {
      case null -> null;
      case Long seed -> seed;
      case Object other ->
          throw new ServingException.Invalid(
              "parameter 'seed' must be a whole number from -2^63 to 2^63-1, but is "
                  + (other instanceof String ? "\"" + other + "\"" : other));
    };
  }

  /**
   * Whether a request asks for a receipt.
   *
   * @throws ServingException.InvalidField if the parameter is neither true nor false
   */
  static boolean wantsReceipt(InferenceRequest request) {
    return truth(request, InferenceRequest.RECEIPT);
  }

  /** A parameter that is true or false; false where it is not there. */
  static boolean truth(InferenceRequest request, String parameter) {
    return switch (request.parameters().get(parameter)) {
      case null -> false;
      case Boolean truth -> truth;
      case Object other ->
          throw new ServingException.InvalidField(
              "parameters." + parameter,
              "'parameters.%s' must be true or false, but is %s"
                  .formatted(parameter, other instanceof String ? "\"" + other + "\"" : other));
    };
  }

  private static Tensor checked(
      ServedModel model, TensorMetadata metadata, NamedTensor input, boolean convert) {
    ElementType declared = metadata.elementType();
    // Numbers of 16 bits are computed with as FP32: whoever has them so may send them so.
    boolean fits =
        input.elementType() == declared
            || (declared.isNarrow() && input.elementType() == ElementType.FP32);
    boolean convertible = InputConversion.isPossible(input.elementType(), declared);
    Tensor tensor = input.tensor();
    if (!fits && !(convert && convertible)) {
      throw invalid(
          model,
          "expects datatype %s for input '%s', got %s%s"
              .formatted(
                  declared.isNarrow() ? declared + " or FP32" : declared,
                  metadata.name(),
                  input.elementType(),
                  convertible
                      ? "; with the request's parameter '%s': true it is converted"
                          .formatted(InferenceRequest.CONVERT_INPUTS)
                      : ""));
    }
    if (!metadata.accepts(tensor.shape())) {
      throw invalid(
          model,
          "expects shape %s for input '%s' (-1 is any extent), got %s"
              .formatted(metadata.shape(), metadata.name(), tensor.shape()));
    }
    return fits ? tensor : InputConversion.convert(metadata.name(), tensor, declared);
  }

  /** How many rows an input has. */
  private record Rows(String input, int count) {}

  /**
   * @param others by what the file calls their first axis: those that have one name are of one
   *     batch
   */
  private static void checkRows(
      ServedModel model, int position, Tensor tensor, Map<String, Rows> others, int maxBatchSize) {
    String name = model.network().inputs().get(position).name();
    Shape shape = tensor.shape();
    Rows rows = new Rows(name, shape.dimension(0));
    if (rows.count == 0) {
      throw invalid(model, "got no rows: input '%s' has shape %s".formatted(name, shape));
    }
    if (rows.count > maxBatchSize) {
      throw new ServingException.TooLarge(
          "input '%s' has %d rows, more than the %d of norma.inference.max-batch-size"
              .formatted(name, rows.count, maxBatchSize));
    }
    List<String> axes = model.report().inputs().get(position).dimensionNames();
    Rows other = others.putIfAbsent(axes.isEmpty() ? "" : axes.getFirst(), rows);
    if (other != null && other.count != rows.count) {
      throw invalid(
          model,
          "got input '%s' with %d rows, but input '%s' with %d"
              .formatted(name, rows.count, other.input, other.count));
    }
  }

  private static int position(List<TensorMetadata> declared, String name) {
    for (int i = 0; i < declared.size(); i++) {
      if (declared.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  private static String names(List<TensorMetadata> declared) {
    return declared.stream().map(m -> "'" + m.name() + "'").toList().toString();
  }

  private static String given(InferenceRequest request) {
    List<String> names = new ArrayList<>();
    request.inputs().forEach(input -> names.add("'" + input.name() + "'"));
    return names.isEmpty() ? "no inputs" : names.toString();
  }

  private static ServingException invalid(ServedModel model, String message) {
    return new ServingException.Invalid("model '" + model.name() + "' " + message);
  }
}
