package io.norma.normalization;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A batch whose rows are normalized each by itself.
 *
 * @param input as given
 * @param rows the input as the kernel takes it: itself, or (rows, elements) for layer normalization
 * @param gamma (C), absent: 1
 * @param beta (C), absent: 0
 */
public record SampleRequest(
    Tensor input,
    Tensor rows,
    int groups,
    int channelAxis,
    double epsilon,
    @Nullable Tensor gamma,
    @Nullable Tensor beta) {
  /** Group normalization. */
  public static SampleRequest group(
      Tensor input,
      int groups,
      int channelAxis,
      double epsilon,
      @Nullable Tensor gamma,
      @Nullable Tensor beta) {
    Checks.requireEpsilon(epsilon);
    Checks.requireBatch(input);
    Checks.requireChannelAxis(input, channelAxis);
    int channels = input.shape().dimension(channelAxis);
    if (groups < 1 || channels % groups != 0) {
      throw Checks.invalid(
          "groups", "must divide the %d channels, but is %d".formatted(channels, groups));
    }
    Checks.requireShape("gamma", gamma, Shape.of(channels));
    Checks.requireShape("beta", beta, Shape.of(channels));
    return new SampleRequest(input, input, groups, channelAxis, epsilon, gamma, beta);
  }

  /** Instance normalization: a group per channel. */
  public static SampleRequest instance(
      Tensor input,
      int channelAxis,
      double epsilon,
      @Nullable Tensor gamma,
      @Nullable Tensor beta) {
    Checks.requireBatch(input);
    Checks.requireChannelAxis(input, channelAxis);
    int channels = input.shape().dimension(channelAxis);
    return group(input, channels, channelAxis, epsilon, gamma, beta);
  }

  /**
   * Layer normalization.
   *
   * @param normalizedShape the last axes, normalized together
   * @param gamma of that shape, or flat
   * @param beta of that shape, or flat
   */
  public static SampleRequest layer(
      Tensor input,
      int[] normalizedShape,
      double epsilon,
      @Nullable Tensor gamma,
      @Nullable Tensor beta) {
    Checks.requireEpsilon(epsilon);
    Checks.requireBatch(input);
    int[] shape = input.shape().dimensions();
    int leading = shape.length - normalizedShape.length;
    if (normalizedShape.length == 0
        || leading < 0
        || !Arrays.equals(
            Arrays.copyOfRange(shape, Math.max(leading, 0), shape.length), normalizedShape)) {
      throw Checks.invalid(
          "normalized_shape",
          "%s is not how the input's shape %s ends"
              .formatted(Arrays.toString(normalizedShape), input.shape()));
    }
    int elements = Shape.of(normalizedShape).size();
    Shape given = Shape.of(normalizedShape);
    Checks.requireShape("gamma", gamma, given, Shape.of(elements));
    Checks.requireShape("beta", beta, given, Shape.of(elements));
    return new SampleRequest(
        input,
        input.reshape(Shape.of(input.size() / elements, elements)),
        1,
        1,
        epsilon,
        gamma == null ? null : gamma.reshape(Shape.of(elements)),
        beta == null ? null : beta.reshape(Shape.of(elements)));
  }
}
