package io.norma.models.web;

import static io.norma.fuzz.SampleFiles.floats;
import static io.norma.fuzz.SampleFiles.zip;

import com.google.protobuf.ByteString;
import io.norma.fuzz.FuzzLimits;
import io.norma.fuzz.FuzzTarget;
import io.norma.models.IncomingFiles;
import io.norma.models.ModelFile;
import io.norma.models.ReceivedModel;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.OnnxImporter;
import io.norma.onnx.file.ExternalModel;
import io.norma.onnx.proto.TensorProto;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/** Zip archives with a model and its data, as they are uploaded. */
public final class ArchiveFuzzTarget implements FuzzTarget {
  private static final long UNPACKED = 1 << 20;

  private final IncomingFiles incoming;

  public ArchiveFuzzTarget() {
    try {
      Path directory = Files.createTempDirectory("fuzz");
      incoming = new IncomingFiles(directory, Clock.systemUTC());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String name() {
    return "archive";
  }

  @Override
  public List<byte[]> seeds() {
    TensorProto weights =
        TensorProto.newBuilder()
            .setName("w")
            .setDataType(OnnxBuilder.FLOAT)
            .addDims(3)
            .setRawData(ByteString.copyFrom(floats(1, 2, 3)))
            .build();
    byte[] whole =
        OnnxBuilder.operatorSet(17)
            .input("x", -1, 3)
            .initializer(weights)
            .node("add", "Add", List.of("x", "w"), List.of("y"))
            .output("y", -1, 3)
            .bytes();
    ExternalModel split;
    try {
      split = ExternalModel.of(whole);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("m/model.onnx", split.onnx());
    files.put("m/" + ExternalModel.LOCATION, split.data());
    return List.of(
        zip(ZipEntry.STORED, files),
        zip(ZipEntry.DEFLATED, files),
        zip(ZipEntry.DEFLATED, Map.of("a.onnx", whole)));
  }

  @Override
  public void read(byte[] input) throws IOException {
    try (ReceivedModel received = new ReceivedModel(incoming)) {
      ModelArchive.unpack(new ByteArrayInputStream(input), incoming, UNPACKED, received);
      ModelFile file = received.modelFile("fuzz", 1, ModelFile.Origin.UPLOADED, null);
      try (InputStream content = file.content().open()) {
        OnnxImporter.read(content, "fuzz", FuzzLimits.ofImport(), location -> open(file, location));
      }
    }
  }

  private static @Nullable FileChannel open(ModelFile file, String location) throws IOException {
    ModelFile.Companion companion = file.beside().find(location);
    Path path = companion == null ? null : companion.path();
    return path == null ? null : FileChannel.open(path);
  }
}
