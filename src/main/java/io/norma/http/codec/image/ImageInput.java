package io.norma.http.codec.image;

import io.norma.kernel.tensor.ElementType;
import io.norma.network.TensorMetadata;
import io.norma.serving.ServingException;
import java.util.List;
import java.util.Set;

/**
 * A model's only input where it takes one image: rows × channels × height × width.
 *
 * @param channels 1 for grey, 3 for red, green and blue
 */
record ImageInput(String model, TensorMetadata metadata, int channels) {
  private static final Set<Long> CHANNELS = Set.of(1L, 3L);
  private static final int RANK = 4;

  /** Elements that samples become: real numbers, or the samples as they are. */
  private static final Set<ElementType> TYPES =
      Set.of(
          ElementType.FP32,
          ElementType.FP64,
          ElementType.FP16,
          ElementType.BF16,
          ElementType.UINT8);

  /**
   * The input of a model.
   *
   * @throws ServingException.Invalid if it does not take one image
   */
  static ImageInput of(String model, List<TensorMetadata> inputs) {
    if (inputs.size() == 1) {
      TensorMetadata input = inputs.getFirst();
      List<Long> shape = input.shape();
      if (shape.size() == RANK
          && (shape.getFirst() == TensorMetadata.DYNAMIC || shape.getFirst() == 1)
          && CHANNELS.contains(shape.get(1))
          && TYPES.contains(input.elementType())) {
        return new ImageInput(model, input, shape.get(1).intValue());
      }
    }
    throw new ServingException.Invalid(
        "model '%s' takes no image: expected one input of shape [1, C, H, W] with 1 or 3 channels C and datatype %s, but its inputs are %s; send tensors as JSON or application/x-npy"
            .formatted(
                model,
                "FP32, FP64, FP16, BF16 or UINT8",
                inputs.stream()
                    .map(input ->
                        "'%s' (%s, shape %s)"
                            .formatted(input.name(), input.elementType(), input.shape()))
                    .toList()));
  }

  ElementType type() {
    return metadata.elementType();
  }

  /**
   * Holds an image's size against the input's.
   *
   * @throws ServingException.Invalid if they differ
   */
  void require(int width, int height) {
    long expectedHeight = metadata.shape().get(2);
    long expectedWidth = metadata.shape().get(3);
    if ((expectedHeight != TensorMetadata.DYNAMIC && expectedHeight != height)
        || (expectedWidth != TensorMetadata.DYNAMIC && expectedWidth != width)) {
      throw new ServingException.Invalid(
          "the image is %d pixels wide and %d high, but input '%s' of model '%s' takes a width of %s and a height of %s (shape %s): scale it before you send it"
              .formatted(
                  width,
                  height,
                  metadata.name(),
                  model,
                  extent(expectedWidth),
                  extent(expectedHeight),
                  metadata.shape()));
    }
  }

  private static String extent(long expected) {
    return expected == TensorMetadata.DYNAMIC ? "any" : Long.toString(expected);
  }
}
