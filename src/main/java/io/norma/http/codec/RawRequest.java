package io.norma.http.codec;

import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.network.TensorMetadata;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServingException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reads a body without any JSON, whose bytes are those of a model's only input: what the binary
 * tensor extension calls a raw binary request. The one extent that the model leaves open follows
 * from how many bytes there are.
 */
public final class RawRequest {
  private RawRequest() {}

  /**
   * Reads a body; it is answered in binary.
   *
   * @param inputs what the model declares
   * @throws ServingException.Invalid if the model has not one input, or leaves more than one extent
   *     open, or the bytes are none of such a tensor
   */
  public static WireRequest read(
      String model, List<TensorMetadata> inputs, byte[] body, int length) {
    if (inputs.size() != 1) {
      throw refused(
          "model '%s' has the inputs %s, and bytes alone do not tell which is which"
              .formatted(
                  model,
                  inputs.stream()
                      .map(input -> "'" + input.name() + "'")
                      .collect(Collectors.joining(", "))));
    }
    TensorMetadata input = inputs.getFirst();
    Shape shape = shape(model, input, length);
    NamedTensor tensor =
        new NamedTensor(
            input.name(),
            BinaryElements.read(input.name(), input.elementType(), shape, body, 0),
            input.elementType());
    return new WireRequest(
        new InferenceRequest(null, Map.of(), List.of(tensor), List.of()), ResponseForm.BINARY);
  }

  private static Shape shape(String model, TensorMetadata input, int length) {
    long[] extents = input.shape().stream().mapToLong(Long::longValue).toArray();
    int open = -1;
    long known = bytes(input.elementType());
    for (int axis = 0; axis < extents.length; axis++) {
      if (extents[axis] >= 0) {
        known *= extents[axis];
      } else if (open < 0) {
        open = axis;
      } else {
        throw refused(
            "input '%s' of model '%s' has shape %s, and bytes alone tell only one open extent"
                .formatted(input.name(), model, input.shape()));
      }
    }
    boolean fits = open < 0 ? length == known : known > 0 && length % known == 0;
    if (!fits) {
      throw new ServingException.Invalid(
          "input '%s' of model '%s' has shape %s and datatype %s: %s%d bytes, but the body has %d"
              .formatted(
                  input.name(),
                  model,
                  input.shape(),
                  input.elementType(),
                  open < 0 ? "" : "a multiple of ",
                  known,
                  length));
    }
    if (open >= 0) {
      extents[open] = length / known;
    }
    return Shape.ofLongs(extents);
  }

  private static int bytes(ElementType type) {
    return type.isNarrow() ? Short.BYTES : type.dataType().bytes();
  }

  private static ServingException refused(String reason) {
    return new ServingException.Invalid(
        "%s: 0 means that the body is the bytes of the only input, but %s: send JSON before the bytes, and its length"
            .formatted(BinaryBody.LENGTH_HEADER, reason));
  }
}
