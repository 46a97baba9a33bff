package io.norma.benchmark;

import com.sun.management.ThreadMXBean;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.CoreDistance;
import io.norma.kernel.compute.Machine;
import io.norma.kernel.compute.MachinePeak;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.run.NetworkOperations;
import io.norma.onnx.OnnxImporter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Whole networks side by side with ONNX Runtime and PyTorch, in one process, on the same number of
 * threads, their rounds interleaved so that a noisy machine is noisy for all. Prints a row for each
 * network and batch: milliseconds (median of all runs), ratios peer / norma (by medians, and by the
 * fastest runs, which other load disturbs least), GFLOP/s by the layers' definitions with the share
 * of the peak, GB/s of what has to be read and written at least (weights, inputs and outputs, once)
 * beside the speed of a copy, the largest difference from ONNX Runtime as a share of the largest
 * output, bytes allocated per run, and how far two cores were from each other in the rounds.
 *
 * <p>Arguments: a directory with {@code <name>/model.onnx} and, for PyTorch, {@code
 * <name>/model.pt}; or such a name's folder. System properties: {@code threads} (1), {@code
 * batches} (1,8), {@code rounds} (7), {@code seconds} per round and runtime (0.5), {@code warmup}
 * seconds (8).
 */
public final class NetworkComparison {
  private static final int THREADS = Integer.getInteger("threads", 1);
  private static final int ROUNDS = Integer.getInteger("rounds", 7);
  private static final double SECONDS = real("seconds", 0.5);
  private static final double WARMUP = real("warmup", 8);

  private NetworkComparison() {}

  private static double real(String property, double otherwise) {
    return Double.parseDouble(System.getProperty(property, Double.toString(otherwise)));
  }

  public static void main(String[] arguments) throws Exception {
    ComputePool.configure(THREADS);
    double peak = MachinePeak.gigaflops();
    System.out.printf("%d thread(s); %s%n", THREADS, Machine.describe(peak));
    System.out.println(
        "| network | batch | norma ms | onnxruntime ms | pytorch ms | ratio onnxruntime (fastest) |"
            + " ratio pytorch (fastest) | GFLOP/s (of peak) | GB/s | difference | bytes/run | core"
            + " distance ns |");
    System.out.println("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for (String argument : arguments) {
      for (Path folder : ModelFolders.of(Path.of(argument))) {
        for (String batch : System.getProperty("batches", "1,8").split(",", -1)) {
          compare(folder, Integer.parseInt(batch), peak);
        }
      }
    }
  }

  private static void compare(Path folder, int batch, double peak) throws Exception {
    Path file = folder.resolve("model.onnx");
    Network network = OnnxImporter.read(Files.readAllBytes(file), "benchmark").network();
    Tensor input = input(network, batch);
    Path traced = folder.resolve("model.pt");
    List<Competitor> competitors = new ArrayList<>();
    competitors.add(new NormaCompetitor(network, input));
    competitors.add(new OnnxRuntimeCompetitor(file, input, THREADS));
    if (Files.exists(traced)) {
      competitors.add(new PyTorchCompetitor(traced, input));
    }
    List<List<Double>> times = new ArrayList<>();
    List<Double> distances = new ArrayList<>();
    for (Competitor competitor : competitors) {
      measure(competitor, competitor instanceof NormaCompetitor ? WARMUP : WARMUP / 4);
      times.add(new ArrayList<>());
    }
    for (int round = 0; round < ROUNDS; round++) {
      distances.add(THREADS > 1 ? CoreDistance.nanos() : 0);
      for (int i = 0; i < competitors.size(); i++) {
        times.get(i).addAll(measure(competitors.get(i), SECONDS));
      }
    }
    print(folder, batch, peak, network, input, competitors, times, distances);
    for (Competitor competitor : competitors) {
      competitor.close();
    }
  }

  private static Tensor input(Network network, int batch) {
    long[] extents = network.inputs().getFirst().shape().stream().mapToLong(e -> e).toArray();
    extents[0] = batch;
    Shape shape = Shape.ofLongs(extents);
    Random random = new Random(1);
    float[] values = new float[shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(shape, values);
  }

  /** Milliseconds of each run in this many seconds, at least one. */
  private static List<Double> measure(Competitor competitor, double seconds) throws Exception {
    List<Double> times = new ArrayList<>();
    long end = System.nanoTime() + (long) (seconds * 1e9);
    do {
      long start = System.nanoTime();
      competitor.run();
      times.add((System.nanoTime() - start) / 1e6);
    } while (System.nanoTime() < end);
    return times;
  }

  private static void print(
      Path folder,
      int batch,
      double peak,
      Network network,
      Tensor input,
      List<Competitor> competitors,
      List<List<Double>> times,
      List<Double> distances)
      throws Exception {
    times.forEach(list -> list.sort(null));
    distances.sort(null);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    float[] ours = competitors.getFirst().run();
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    float[] theirs = competitors.get(1).run();
    double gigaflops =
        NetworkOperations.count(network, List.of(input)) / median(times.getFirst()) / 1e6;
    boolean both = competitors.size() > 2;
    System.out.printf(
        "| %s | %d | %.3f | %.3f | %s | %s | %s | %.0f (%.0f %%) | %.1f | %.1e | %d | %.0f–%.0f"
            + " |%n",
        folder.getFileName(),
        batch,
        median(times.get(0)),
        median(times.get(1)),
        both ? "%.3f".formatted(median(times.get(2))) : "–",
        ratio(times, 1),
        both ? ratio(times, 2) : "–",
        gigaflops,
        100 * gigaflops / peak / THREADS,
        bytes(network, input, ours.length) / median(times.getFirst()) / 1e6,
        difference(ours, theirs),
        allocated,
        distances.getFirst(),
        distances.getLast());
  }

  /** What a run moves at least. */
  private static double bytes(Network network, Tensor input, int outputs) {
    long elements = network.constants().values().stream().mapToLong(Tensor::size).sum();
    return 4.0 * (elements + input.size() + outputs);
  }

  private static String ratio(List<List<Double>> times, int peer) {
    return "%.2f (%.2f)"
        .formatted(
            median(times.get(peer)) / median(times.getFirst()),
            times.get(peer).getFirst() / times.getFirst().getFirst());
  }

  private static double median(List<Double> sorted) {
    return sorted.get(sorted.size() / 2);
  }

  private static double difference(float[] ours, float[] theirs) {
    if (ours.length != theirs.length) {
      throw new IllegalStateException(
          Arrays.toString(new int[] {ours.length, theirs.length}) + " outputs");
    }
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < ours.length; i++) {
      difference = Math.max(difference, Math.abs(ours[i] - theirs[i]));
      largest = Math.max(largest, Math.abs(theirs[i]));
    }
    return difference / largest;
  }
}
