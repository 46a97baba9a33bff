package io.norma.kernel.compute;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.norma.kernel.compute.blocks.BlockedAffine;
import io.norma.kernel.compute.blocks.BlockedGate;
import io.norma.kernel.compute.blocks.BlockedPooling;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.convolution.BlockedConvolution;
import io.norma.kernel.compute.elementwise.Activation;
import io.norma.kernel.compute.elementwise.ElementwiseLoops;
import io.norma.kernel.compute.elementwise.FloatRun;
import io.norma.kernel.compute.matrix.DenseProduct;
import io.norma.kernel.compute.matrix.MatrixProduct;
import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.kernel.compute.moments.CenteredAffineLoops;
import io.norma.kernel.compute.moments.GradientLoops;
import io.norma.kernel.compute.moments.MomentLoops;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.tensor.ChannelLayout;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A kernel whose vectors the compiler cannot keep in registers puts them on the heap and is ten to
 * a hundred times slower. It still gives the right numbers, so this is how it is noticed: what a
 * call allocates, once the kernel is compiled, on vectors of every length.
 *
 * <p>How the compiler fares depends on what else it compiles at the time, so this is no part of the
 * build: {@code mvn -Pjmh test -Dtest=KernelAllocationTest}.
 */
final class KernelAllocationTest {
  private static final int[] LENGTHS = {128, 256, 512};

  @TempDir Path directory;

  @Test
  void noKernelPutsItsVectorsOnTheHeap() throws Exception {
    for (Group group : Group.values()) {
      assertNoneAllocates(group, false);
      if (group.hasUnfused) {
        assertNoneAllocates(group, true);
      }
    }
    assertThat(vectorClasses()).as("kernels, all to be run here").isSubsetOf(loaded());
  }

  private void assertNoneAllocates(Group group, boolean unfused) throws Exception {
    Map<Integer, Process> processes = new LinkedHashMap<>();
    for (int bits : LENGTHS) {
      processes.put(bits, start(group, bits, unfused));
    }
    for (Map.Entry<Integer, Process> entry : processes.entrySet()) {
      Process process = entry.getValue();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
      assertThat(process.waitFor()).as(output).isZero();
      // Longer ones than the machine has are no instructions of it, and always on the heap.
      if (entry.getKey() <= FloatVector.SPECIES_PREFERRED.vectorBitSize()) {
        assertThat(output)
            .as("vectors of %d bits%s", entry.getKey(), unfused ? ", unfused" : "")
            .isEmpty();
      }
    }
  }

  private Process start(Group group, int bits, boolean unfused) throws IOException {
    Path log = directory.resolve(group + "-" + bits + (unfused ? "-unfused" : ""));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules=jdk.incubator.vector",
            "-XX:Tier3DelayOn=1000000",
            "-Dnorma.compute.vector-bits=" + bits,
            "-Dnorma.compute.unfused=" + unfused,
            "-Xlog:disable",
            "-Xlog:class+load=info:file=" + log,
            "-cp",
            System.getProperty("java.class.path"),
            Kernels.class.getName(),
            group.name())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private Set<String> loaded() throws IOException {
    Set<String> loaded = new HashSet<>();
    Pattern kernel = Pattern.compile(" (io\\.norma\\.kernel\\.compute\\.\\S+) ");
    try (var logs = Files.list(directory)) {
      for (Path log : logs.toList()) {
        kernel.matcher(Files.readString(log)).results().forEach(r -> loaded.add(r.group(1)));
      }
    }
    return loaded;
  }

  /** The classes that this test has to run: a new kernel is to be added to {@link Kernels}. */
  private static List<String> vectorClasses() {
    return new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.norma.kernel.compute")
            .stream()
            .filter(kernel ->
                kernel.getDirectDependenciesFromSelf().stream()
                    .anyMatch(dependency ->
                        dependency
                            .getTargetClass()
                            .getPackageName()
                            .equals("jdk.incubator.vector")))
            .map(JavaClass::getName)
            // Six pixels of two short vectors are for machines with more registers.
            .filter(name -> VectorRegisters.count(8) >= 32 || !name.endsWith("Tile6x2Lanes8"))
            .toList();
  }

  /** Kernels that share a virtual machine. */
  private enum Group {
    ELEMENTWISE(false),
    NORMALIZATIONS(false),
    PRODUCTS(true),
    CONVOLUTIONS(true),
    POOLINGS(true);

    /** Whether some have twins on vectors without fused multiply-adds. */
    private final boolean hasUnfused;

    Group(boolean hasUnfused) {
      this.hasUnfused = hasUnfused;
    }
  }

  /** Runs each kernel of a group until it allocates next to nothing; prints those that never do. */
  static final class Kernels {
    /** For records and arrays that a call needs; a vector on the heap in a loop is far more. */
    private static final long FEW_BYTES = 8192;

    private static final long LONGEST_NANOS = 20_000_000_000L;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Random RANDOM = new Random(1);
    private static final int LENGTH = 16 * 1024 + 7;

    private final Map<String, Runnable> kernels = new LinkedHashMap<>();
    private final float[] x = random(1 << 18);
    private final float[] y = new float[1 << 18];

    private Kernels() {}

    public static void main(String[] arguments) {
      ComputePool.configure(1);
      Kernels some = new Kernels();
      switch (Group.valueOf(arguments[0])) {
        case ELEMENTWISE -> some.elementwise();
        case NORMALIZATIONS -> some.normalizations();
        case PRODUCTS -> some.products();
        case CONVOLUTIONS -> some.convolutions();
        case POOLINGS -> some.poolings();
      }
      some.kernels.forEach((name, kernel) -> {
        long least = leastAllocated(kernel);
        if (least > FEW_BYTES) {
          System.out.printf("%s allocates %d bytes per call%n", name, least);
        }
      });
    }

    /** Bytes of a call, as soon as they are few, or the least of many calls. */
    private static long leastAllocated(Runnable kernel) {
      long least = Long.MAX_VALUE;
      long start = System.nanoTime();
      while (least > FEW_BYTES && System.nanoTime() - start < LONGEST_NANOS) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        kernel.run();
        least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
      }
      return least;
    }

    private void elementwise() {
      ElementwiseLoops loops = ElementwiseLoops.get();
      FloatRun run = new FloatRun(x, 0, 1);
      FloatRun one = new FloatRun(x, 3, 0);
      kernels.put("add", () -> loops.add(run, run, y, 1, LENGTH));
      kernels.put("subtract", () -> loops.subtract(run, one, y, 1, LENGTH));
      kernels.put("multiply", () -> loops.multiply(one, run, y, 1, LENGTH));
      kernels.put("divide", () -> loops.divide(run, run, y, 1, LENGTH));
      kernels.put("clip", () -> loops.clip(x, 0, y, 1, LENGTH, -1, 1));
      kernels.put("leakyRelu", () -> loops.leakyRelu(x, 0, y, 1, LENGTH, 0.1f));
      kernels.put("exp", () -> loops.exp(x, 0, y, 1, LENGTH));
      kernels.put("swish", () -> loops.swish(x, 0, y, 1, LENGTH, 1));
      kernels.put("sigmoid", () -> loops.sigmoid(x, 0, y, 1, LENGTH));
      kernels.put("tanh", () -> loops.tanh(x, 0, y, 1, LENGTH));
      kernels.put("erf", () -> loops.erf(x, 0, y, 1, LENGTH));
      kernels.put("gelu", () -> loops.gelu(x, 0, y, 1, LENGTH));
      kernels.put("geluTanh", () -> loops.geluTanh(x, 0, y, 1, LENGTH));
      kernels.put("hardSigmoid", () -> loops.hardSigmoid(x, 0, y, 1, LENGTH, 0.2f, 0.5f));
      kernels.put("hardSwish", () -> loops.hardSwish(x, 0, y, 1, LENGTH, 0.2f, 0.5f));
    }

    private void normalizations() {
      for (int inner : new int[] {16, 196}) {
        ChannelLayout runs = new ChannelLayout(64, 8, inner);
        double[][] sums = new double[2][8];
        float[][] vectors = {random(8), random(8), random(8), random(8)};
        String of = " of runs of " + inner;
        kernels.put(
            "moments" + of, () -> MomentLoops.get().moments(x, 0, runs, sums[0], sums[1], 0));
        kernels.put(
            "standardize" + of, () -> CenteredAffineLoops.get().runs(x, 0, y, 1, runs, vectors));
        kernels.put(
            "gradient sums" + of,
            () -> GradientLoops.get().runSums(x, 0, x, 1, runs, vectors[0], sums[0], sums[1]));
        kernels.put(
            "gradient" + of,
            () -> GradientLoops.get().runGradient(x, 0, x, 1, y, 2, runs, vectors));
      }
      int rows = 1003;
      int columns = 40;
      ChannelLayout matrix = new ChannelLayout(rows, columns, 1, columns + 1);
      double[][] sums = new double[2][columns];
      float[][] vectors = {random(columns), random(columns), random(columns), random(columns)};
      kernels.put(
          "moments of columns", () -> MomentLoops.get().moments(x, 0, matrix, sums[0], sums[1], 0));
      kernels.put(
          "standardize columns",
          () -> CenteredAffineLoops.get().columns(x, 0, y, 1, rows, columns + 1, columns, vectors));
      kernels.put(
          "gradient sums of columns",
          () ->
              GradientLoops.get()
                  .columnSums(
                      x, 0, x, 1, rows, columns + 1, columns, vectors[0], sums[0], sums[1]));
      kernels.put(
          "gradient of columns",
          () ->
              GradientLoops.get()
                  .columnGradient(x, 0, x, 1, y, 2, rows, columns + 1, columns, vectors));
    }

    private void products() {
      float[] panel = new float[MatrixProduct.PANEL_LENGTH];
      kernels.put(
          "matrix product",
          () ->
              MatrixProduct.get()
                  .multiply(61, 100, 70, x, 0, 70, x, 1, 100, y, 0, 100, false, panel, 0));
      DenseProduct dense = new DenseProduct(random(100 * 200), 0, 100, 200, true);
      Epilogue epilogue = epilogue(112, Activation.RELU, null);
      Arena arena = new Arena();
      for (int rows : new int[] {1, 5, 64}) {
        kernels.put(
            "dense product of " + rows,
            () -> dense.forward(x, 0, false, y, 0, false, rows, epilogue, arena.emptied()));
      }
      DenseProduct narrow =
          new DenseProduct(random(1400 * 200), 0, 1400, 200, true, WeightFormat.BF16);
      Epilogue ofNarrow = epilogue(1408, Activation.RELU, null);
      for (int rows : new int[] {1, 3, 7}) {
        kernels.put(
            "dense product with BF16 weights of " + rows,
            () -> narrow.forward(x, 0, false, y, 0, false, rows, ofNarrow, arena.emptied()));
      }
    }

    private void convolutions() {
      // C, M, kernel, stride, extent, groups
      int[][] shapes = {
        {3, 40, 3, 2, 33, 1},
        {3, 40, 3, 1, 33, 1},
        {20, 40, 1, 1, 15, 1},
        {20, 40, 1, 1, 2, 1},
        {16, 48, 3, 2, 19, 1},
        {32, 32, 3, 1, 19, 1},
        {96, 80, 3, 1, 14, 1},
        {256, 256, 3, 1, 7, 1},
        {17, 17, 3, 1, 19, 17},
        {32, 32, 3, 2, 19, 32},
        {32, 32, 5, 2, 19, 32},
        {64, 64, 3, 1, 15, 4}
      };
      for (int[] s : shapes) {
        for (boolean residual : new boolean[] {false, true}) {
          convolution(s[0], s[1], s[2], s[3], s[4], s[5], residual);
        }
      }
    }

    private void convolution(
        int c, int m, int kernel, int stride, int extent, int groups, boolean residual) {
      int output = (extent - 1) / stride + 1;
      int pad = kernel / 2;
      PlaneGeometry geometry =
          new PlaneGeometry(
              extent, extent, kernel, kernel, stride, stride, pad, pad, 1, 1, output, output);
      float[] weights = random(m * (c / groups) * kernel * kernel);
      BlockedConvolution convolution =
          BlockedConvolution.pack(weights, 0, m, c, groups, kernel, kernel, stride == 1);
      Epilogue epilogue = epilogue(ChannelBlocks.padded(m), Activation.RELU, residual ? x : null);
      Arena arena = new Arena();
      String name =
          "convolution %d to %d, %d×%d, stride %d, %d groups%s"
              .formatted(c, m, kernel, kernel, stride, groups, residual ? ", residual" : "");
      kernels.put(
          name, () -> convolution.forward(x, 0, y, 0, 1, geometry, epilogue, arena.emptied()));
    }

    private void poolings() {
      for (int kernel : new int[] {2, 3}) {
        PlaneGeometry geometry =
            new PlaneGeometry(28, 28, kernel, kernel, 2, 2, 0, 0, 1, 1, 13, 13);
        kernels.put("maximum " + kernel, () -> BlockedPooling.maximum(x, 0, y, 0, 2, geometry));
        kernels.put(
            "average " + kernel, () -> BlockedPooling.average(x, 0, y, 0, 2, geometry, true));
      }
      kernels.put("global average", () -> BlockedPooling.globalAverage(x, 0, y, 0, 1, 32, 196));
      kernels.put("gate", () -> BlockedGate.apply(x, 0, x, 64, y, 0, 4, 196));
      Epilogue epilogue = epilogue(32, Activation.RELU, null);
      kernels.put("blocked affine", () -> BlockedAffine.apply(x, 0, y, 0, 1, 2, 196, epilogue, 0));
    }

    private static Epilogue epilogue(
        int channels, Activation activation, float @Nullable [] residual) {
      return new Epilogue(random(2 * channels), 0, channels, 0, activation, residual, 0);
    }

    private static float[] random(int length) {
      float[] values = new float[length];
      for (int i = 0; i < length; i++) {
        values[i] = (float) RANDOM.nextGaussian();
      }
      return values;
    }

    /** Scratch memory that is the same in every call. */
    private static final class Arena implements Memory {
      private final float[] floats = new float[1 << 20];
      private int used;

      Arena emptied() {
        used = 0;
        return this;
      }

      @Override
      public Tensor allocate(DataType dataType, Shape shape) {
        Tensor tensor = Tensor.of(dataType, shape, floats, used);
        used += ChannelBlocks.padded(shape.size());
        return tensor;
      }
    }
  }
}
