package io.norma.models.configuration;

import io.norma.network.TensorMetadata;
import io.norma.serving.ModelConfig;
import io.norma.serving.ModelConfig.DeclaredTensor;
import io.norma.serving.ServingException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Holds a configuration against the network that it is about, as Triton does. */
public final class ConfigCheck {
  private ConfigCheck() {}

  /**
   * Checks what is written of inputs and outputs, and whether batches can be had. Where the network
   * leaves an extent open any may be written, where it does not only its own. Outputs may be left
   * out, and inputs all together.
   *
   * @throws ServingException.Invalid if the network is another
   */
  public static void check(
      ModelConfig config, List<TensorMetadata> inputs, List<TensorMetadata> outputs) {
    boolean batched = isBatched(config, inputs, outputs);
    Integer rows = config.maxBatchSize();
    if (rows != null && rows > 0 && !batched) {
      throw new ServingException.Invalid(
          "%s: max_batch_size is %d, but the network takes no batches: its inputs and outputs are %s, and not all have an open first axis; write max_batch_size: 0"
              .formatted(
                  config.source(),
                  rows,
                  Stream.concat(inputs.stream(), outputs.stream())
                      .map(ConfigCheck::described)
                      .toList()));
    }
    config.inputs().forEach(input -> check(config, "input", input, inputs, batched));
    config.outputs().forEach(output -> check(config, "output", output, outputs, batched));
    if (!config.inputs().isEmpty()) {
      for (TensorMetadata input : inputs) {
        if (config.inputs().stream().noneMatch(written -> written.name().equals(input.name()))) {
          throw new ServingException.Invalid(
              "%s: input '%s' is missing, which the network has; name all of its inputs, or none"
                  .formatted(config.source(), input.name()));
        }
      }
    }
  }

  /** Whether the first axis of all inputs and outputs counts the rows of a batch. */
  public static boolean isBatched(
      ModelConfig config, List<TensorMetadata> inputs, List<TensorMetadata> outputs) {
    return !config.refusesBatches()
        && !inputs.isEmpty()
        && Stream.concat(inputs.stream(), outputs.stream())
            .allMatch(TensorMetadata::hasDynamicBatch);
  }

  private static void check(
      ModelConfig config,
      String kind,
      DeclaredTensor written,
      List<TensorMetadata> declared,
      boolean batched) {
    Optional<TensorMetadata> found =
        declared.stream().filter(tensor -> tensor.name().equals(written.name())).findFirst();
    if (found.isEmpty()) {
      throw new ServingException.Invalid(
          "%s: the network has no %s '%s'; its %ss are %s"
              .formatted(
                  config.source(),
                  kind,
                  written.name(),
                  kind,
                  declared.stream().map(ConfigCheck::described).toList()));
    }
    TensorMetadata tensor = found.get();
    if (!written.elementType().isEmpty()
        && !written.elementType().equals(tensor.elementType().name())) {
      throw new ServingException.Invalid(
          "%s: data_type of %s '%s' must be TYPE_%s, as in the network, but is TYPE_%s"
              .formatted(
                  config.source(),
                  kind,
                  written.name(),
                  tensor.elementType(),
                  written.elementType().equals("BYTES") ? "STRING" : written.elementType()));
    }
    // Without max_batch_size nothing says whether dims have the batch axis.
    boolean fits =
        fits(written.dims(), tensor, batched)
            || (config.maxBatchSize() == null && fits(written.dims(), tensor, false));
    if (!written.dims().isEmpty() && !tensor.anyShape() && !fits) {
      throw new ServingException.Invalid(
          "%s: dims of %s '%s' must be %s%s, as in the network, but are %s"
              .formatted(
                  config.source(),
                  kind,
                  written.name(),
                  dims(tensor, batched),
                  batched ? " (without the batch axis)" : "",
                  written.dims()));
    }
  }

  private static boolean fits(List<Long> written, TensorMetadata tensor, boolean batched) {
    List<Long> dims = dims(tensor, batched);
    if (written.size() != dims.size()) {
      return false;
    }
    for (int axis = 0; axis < dims.size(); axis++) {
      if (dims.get(axis) != TensorMetadata.DYNAMIC && !dims.get(axis).equals(written.get(axis))) {
        return false;
      }
    }
    return true;
  }

  /** The extents, without the batch axis if there is one. */
  public static List<Long> dims(TensorMetadata tensor, boolean batched) {
    return batched ? tensor.shape().subList(1, tensor.shape().size()) : tensor.shape();
  }

  private static String described(TensorMetadata tensor) {
    return "'%s' %s %s".formatted(tensor.name(), tensor.elementType(), tensor.shape());
  }
}
