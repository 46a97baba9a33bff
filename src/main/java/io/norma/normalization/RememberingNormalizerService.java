package io.norma.normalization;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.normalization.BatchNormalizationInference;
import io.norma.kernel.normalization.BatchNormalizationTraining;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.normalization.NormalizerStore.Change;
import io.norma.normalization.StatelessNormalizationService.Call;
import io.norma.serving.ServingException;
import io.norma.store.IdempotencyKey;
import io.norma.store.KeyedChange;
import io.norma.store.StoreConflictException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Normalizers that remember: each batch is normalized by its own statistics and is part of the
 * normalizer's for good when it is answered.
 */
public final class RememberingNormalizerService {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");

  private final NormalizerStore store;
  private final StatelessNormalizationService normalization;
  private final Clock clock;

  RememberingNormalizerService(
      NormalizerStore store, StatelessNormalizationService normalization, Clock clock) {
    this.store = store;
    this.normalization = normalization;
    this.clock = clock;
  }

  /**
   * A normalizer that is there.
   *
   * @param made whether it was made now
   */
  public record Put(StoredNormalizer normalizer, boolean made) {}

  /** A batch, normalized and remembered. */
  public record Remembered(
      Tensor output, long count, Tensor mean, Tensor variance, Change change) {}

  /**
   * Makes a normalizer, or finds the one of that name if it was made alike.
   *
   * @throws ServingException.Conflict if there is another of that name
   */
  public Put put(String name, NormalizerSettings settings) {
    if (!NAME.matcher(name).matches()) {
      throw Checks.invalid(
          "name",
          "'%s' must be 1 to 128 letters, digits, '_', '-' and '.', the first a letter or a digit"
              .formatted(name));
    }
    int channels = settings.channels();
    double[] ones = new double[channels];
    Arrays.fill(ones, 1);
    StoredNormalizer normalizer =
        new StoredNormalizer(
            name,
            channels,
            settings.channelAxis(),
            settings.epsilon(),
            settings.momentum(),
            settings.variance(),
            clock.instant().truncatedTo(ChronoUnit.MICROS),
            new NormalizerState(0, ChannelMoments.empty(channels), new double[channels], ones));
    if (store.create(normalizer)) {
      return new Put(normalizer, true);
    }
    StoredNormalizer there = get(name);
    NormalizerSettings other = settings(there);
    if (!other.equals(settings)) {
      throw new ServingException.Conflict(
          "normalizer '%s' is there with %s, not with %s: delete it, or choose another name"
              .formatted(name, other, settings));
    }
    return new Put(there, false);
  }

  private static NormalizerSettings settings(StoredNormalizer normalizer) {
    return new NormalizerSettings(
        normalizer.channels(),
        normalizer.channelAxis(),
        normalizer.epsilon(),
        normalizer.momentum(),
        normalizer.varianceConvention());
  }

  /**
   * One normalizer.
   *
   * @throws ServingException.NotFound if there is none of that name
   */
  public StoredNormalizer get(String name) {
    return store.find(name).orElseThrow(() -> missing(name));
  }

  private static ServingException.NotFound missing(String name) {
    return new ServingException.NotFound("there is no normalizer '" + name + "'");
  }

  /** Normalizers by name, after a name. */
  public List<StoredNormalizer> list(String after, int limit) {
    return store.list(after, limit);
  }

  /**
   * Deletes a normalizer and what it remembers.
   *
   * @throws ServingException.NotFound if there is none of that name
   */
  public void delete(String name) {
    if (!store.delete(name)) {
      throw missing(name);
    }
  }

  /**
   * Normalizes a batch by its own statistics, and remembers them.
   *
   * @param key under which the batch counts once only
   */
  public Remembered train(
      String name,
      Tensor input,
      @Nullable Tensor gamma,
      @Nullable Tensor beta,
      @Nullable String key,
      Call call) {
    StoredNormalizer normalizer = get(name);
    check(normalizer, input, gamma, beta);
    KeyedChange keyed = IdempotencyKey.of(key, input, gamma, beta);
    call.of(input);
    call.mode(true);
    List<Tensor> outputs =
        normalization.compute(
            call,
            () ->
                new BatchNormalizationTraining(normalizer.epsilon(), normalizer.channelAxis())
                    .forward(Inputs.of(input, gamma, beta), Memory.heap()));
    double[] mean = outputs.get(1).doubles();
    double[] variance = outputs.get(2).doubles();
    Running.requireFinite(new BatchResult.Statistics(mean, variance));
    long count = input.size() / normalizer.channels();
    ChannelMoments batch = moments(mean, variance, count);
    Change change = made(name, () -> store.change(name, keyed, before -> add(before, batch, 1)));
    return new Remembered(outputs.getFirst(), count, outputs.get(1), outputs.get(2), change);
  }

  private static ChannelMoments moments(double[] mean, double[] variance, long count) {
    double[] deviations = variance.clone();
    for (int c = 0; c < deviations.length; c++) {
      deviations[c] *= count;
    }
    return new ChannelMoments(count, mean, deviations);
  }

  private static NormalizerState add(StoredNormalizer before, ChannelMoments batch, long batches) {
    NormalizerState state = before.state();
    if (before.channels() != batch.channels()) {
      throw Checks.invalid(
          "mean",
          "normalizer '%s' has %d channels, got %d"
              .formatted(before.name(), before.channels(), batch.channels()));
    }
    ChannelMoments moments = state.moments().merge(batch);
    long seen = Math.addExact(state.batches(), batches);
    Double momentum = before.momentum();
    if (momentum == null) {
      boolean known =
          before.varianceConvention() == VarianceConvention.POPULATION || moments.count() > 1;
      double[] variance =
          known ? before.varianceConvention().variance(moments) : state.runningVariance();
      return finite(new NormalizerState(seen, moments, moments.mean(), variance));
    }
    double[] variance = before.varianceConvention().variance(batch);
    double[] runningMean = state.runningMean().clone();
    double[] runningVariance = state.runningVariance().clone();
    for (int c = 0; c < variance.length; c++) {
      runningMean[c] = (1 - momentum) * runningMean[c] + momentum * batch.mean()[c];
      runningVariance[c] = (1 - momentum) * runningVariance[c] + momentum * variance[c];
    }
    return finite(new NormalizerState(seen, moments, runningMean, runningVariance));
  }

  /** The state itself: one that overflowed would never again be of use. */
  private static NormalizerState finite(NormalizerState after) {
    ChannelMoments moments = after.moments();
    for (int c = 0; c < moments.channels(); c++) {
      if (!Double.isFinite(moments.mean()[c])
          || !Double.isFinite(moments.sumOfSquaredDeviations()[c])
          || !Double.isFinite(after.runningMean()[c])
          || !Double.isFinite(after.runningVariance()[c])) {
        throw new ServingException.Invalid(
            "the values of channel %d are too large: with them the normalizer's statistics would not"
                    .formatted(c)
                + " be finite; nothing was changed");
      }
    }
    return after;
  }

  /**
   * Merges moments that another replica or service computed.
   *
   * @throws ServingException.Conflict if the normalizer weighs batches by momentum
   */
  public Change merge(String name, ChannelMoments moments, long batches, @Nullable String key) {
    for (int c = 0; c < moments.channels(); c++) {
      if (!Double.isFinite(moments.mean()[c])
          || !Double.isFinite(moments.sumOfSquaredDeviations()[c])) {
        throw Checks.invalid("mean", "channel " + c + " is not finite");
      }
    }
    if (get(name).momentum() != null) {
      throw new ServingException.Conflict(
          "normalizer '%s' weighs batches by momentum, which depends on their order: only one made"
                  .formatted(name)
              + " with 'cumulative' can merge moments");
    }
    Tensor deviations = Tensor.of(Shape.of(moments.channels()), moments.sumOfSquaredDeviations());
    Tensor mean = Tensor.of(Shape.of(moments.channels()), moments.mean());
    Tensor counts = Tensor.of(Shape.of(2), (double) moments.count(), (double) batches);
    KeyedChange keyed = IdempotencyKey.of(key, mean, deviations, counts);
    return made(name, () -> store.merge(name, keyed, before -> add(before, moments, batches)));
  }

  /** Normalizes by the running statistics, and changes nothing. */
  public Tensor apply(
      String name, Tensor input, @Nullable Tensor gamma, @Nullable Tensor beta, Call call) {
    StoredNormalizer normalizer = get(name);
    check(normalizer, input, gamma, beta);
    if (normalizer.state().batches() == 0) {
      throw new ServingException.Conflict(
          "normalizer '%s' has seen no batch: post one to /v1/normalizers/%s/batches first"
              .formatted(name, name));
    }
    call.of(input);
    call.mode(false);
    Shape perChannel = Shape.of(normalizer.channels());
    Tensor mean = Tensor.of(perChannel, normalizer.state().runningMean());
    Tensor variance = Tensor.of(perChannel, normalizer.state().runningVariance());
    return normalization.compute(
        call,
        () ->
            new BatchNormalizationInference(normalizer.epsilon(), normalizer.channelAxis())
                .forward(Inputs.of(input, mean, variance, gamma, beta), Memory.heap())
                .getFirst());
  }

  private static void check(
      StoredNormalizer normalizer, Tensor input, @Nullable Tensor gamma, @Nullable Tensor beta) {
    Checks.requireBatch(input);
    Checks.requireChannelAxis(input, normalizer.channelAxis());
    int channels = input.shape().dimension(normalizer.channelAxis());
    if (channels != normalizer.channels()) {
      throw Checks.invalid(
          "input",
          "normalizer '%s' has %d channels at axis %d, but the input's shape is %s"
              .formatted(
                  normalizer.name(),
                  normalizer.channels(),
                  normalizer.channelAxis(),
                  input.shape()));
    }
    Checks.requireShape("gamma", gamma, Shape.of(channels));
    Checks.requireShape("beta", beta, Shape.of(channels));
  }

  private static Change made(String name, Supplier<Change> change) {
    try {
      return change.get();
    } catch (StoreConflictException e) {
      throw e.reason() == StoreConflictException.Reason.MISSING
          ? missing(name)
          : new ServingException.Conflict(String.valueOf(e.getMessage()));
    }
  }
}
