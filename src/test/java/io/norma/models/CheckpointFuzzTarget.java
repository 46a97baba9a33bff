package io.norma.models;

import static io.norma.fuzz.SampleFiles.floats;
import static io.norma.fuzz.SampleFiles.safetensors;

import io.norma.fuzz.FuzzLimits;
import io.norma.fuzz.FuzzTarget;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.onnx.ImportResult;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.proto.TensorProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** Checkpoints in safetensors that bring back what was folded into a convolution. */
public final class CheckpointFuzzTarget implements FuzzTarget {
  private static final long MEMORY = 4 << 20;
  private static final int WEIGHTS = 12;

  private final Path file;
  private final ImportResult folded = folded();

  public CheckpointFuzzTarget() {
    try {
      file = Files.createTempFile("fuzz", ".safetensors");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    file.toFile().deleteOnExit();
  }

  /** A convolution (2, 1, 2, 3) with a bias, into which a batch normalization is folded. */
  private static ImportResult folded() {
    TensorProto.Builder weights =
        TensorProto.newBuilder().setName("conv.weight").setDataType(OnnxBuilder.FLOAT);
    List.of(2L, 1L, 2L, 3L).forEach(weights::addDims);
    IntStream.range(0, WEIGHTS).forEach(i -> weights.addFloatData(1 + i));
    return OnnxBuilder.operatorSet(17)
        .input("x", -1, 1, 5, 5)
        .initializer(weights.build())
        .floats("conv.bias", 0, 0)
        .node("conv", "Conv", List.of("x", "conv.weight", "conv.bias"), List.of("y"))
        .output("y", -1, 2, 4, 3)
        .read();
  }

  @Override
  public String name() {
    return "checkpoint";
  }

  /** γ is 2, σ² + ε about 4: the weights of the checkpoint are those of the file. */
  @Override
  public List<byte[]> seeds() {
    float[] numbers = new float[WEIGHTS + 8];
    for (int i = 0; i < WEIGHTS; i++) {
      numbers[i] = 1 + i;
    }
    for (int channel = 0; channel < 2; channel++) {
      numbers[WEIGHTS + channel] = 2;
      numbers[WEIGHTS + 6 + channel] = 4;
    }
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + entry("conv.weight", "2,1,2,3", 0, 48)
            + ","
            + entry("bn.weight", "2", 48, 56)
            + ","
            + entry("bn.bias", "2", 56, 64)
            + ","
            + entry("bn.running_mean", "2", 64, 72)
            + ","
            + entry("bn.running_var", "2", 72, 80)
            + "}";
    return List.of(safetensors(header, floats(numbers)));
  }

  private static String entry(String name, String shape, int from, int to) {
    return "\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
        .formatted(name, shape, from, to);
  }

  @Override
  public void read(byte[] input) throws IOException {
    Files.write(file, input);
    CheckpointFile.restore(
        folded, file, new MemoryBudget("weights that are read", MEMORY), FuzzLimits.time().begin());
  }
}
