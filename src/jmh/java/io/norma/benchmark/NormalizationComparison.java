package io.norma.benchmark;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.normalization.BatchNormalizationGradient;
import io.norma.kernel.normalization.BatchNormalizationInference;
import io.norma.kernel.normalization.BatchNormalizationTraining;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * Batch normalization forward, backward and frozen, side by side with PyTorch and with a copy of
 * the batch, in one process on one thread, their rounds interleaved so that a noisy machine is
 * noisy for all. Prints a row for each shape and mode: microseconds (medians of all runs), ratios
 * pytorch / norma (by medians, and by the fastest runs, which other load disturbs least), norma's
 * time as a multiple of what its memory traffic takes at copy speed, and the largest difference
 * from PyTorch as a share of the largest value.
 *
 * <p>The traffic is a copy's (read once, write once) for frozen, three halves of it for forward
 * (read twice, write once), and five halves for backward (read two arrays twice, write one).
 *
 * <p>System properties: {@code rounds} (15), {@code seconds} per round and competitor (0.1).
 */
public final class NormalizationComparison {
  private static final double EPSILON = 1e-5;
  private static final int ROUNDS = Integer.getInteger("rounds", 15);
  private static final double SECONDS = Double.parseDouble(System.getProperty("seconds", "0.1"));

  private NormalizationComparison() {}

  /** Nanoseconds of one run each. */
  private record Competitors(LongSupplier norma, LongSupplier pytorch) {}

  public static void main(String[] arguments) {
    System.out.println(
        "| shape | mode | norma µs | pytorch µs | copy µs | pytorch / norma (fastest)"
            + " | norma / copy speed (fastest) | difference |");
    System.out.println("|---|---|---|---|---|---|---|---|");
    for (Shape shape :
        List.of(Shape.of(32, 64, 56, 56), Shape.of(32, 256, 14, 14), Shape.of(256, 512))) {
      compare(shape, 1);
    }
    // Channels last.
    for (Shape shape : List.of(Shape.of(32, 56, 56, 64), Shape.of(32, 14, 14, 256))) {
      compare(shape, 3);
    }
  }

  private static void compare(Shape shape, int channelAxis) {
    Shape channels = Shape.of(shape.dimension(channelAxis));
    Tensor x = normal(shape, 1);
    Tensor gamma = normal(channels, 2);
    Tensor beta = normal(channels, 3);
    Tensor dy = normal(shape, 4);
    float[] target = new float[shape.size()];
    Memory memory =
        (dataType, wanted) ->
            wanted.equals(shape) ? Tensor.of(shape, target) : Tensor.zeros(dataType, wanted);
    BatchNormalizationTraining training = new BatchNormalizationTraining(EPSILON, channelAxis);
    List<Tensor> trained = training.forward(Inputs.of(x, gamma, beta), Memory.heap());
    Tensor mean = trained.get(1);
    Tensor variance = trained.get(2);
    Inputs forward = Inputs.of(x, gamma, beta);
    Inputs backward = Inputs.of(dy, x, gamma, mean, variance);
    Inputs frozen = Inputs.of(x, mean, variance, gamma, beta);
    BatchNormalizationGradient gradient =
        new BatchNormalizationGradient(EPSILON, channelAxis, true);
    BatchNormalizationInference inference = new BatchNormalizationInference(EPSILON, channelAxis);
    LongSupplier copy = () -> timed(() -> System.arraycopy(x.floats(), 0, target, 0, shape.size()));
    try (PyTorchBatchNormalization pytorch =
        new PyTorchBatchNormalization(x, dy, gamma, beta, mean, variance, channelAxis, EPSILON)) {
      measure(
          shape,
          "forward",
          1.5,
          new Competitors(() -> timed(() -> training.forward(forward, memory)), pytorch::forward),
          copy,
          target,
          pytorch);
      measure(
          shape,
          "backward",
          2.5,
          new Competitors(() -> timed(() -> gradient.forward(backward, memory)), pytorch::backward),
          copy,
          target,
          pytorch);
      measure(
          shape,
          "frozen",
          1,
          new Competitors(() -> timed(() -> inference.forward(frozen, memory)), pytorch::frozen),
          copy,
          target,
          pytorch);
    }
  }

  private static void measure(
      Shape shape,
      String mode,
      double copies,
      Competitors competitors,
      LongSupplier copy,
      float[] target,
      PyTorchBatchNormalization pytorch) {
    List<LongSupplier> all = List.of(competitors.norma, competitors.pytorch, copy);
    List<List<Long>> times = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (LongSupplier competitor : all) {
      run(competitor, 10 * SECONDS, new ArrayList<>());
    }
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < all.size(); i++) {
        run(all.get(i), SECONDS, times.get(i));
      }
    }
    times.forEach(list -> list.sort(null));
    // Once more each, for the results that are compared below.
    long unusedNorma = competitors.norma.getAsLong();
    long unusedPyTorch = competitors.pytorch.getAsLong();
    double norma = median(times.get(0));
    System.out.printf(
        "| %s | %s | %.0f | %.0f | %.0f | %.2f (%.2f) | %.2f (%.2f) | %.1e |%n",
        shape,
        mode,
        norma / 1e3,
        median(times.get(1)) / 1e3,
        median(times.get(2)) / 1e3,
        median(times.get(1)) / norma,
        (double) times.get(1).getFirst() / times.get(0).getFirst(),
        norma / copies / median(times.get(2)),
        times.get(0).getFirst() / copies / times.get(2).getFirst(),
        difference(target, pytorch.result()));
  }

  private static void run(LongSupplier competitor, double seconds, List<Long> times) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    do {
      times.add(competitor.getAsLong());
    } while (System.nanoTime() < end);
  }

  static long timed(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return System.nanoTime() - start;
  }

  private static double median(List<Long> sorted) {
    return sorted.get(sorted.size() / 2);
  }

  private static double difference(float[] ours, float[] theirs) {
    if (ours.length != theirs.length) {
      throw new IllegalStateException(
          Arrays.toString(new int[] {ours.length, theirs.length}) + " elements");
    }
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < ours.length; i++) {
      difference = Math.max(difference, Math.abs(ours[i] - theirs[i]));
      largest = Math.max(largest, Math.abs(theirs[i]));
    }
    return difference / largest;
  }

  private static Tensor normal(Shape shape, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(shape, values);
  }
}
