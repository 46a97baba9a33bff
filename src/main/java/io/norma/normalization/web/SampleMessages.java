package io.norma.normalization.web;

import io.norma.http.codec.NestedArray;
import io.norma.kernel.tensor.Tensor;
import io.norma.normalization.GradientResult;
import io.norma.normalization.SampleRequest;
import io.norma.normalization.SampleResult;
import org.jspecify.annotations.Nullable;

/** What the routes of group, instance and layer normalization answer. */
final class SampleMessages {
  private SampleMessages() {}

  /**
   * Rows normalized each by itself.
   *
   * @param mean (rows, groups)
   * @param variance population, (rows, groups)
   */
  record Samples(
      Tensor output, NestedArray mean, NestedArray variance, UsedConventions conventions) {
    static Samples of(SampleResult result, SampleRequest request) {
      return new Samples(
          result.output(),
          new NestedArray(result.mean()),
          new NestedArray(result.variance()),
          UsedConventions.of(request));
    }
  }

  /** Gradients of a normalization of each row by itself. */
  record Gradient(
      Tensor inputGradient,
      NestedArray gammaGradient,
      NestedArray betaGradient,
      UsedConventions conventions) {
    static Gradient of(GradientResult result, SampleRequest request) {
      return new Gradient(
          result.input(),
          new NestedArray(result.gamma()),
          new NestedArray(result.beta()),
          UsedConventions.of(request));
    }
  }

  /**
   * The choices that rows were normalized by.
   *
   * @param varianceConvention {@code population}
   * @param groups absent in layer normalization, as is the channel axis
   */
  record UsedConventions(
      double epsilon,
      String varianceConvention,
      @Nullable Integer groups,
      @Nullable Integer channelAxis) {
    static UsedConventions of(SampleRequest request) {
      boolean channels = request.rows() == request.input();
      return new UsedConventions(
          request.epsilon(),
          "population",
          channels ? request.groups() : null,
          channels ? request.channelAxis() : null);
    }
  }
}
