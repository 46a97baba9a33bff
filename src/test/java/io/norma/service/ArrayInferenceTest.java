package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** NumPy arrays as bodies, of networks that answer what they read: y = x. */
final class ArrayInferenceTest extends ServiceTest {
  private static final Map<String, String> NPY = Map.of("Content-Type", "application/x-npy");
  private static final String ROWS = "/v2/models/array-rows/infer";

  @BeforeEach
  void upload() {
    upload("array-rows", OnnxBuilder.FLOAT, -1, 3);
  }

  private void upload(String name, int type, long... shape) {
    byte[] model =
        OnnxBuilder.operatorSet(17)
            .input(OnnxBuilder.declaration("x", type, shape))
            .node("same", "Identity", List.of("x"), List.of("y"))
            .output(OnnxBuilder.declaration("y", type, shape))
            .bytes();
    assertThat(client.put("/v1/models/" + name + "/versions/1", model).status())
        .isBetween(200, 201);
  }

  /** As numpy.save writes version 1.0. */
  private static byte[] npy(
      String type, String order, String shape, int bytes, Consumer<ByteBuffer> elements) {
    String head =
        "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }".formatted(type, order, shape);
    byte[] padded =
        (head + " ".repeat(117 - head.length()) + "\n").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer file = ByteBuffer.allocate(128 + bytes).order(ByteOrder.LITTLE_ENDIAN);
    file.put("\u0093NUMPY\u0001\u0000".getBytes(StandardCharsets.ISO_8859_1));
    file.putShort((short) padded.length).put(padded);
    elements.accept(file);
    return file.array();
  }

  private static byte[] floats(String order, String shape, float... elements) {
    return npy(
        "<f4",
        order,
        shape,
        4 * elements.length,
        file -> {
          for (float element : elements) {
            file.putFloat(element);
          }
        });
  }

  private static String data(Exchange answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json().at("/outputs/0/data").toString();
  }

  private void refuses(String path, byte[] body, String... words) {
    Exchange refused = client.post(path, body, NPY);
    assertThat(refused.status()).as(refused.text()).isEqualTo(400);
    assertThat(ExchangeValidator.reason(refused)).contains(words);
  }

  @Test
  void takesArraysByRows() {
    Exchange answer = client.post(ROWS, floats("False", "(2, 3)", 1, 2, 3, 4, 5, 6.5f), NPY);

    assertThat(data(answer)).isEqualTo("[1.0,2.0,3.0,4.0,5.0,6.5]");
    JsonNode output = answer.json().at("/outputs/0");
    assertThat(output.path("shape").toString()).isEqualTo("[2,3]");
    assertThat(output.path("name").asString()).isEqualTo("y");
  }

  /** {@code numpy.asfortranarray([[1, 2, 3], [4, 5, 6]])}. */
  @Test
  void takesArraysByColumns() {
    assertThat(data(client.post(ROWS, floats("True", "(2, 3)", 1, 4, 2, 5, 3, 6), NPY)))
        .isEqualTo("[1.0,2.0,3.0,4.0,5.0,6.0]");
  }

  @Test
  void takesTheTypesOfInputs() {
    upload("array-doubles", TensorProto.DataType.DOUBLE_VALUE, -1, 2);
    upload("array-halves", TensorProto.DataType.FLOAT16_VALUE, -1, 2);
    upload("array-longs", TensorProto.DataType.INT64_VALUE, 2);
    upload("array-bytes", TensorProto.DataType.UINT8_VALUE, 2);

    assertThat(
            data(
                client.post(
                    "/v2/models/array-doubles/infer",
                    npy("<f8", "False", "(1, 2)", 16, file -> file.putDouble(0.1).putDouble(-1)),
                    NPY)))
        .isEqualTo("[0.1,-1.0]");
    assertThat(
            data(
                client.post(
                    "/v2/models/array-halves/infer",
                    npy(
                        "<f2",
                        "False",
                        "(1, 2)",
                        4,
                        file -> file.putShort((short) 0x3C00).putShort((short) 0xC000)),
                    NPY)))
        .isEqualTo("[1.0,-2.0]");
    assertThat(
            data(
                client.post(
                    "/v2/models/array-longs/infer",
                    npy("<i8", "False", "(2,)", 16, file -> file.putLong(1L << 60).putLong(-1)),
                    NPY)))
        .isEqualTo("[1152921504606846976,-1]");
    assertThat(
            data(
                client.post(
                    "/v2/models/array-bytes/infer",
                    npy("|u1", "False", "(2,)", 2, file -> file.put((byte) 255).put((byte) 7)),
                    NPY)))
        .isEqualTo("[255,7]");
  }

  /** NumPy's numbers are FP64 unless somebody says otherwise. */
  @Test
  void convertsRealNumbersOfOtherTypes() {
    byte[] doubles =
        npy("<f8", "False", "(1, 3)", 24, file -> file.putDouble(0.1).putDouble(-2).putDouble(3));

    assertThat(data(client.post(ROWS, doubles, NPY))).isEqualTo("[0.1,-2.0,3.0]");
  }

  @Test
  void answersAnArrayWithAnArray() {
    byte[] array = floats("False", "(2, 3)", 1, 2, 3, 4, 5, 6.5f);
    Exchange answer =
        client.post(
            ROWS,
            array,
            Map.of("Content-Type", "application/x-npy", "Accept", "application/x-npy"));

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("application/x-npy");
    assertThat(answer.body()).isEqualTo(array);
  }

  @Test
  void refusesWhatIsNoArrayOrAnother() {
    byte[] array = floats("False", "(2, 3)", 1, 2, 3, 4, 5, 6);

    refuses(ROWS, "{}".getBytes(StandardCharsets.UTF_8), "no NumPy array");
    refuses(ROWS, new byte[0], "no NumPy array");
    refuses(ROWS, Arrays.copyOf(array, array.length - 1), "has 23 bytes", "needs 6 times 4");
    refuses(ROWS, floats("False", "(3, 2)", 1, 2, 3, 4, 5, 6), "expects shape [-1, 3]", "[3,2]");
    refuses(
        ROWS,
        npy("<i8", "False", "(1, 3)", 24, file -> {}),
        "expects datatype FP32 for input 'x', got INT64");
    refuses(
        ROWS,
        npy("<f8", "False", "(1, 3)", 24, file -> file.putDouble(-1e39)),
        "element 0 is -1.0E39",
        "FP32");
    refuses(ROWS, npy(">f4", "False", "(1, 3)", 12, file -> {}), "type >f4", "<f4");
    refuses(ROWS, npy("|O", "False", "(1, 3)", 12, file -> {}), "type |O", "<f4");
    refuses(ROWS, npy("<f4", "False", "(0, 99999999999)", 0, file -> {}), "impossible shape");
    refuses(ROWS, npy("<f4", "False", "(99999, 99999, 99999, 99999)", 0, file -> {}), "shape");
    refuses(ROWS, floats("False", "(0, 3)"), "no rows");
    refuses(ROWS + "?scale=1", array, "'scale' is of images alone");
  }

  @Test
  void refusesModelsWhoseInputsOrOutputsAnArrayDoesNotTellApart() {
    byte[] two =
        OnnxBuilder.operatorSet(17)
            .input("a", -1, 3)
            .input("b", -1, 3)
            .node("sum", "Add", List.of("a", "b"), List.of("y"))
            .output("y", -1, 3)
            .bytes();
    byte[] twice =
        OnnxBuilder.operatorSet(17)
            .input("x", -1, 3)
            .node("same", "Identity", List.of("x"), List.of("y"))
            .node("less", "Neg", List.of("x"), List.of("z"))
            .output("y", -1, 3)
            .output("z", -1, 3)
            .bytes();
    client.put("/v1/models/two-inputs/versions/1", two);
    client.put("/v1/models/two-outputs/versions/1", twice);
    byte[] array = floats("False", "(1, 3)", 1, 2, 3);
    Exchange refused =
        client.post(
            "/v2/models/two-outputs/infer",
            array,
            Map.of("Content-Type", "application/x-npy", "Accept", "application/x-npy"));

    refuses("/v2/models/two-inputs/infer", array, "'a', 'b'", "send JSON");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text()).contains("'y', 'z'", "accept application/json");
    assertThat(client.post("/v2/models/two-outputs/infer", array, NPY).status()).isEqualTo(200);
  }
}
