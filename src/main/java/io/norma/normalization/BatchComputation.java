package io.norma.normalization;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.normalization.BatchNormalizationGradient;
import io.norma.kernel.normalization.BatchNormalizationInference;
import io.norma.kernel.normalization.BatchNormalizationTraining;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.normalization.BatchResult.GhostBatch;
import io.norma.normalization.BatchResult.Statistics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Normalizes batches, with the variants of batch normalization as the kernel's layers. */
final class BatchComputation {
  private BatchComputation() {}

  static BatchResult normalize(BatchRequest request) {
    if (!request.conventions().training()) {
      return infer(request);
    }
    return request.ghostBatchSize() > 0
        ? ghosts(request)
        : train(request, inPlace(request.input()));
  }

  /**
   * Writes the output over the input, which nobody reads again: large batches need no second array.
   */
  private static Memory inPlace(Tensor input) {
    return (dataType, shape) ->
        dataType == input.dataType() && shape.equals(input.shape())
            ? input
            : Tensor.zeros(dataType, shape);
  }

  private static BatchResult infer(BatchRequest request) {
    Conventions conventions = request.conventions();
    Tensor mean = Objects.requireNonNull(request.runningMean());
    Tensor variance = Objects.requireNonNull(request.runningVariance());
    Tensor y =
        new BatchNormalizationInference(conventions.epsilon(), conventions.channelAxis())
            .forward(
                Inputs.of(
                    request.input(),
                    mean,
                    variance,
                    request.effectiveGamma(),
                    request.effectiveBeta()),
                inPlace(request.input()))
            .getFirst();
    double[] variances = variance.toDoubleArray();
    return new BatchResult(
        y,
        request.input().size() / request.channels(),
        null,
        inverse(variances, conventions.epsilon()),
        new Statistics(mean.toDoubleArray(), variances),
        List.of(),
        null);
  }

  private static BatchResult train(BatchRequest request, Memory memory) {
    Conventions conventions = request.conventions();
    Renormalization renormalization = request.renormalization();
    Tensor gamma = request.effectiveGamma();
    Tensor beta = request.effectiveBeta();
    Renormalization.Correction correction = null;
    if (renormalization != null) {
      correction = correction(request, renormalization);
      beta = correction.beta(gamma, beta);
      gamma = correction.gamma(gamma);
    }
    List<Tensor> outputs =
        new BatchNormalizationTraining(conventions.epsilon(), conventions.channelAxis())
            .forward(Inputs.of(request.input(), gamma, beta, request.rowMask()), memory);
    Statistics statistics = new Statistics(outputs.get(1).doubles(), outputs.get(2).doubles());
    long count = count(request);
    return new BatchResult(
        outputs.getFirst(),
        count,
        statistics,
        inverse(statistics.variance(), conventions.epsilon()),
        running(request).add(statistics, count, conventions.update().weight()).result(),
        List.of(),
        correction);
  }

  private static BatchResult ghosts(BatchRequest request) {
    Conventions conventions = request.conventions();
    Tensor x = request.input();
    int rows = request.rows();
    Tensor y = Tensor.zeros(x.dataType(), x.shape());
    int row = x.size() / rows;
    ChannelMoments whole = ChannelMoments.empty(request.channels());
    Running running = running(request);
    double weight = conventions.update().weight();
    List<GhostBatch> ghosts = new ArrayList<>();
    for (int from = 0; from < rows; from += request.ghostBatchSize()) {
      BatchRequest ghost = ghost(request, from);
      BatchResult result = train(ghost, Memory.heap());
      System.arraycopy(result.output().array(), 0, y.array(), from * row, result.output().size());
      Statistics statistics = Objects.requireNonNull(result.statistics());
      ghosts.add(
          new GhostBatch(result.count(), statistics, Objects.requireNonNull(result.inverse())));
      whole = whole.merge(ChannelMoments.of(ghost.input(), conventions.channelAxis()));
      if (conventions.update() instanceof RunningUpdate.Cumulative cumulative) {
        weight = 1.0 / (cumulative.batches() + ghosts.size());
      }
      running = running.add(statistics, result.count(), weight);
    }
    return new BatchResult(
        y,
        whole.count(),
        new Statistics(whole.mean(), whole.populationVariance()),
        null,
        running.result(),
        ghosts,
        null);
  }

  /** The rows from {@code from} on that are normalized together, without running statistics. */
  private static BatchRequest ghost(BatchRequest request, int from) {
    int count = Math.min(request.ghostBatchSize(), request.rows() - from);
    Tensor gamma = request.effectiveGamma();
    Tensor beta = request.effectiveBeta();
    Tensor input = Objects.requireNonNull(BatchRequest.rows(request.input(), from, count));
    return new BatchRequest(
        input,
        request.conventions(),
        perRow(gamma) ? BatchRequest.rows(gamma, from, count) : gamma,
        perRow(beta) ? BatchRequest.rows(beta, from, count) : beta,
        null,
        null,
        null,
        null,
        0,
        null);
  }

  private static boolean perRow(@Nullable Tensor affine) {
    return affine != null && affine.shape().rank() == 2;
  }

  static GradientResult gradient(BatchRequest request, Tensor outputGradient) {
    Checks.requireGradient(outputGradient, request.input());
    Tensor gamma = differentiatedGamma(request);
    GradientResult result =
        request.ghostBatchSize() > 0
            ? ghostGradient(request, outputGradient, gamma)
            : gradient(request, outputGradient, gamma);
    Condition condition = request.condition();
    if (condition == null) {
      return result;
    }
    Tensor table =
        Objects.requireNonNull(
            condition.gammaTable() != null ? condition.gammaTable() : condition.betaTable());
    Tensor betaTable = condition.betaTable() != null ? condition.betaTable() : table;
    return new GradientResult(
        result.input(),
        condition.scatter(table, result.gamma()),
        condition.scatter(betaTable, result.beta()),
        true);
  }

  // Where β alone is per row, γ is 1 in every row: so that the gradients are per row too.
  private static @Nullable Tensor differentiatedGamma(BatchRequest request) {
    Tensor gamma = request.effectiveGamma();
    if (gamma != null || !perRow(request.effectiveBeta())) {
      return gamma;
    }
    double[] ones = new double[request.rows() * request.channels()];
    Arrays.fill(ones, 1);
    return Tensor.of(Shape.of(request.rows(), request.channels()), ones);
  }

  private static GradientResult gradient(
      BatchRequest request, Tensor outputGradient, @Nullable Tensor gamma) {
    Conventions conventions = request.conventions();
    Renormalization renormalization = request.renormalization();
    Renormalization.Correction correction =
        renormalization == null ? null : correction(request, renormalization);
    boolean training = conventions.training();
    List<Tensor> outputs =
        new BatchNormalizationGradient(conventions.epsilon(), conventions.channelAxis(), training)
            .forward(
                Inputs.of(
                    outputGradient,
                    request.input(),
                    correction == null ? gamma : correction.gamma(gamma),
                    training ? null : request.runningMean(),
                    training ? null : request.runningVariance(),
                    request.rowMask()),
                Memory.heap());
    if (correction != null) {
      Tensor gammaGradient = outputs.get(1);
      for (int c = 0; c < gammaGradient.size(); c++) {
        gammaGradient.setDouble(
            c,
            correction.r()[c] * gammaGradient.getDouble(c)
                + correction.d()[c] * outputs.get(2).getDouble(c));
      }
    }
    return new GradientResult(outputs.get(0), outputs.get(1), outputs.get(2), false);
  }

  private static GradientResult ghostGradient(
      BatchRequest request, Tensor outputGradient, @Nullable Tensor gamma) {
    Tensor dx = Tensor.zeros(request.input().dataType(), request.input().shape());
    int row = dx.size() / request.rows();
    Shape shape =
        perRow(gamma) ? Shape.of(request.rows(), request.channels()) : Shape.of(request.channels());
    Tensor gammas = Tensor.zeros(dx.dataType(), shape);
    Tensor betas = Tensor.zeros(dx.dataType(), shape);
    for (int from = 0; from < request.rows(); from += request.ghostBatchSize()) {
      BatchRequest ghost = ghost(request, from);
      Tensor part = Objects.requireNonNull(BatchRequest.rows(outputGradient, from, ghost.rows()));
      Tensor own = perRow(gamma) ? BatchRequest.rows(gamma, from, ghost.rows()) : gamma;
      GradientResult result = gradient(ghost, part, own);
      System.arraycopy(result.input().array(), 0, dx.array(), from * row, result.input().size());
      int to = shape.rank() == 2 ? from * request.channels() : 0;
      for (int i = 0; i < result.gamma().size(); i++) {
        gammas.setDouble(to + i, gammas.getDouble(to + i) + result.gamma().getDouble(i));
        betas.setDouble(to + i, betas.getDouble(to + i) + result.beta().getDouble(i));
      }
    }
    return new GradientResult(dx, gammas, betas, false);
  }

  private static Renormalization.Correction correction(
      BatchRequest request, Renormalization renormalization) {
    ChannelMoments moments = moments(request);
    return renormalization.correction(
        moments.mean(),
        moments.populationVariance(),
        Objects.requireNonNull(request.runningMean()),
        Objects.requireNonNull(request.runningVariance()),
        request.conventions().epsilon());
  }

  private static ChannelMoments moments(BatchRequest request) {
    int axis = request.conventions().channelAxis();
    Tensor mask = request.rowMask();
    if (mask == null) {
      return ChannelMoments.of(request.input(), axis);
    }
    Shape shape = request.input().shape();
    boolean[] kept = new boolean[shape.size(0, shape.axis(axis))];
    int repeat = kept.length / mask.size();
    for (int i = 0; i < kept.length; i++) {
      kept[i] = mask.getLong(i / repeat) != 0;
    }
    return ChannelMoments.of(request.input(), axis, kept);
  }

  private static long count(BatchRequest request) {
    long perChannel = request.input().size() / request.channels();
    Tensor mask = request.rowMask();
    if (mask == null) {
      return perChannel;
    }
    long kept = 0;
    for (int i = 0; i < mask.size(); i++) {
      kept += mask.getLong(i);
    }
    return kept * (perChannel / mask.size());
  }

  static double[] inverse(double[] variance, double epsilon) {
    double[] inverse = new double[variance.length];
    for (int c = 0; c < inverse.length; c++) {
      inverse[c] = 1 / Math.sqrt(variance[c] + epsilon);
    }
    return inverse;
  }

  private static Running running(BatchRequest request) {
    Tensor mean = request.runningMean();
    Tensor variance = request.runningVariance();
    boolean first =
        request.conventions().update() instanceof RunningUpdate.Cumulative cumulative
            && cumulative.batches() == 0;
    double[] zeros = new double[request.channels()];
    if (mean != null && variance != null) {
      return new Running(request.conventions(), mean.toDoubleArray(), variance.toDoubleArray());
    }
    return first
        ? new Running(request.conventions(), zeros, zeros)
        : new Running(request.conventions(), null, null);
  }
}
