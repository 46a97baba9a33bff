package io.norma.kernel.normalization;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Batch normalization in all its modes, beside a plain copy of the same batch. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-XX:Tier3DelayOn=1000000"})
public class BatchNormalizationTrainingBenchmark {
  @Param({"32x64x56x56", "32x256x14x14", "256x512"})
  private String shape = "";

  private Inputs training = Inputs.of();
  private Inputs inference = Inputs.of();
  private Inputs gradient = Inputs.of();
  private float[] source = {};
  private float[] target = {};
  private Memory memory = Memory.heap();

  @Setup
  public void setUp() {
    Shape batch = Shape.of(Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray());
    Tensor x = normal(batch, 1);
    Tensor gamma = normal(Shape.of(batch.dimension(1)), 2);
    Tensor beta = normal(Shape.of(batch.dimension(1)), 3);
    source = x.floats();
    target = new float[source.length];
    memory =
        (dataType, wanted) ->
            wanted.equals(batch) ? Tensor.of(batch, target) : Tensor.zeros(dataType, wanted);
    training = Inputs.of(x, gamma, beta);
    List<Tensor> outputs = forward();
    gradient = Inputs.of(normal(batch, 4), x, gamma, outputs.get(1), outputs.get(2));
    inference = Inputs.of(x, outputs.get(1), outputs.get(2), gamma, beta);
  }

  private static Tensor normal(Shape shape, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(shape, values);
  }

  @Benchmark
  public List<Tensor> forward() {
    return new BatchNormalizationTraining(1e-5, 1).forward(training, memory);
  }

  @Benchmark
  public List<Tensor> backward() {
    return new BatchNormalizationGradient(1e-5, 1, true).forward(gradient, memory);
  }

  @Benchmark
  public List<Tensor> frozen() {
    return new BatchNormalizationInference(1e-5, 1).forward(inference, memory);
  }

  @Benchmark
  public float[] copy() {
    System.arraycopy(source, 0, target, 0, source.length);
    return target;
  }
}
