package io.norma.onnx.file;

import com.google.protobuf.ByteString;
import io.norma.fuzz.FuzzLimits;
import io.norma.fuzz.FuzzTarget;
import io.norma.fuzz.SampleFiles;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.OnnxImporter;
import io.norma.onnx.proto.TensorProto;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A model and the file that its tensors lie in: two bytes say how long the model is. Every location
 * is that of the file.
 */
public final class ExternalDataFuzzTarget implements FuzzTarget {
  private final Path file;

  public ExternalDataFuzzTarget() {
    try {
      file = Files.createTempFile("fuzz", ".data");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    file.toFile().deleteOnExit();
  }

  @Override
  public String name() {
    return "external-data";
  }

  @Override
  public List<byte[]> seeds() {
    return List.of(
        seed(TensorProto.DataType.FLOAT_VALUE, 2, 24),
        seed(TensorProto.DataType.INT64_VALUE, 3, 72));
  }

  /** y = x + w, with w (rows, 3) in the other file. */
  private static byte[] seed(int type, long rows, int bytes) {
    TensorProto weights =
        TensorProto.newBuilder()
            .setName("w")
            .setDataType(type)
            .addDims(rows)
            .addDims(3)
            .setRawData(ByteString.copyFrom(new byte[bytes]))
            .build();
    byte[] model =
        OnnxBuilder.operatorSet(17)
            .input(OnnxBuilder.declaration("x", type, -1, rows, 3))
            .initializer(weights)
            .node("add", "Add", List.of("x", "w"), List.of("y"))
            .output(OnnxBuilder.declaration("y", type, -1, rows, 3))
            .bytes();
    try {
      ExternalModel external = ExternalModel.of(model);
      return SampleFiles.twoParts(external.onnx(), external.data());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void read(byte[] input) throws IOException {
    int length = SampleFiles.firstLength(input);
    if (length < 0) {
      return;
    }
    Files.write(file, Arrays.copyOfRange(input, 2 + length, input.length));
    OnnxImporter.read(
        new ByteArrayInputStream(input, 2, length),
        "fuzz",
        FuzzLimits.ofImport(),
        location -> FileChannel.open(file));
  }
}
