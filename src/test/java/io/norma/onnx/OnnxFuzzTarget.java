package io.norma.onnx;

import io.norma.fuzz.FuzzLimits;
import io.norma.fuzz.FuzzTarget;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.LayerException;
import io.norma.network.TensorMetadata;
import io.norma.network.run.IterationLimit;
import io.norma.onnx.OperatorCase.Asked;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * ONNX files, and one run of the networks that they are, on ones. The seeds are a node of every
 * version of every operator, with its inputs in the file or without, and the graphs in nodes.
 */
public final class OnnxFuzzTarget implements FuzzTarget {
  private static final long RUN = 16 << 20;
  private static final int ITERATIONS = 1000;
  private static final int GUESSED_EXTENT = 2;

  /** An input that asks for more is not run: whoever sends one pays for it. */
  private static final double MOST_ELEMENTS = 1 << 16;

  @Override
  public String name() {
    return "onnx";
  }

  @Override
  public List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    for (OperatorCase operatorCase : OperatorCase.all()) {
      for (Asked asked : List.of(Asked.NOTHING, Asked.THE_FIRST_IN_BATCHES, Asked.EVERYTHING)) {
        seeds.add(operatorCase.model(asked));
      }
    }
    return seeds;
  }

  @Override
  public void read(byte[] input) {
    run(OnnxImporter.read(ByteBuffer.wrap(input), "fuzz", FuzzLimits.ofImport()));
  }

  /** One run of what was imported, on ones. */
  public static void run(ImportResult imported) {
    List<Tensor> inputs = new ArrayList<>();
    for (TensorMetadata declared : imported.network().inputs()) {
      long[] extents =
          declared.shape().stream().mapToLong(e -> e < 0 ? GUESSED_EXTENT : e).toArray();
      double elements = 1;
      for (long extent : extents) {
        elements *= extent;
      }
      if (elements > MOST_ELEMENTS) {
        return;
      }
      Tensor ones = Tensor.zeros(declared.dataType(), Shape.ofLongs(extents));
      for (int i = 0; i < ones.size(); i++) {
        ones.setLong(i, 1);
      }
      inputs.add(ones);
    }
    MemoryBudget budget = new MemoryBudget("what a run takes", RUN);
    Runs runs = new Runs(imported, budget, new IterationLimit("iterations", ITERATIONS));
    try {
      runs.all(1L, inputs.toArray(Tensor[]::new));
    } catch (LayerException | MemoryLimitException _) {
      // A network that does not run on ones, or not in so little memory, is one all the same.
    }
  }
}
