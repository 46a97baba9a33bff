package io.norma.normalization;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.ServingException;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is refused before anything is computed, by the name of the field. */
final class Checks {
  private Checks() {}

  static ServingException.InvalidField invalid(String field, String message) {
    return new ServingException.InvalidField(field, "'" + field + "': " + message);
  }

  static void requireEpsilon(double epsilon) {
    if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
      throw invalid("epsilon", "must be finite and above 0, but is " + epsilon);
    }
  }

  static void requireWeight(String field, double weight) {
    if (!(weight >= 0 && weight <= 1)) {
      throw invalid(field, "must lie in [0, 1], but is " + weight);
    }
  }

  static void requireBatch(Tensor input) {
    if (!input.dataType().isFloatingPoint()) {
      throw invalid("input", "datatype must be FP32 or FP64, but is " + input.dataType());
    }
    if (input.shape().rank() < 2) {
      throw invalid(
          "input", "needs rank 2 or more, a batch with channels, but has shape " + input.shape());
    }
    if (input.size() == 0) {
      throw invalid("input", "the batch is empty: shape " + input.shape());
    }
  }

  static void requireChannelAxis(Tensor input, int axis) {
    int rank = input.shape().rank();
    if (axis < -rank || axis >= rank) {
      throw invalid(
          "channel_axis",
          "%d is out of range for shape %s: %d to %d"
              .formatted(axis, input.shape(), -rank, rank - 1));
    }
    if (input.shape().axis(axis) == 0) {
      throw invalid("channel_axis", "axis 0 holds the batch's rows; shape is " + input.shape());
    }
  }

  static void requireShape(String field, @Nullable Tensor tensor, Shape... allowed) {
    if (tensor != null && Arrays.stream(allowed).noneMatch(tensor.shape()::equals)) {
      throw invalid(
          field,
          "expected shape %s, got %s"
              .formatted(
                  Arrays.stream(allowed)
                      .map(Shape::toString)
                      .distinct()
                      .collect(Collectors.joining(" or ")),
                  tensor.shape()));
    }
  }

  static void requireGradient(Tensor outputGradient, Tensor input) {
    if (!outputGradient.shape().equals(input.shape())
        || outputGradient.dataType() != input.dataType()) {
      throw invalid(
          "output_gradient", "expected %s like the input, got %s".formatted(input, outputGradient));
    }
  }

  static void requireVariances(String field, @Nullable Tensor variance) {
    for (int c = 0; variance != null && c < variance.size(); c++) {
      if (variance.getDouble(c) < 0) {
        throw invalid(
            field,
            "channel %d must not be negative, but is %s".formatted(c, variance.getDouble(c)));
      }
    }
  }
}
