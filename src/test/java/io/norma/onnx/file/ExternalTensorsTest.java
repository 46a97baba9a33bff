package io.norma.onnx.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.onnx.ImportLimits;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.OnnxImporter;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.TensorProto;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ExternalTensorsTest {
  private static final Path DIGITS = Path.of("src/main/resources/models/digits/1/model.onnx");

  @TempDir private Path folder;

  @Test
  void readsTheSameNetworkAsFromOneFile() throws IOException {
    byte[] whole = Files.readAllBytes(DIGITS);
    ExternalModel split = ExternalModel.of(whole, "weights/part 1.bin");
    assertThat(split.data().length).isGreaterThan(150_000);
    Files.createDirectory(folder.resolve("weights"));
    Files.write(folder.resolve("weights/part 1.bin"), split.data());
    Path model = Files.write(folder.resolve("any name.onnx"), split.onnx());

    Network network = OnnxImporter.read(model, "digits").network();

    Network expected = OnnxImporter.read(whole, "digits").network();
    assertThat(elements(network.constants())).isEqualTo(elements(expected.constants()));
    assertThat(network.runningStatistics().layer("bn1").mean())
        .isEqualTo(expected.runningStatistics().layer("bn1").mean());
  }

  private static Map<String, List<Float>> elements(Map<String, Tensor> constants) {
    Map<String, List<Float>> elements = new TreeMap<>();
    constants.forEach((name, tensor) -> {
      List<Float> values = new ArrayList<>();
      for (int i = 0; i < tensor.size(); i++) {
        values.add((float) tensor.getDouble(i));
      }
      elements.put(name, values);
    });
    return elements;
  }

  @Test
  void readsConstantsOfNodesToo() throws IOException {
    TensorProto three = external("", "0", null, 1).build();
    byte[] model =
        OnnxBuilder.operatorSet(13)
            .input("x", 1)
            .output("y", 1)
            .node(
                "three",
                "Constant",
                List.of(),
                List.of("c"),
                AttributeProto.newBuilder()
                    .setName("value")
                    .setType(AttributeProto.AttributeType.TENSOR)
                    .setT(three)
                    .build())
            .node("add", "Add", List.of("x", "c"), List.of("y"))
            .bytes();
    write(floats(3));
    assertThat(Objects.requireNonNull(read(model).constants().get("c")).getDouble(0)).isEqualTo(3);
  }

  @Test
  void takesTheRestThatATensorNeedsWhereNoLengthIsGiven() throws IOException {
    write(floats(1, 2, 3, 4));
    Network network = read(addition(external("w", "8", null, 2)));
    assertThat(Objects.requireNonNull(network.constants().get("w")).toFloatArray())
        .containsExactly(3, 4);
  }

  @Test
  void namesAllFilesThatAreMissing() throws IOException {
    byte[] onnx = ExternalModel.of(Files.readAllBytes(DIGITS)).onnx();
    assertThatThrownBy(() -> OnnxImporter.read(onnx, "digits"))
        .isInstanceOfSatisfying(
            MissingDataException.class,
            e -> assertThat(e.locations()).containsExactly("model.onnx.data"))
        .hasMessageContaining("'model.onnx.data'")
        .hasMessageContaining("conv1.weight");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 8, 4, 'has 4 bytes, but tensor ''w'' is to be found in its bytes from 0 on, 8 of them'",
    "4, 8, 8, from 4 on",
    "9223372036854775807, 8, 8, from 9223372036854775807 on",
    "0, 12, 16, 'needs 8 bytes, but the model says that it has 12'",
    "-4, 8, 16, 'offset must be a whole number of bytes, but is ''-4'''",
    "0, many, 16, 'length must be a whole number of bytes, but is ''many'''"
  })
  void refusesATensorThatIsNotWhereTheModelSays(
      String offset, String length, int bytes, String message) throws IOException {
    Files.write(folder.resolve("w.bin"), new byte[bytes]);
    byte[] model = addition(external("w", offset, length, 2));
    assertThatThrownBy(() -> read(model))
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../w.bin",
        "a/../../w.bin",
        "/etc/passwd",
        "..\\w.bin",
        "C:\\w.bin",
        "a//b",
        "",
        "w.bin/",
        "a/./b",
        "w\u0000.bin"
      })
  void refusesALocationThatLeavesTheFolder(String location) {
    byte[] model = addition(at(location));
    ExternalData nobodyLooks =
        where -> {
          throw new AssertionError("asked for " + where);
        };
    assertThatThrownBy(() ->
            OnnxImporter.read(
                new ByteArrayInputStream(model), "m", ImportLimits.none(), nobodyLooks))
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContaining("must be a path below the model's folder");
  }

  @Test
  void refusesAShapeThatOverflows() throws IOException {
    write(floats(1));
    byte[] model = addition(external("w", "0", null, 1L << 40, 1L << 40));
    assertThatThrownBy(() -> read(model)).hasMessageContaining("impossible shape");
  }

  private static byte[] addition(TensorProto.Builder weights) {
    return OnnxBuilder.operatorSet(13)
        .input("x", 2)
        .output("y", 2)
        .initializer(weights.build())
        .node("add", "Add", List.of("x", "w"), List.of("y"))
        .bytes();
  }

  private static TensorProto.Builder at(String location) {
    return TensorProto.newBuilder()
        .setName("w")
        .setDataType(TensorProto.DataType.FLOAT_VALUE)
        .addDims(2)
        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
        .addExternalData(ExternalModel.entry("location", location));
  }

  private static TensorProto.Builder external(
      String name, String offset, @Nullable String length, long... shape) {
    TensorProto.Builder tensor =
        at("w.bin")
            .setName(name)
            .clearDims()
            .addExternalData(ExternalModel.entry("offset", offset));
    if (length != null) {
      tensor.addExternalData(ExternalModel.entry("length", length));
    }
    for (long extent : shape) {
      tensor.addDims(extent);
    }
    return tensor;
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  private void write(byte[] data) throws IOException {
    Files.write(folder.resolve("w.bin"), data);
  }

  private Network read(byte[] model) throws IOException {
    Path file = Files.write(folder.resolve("model.onnx"), model);
    return OnnxImporter.read(file, "m").network();
  }
}
