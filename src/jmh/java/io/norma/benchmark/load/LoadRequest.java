package io.norma.benchmark.load;

import io.norma.network.Network;
import io.norma.onnx.OnnxImporter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.StringJoiner;

/**
 * One row of random numbers for a network with one FP32 input, as the V2 protocol sends it.
 *
 * @param path the route
 * @param headers besides the length
 * @param body the bytes
 */
record LoadRequest(String path, Map<String, String> headers, byte[] body) {
  static LoadRequest json(String model, Path file) throws IOException {
    Row row = Row.of(file);
    StringJoiner data = new StringJoiner(",", "[", "]");
    for (float element : row.elements()) {
      data.add(Float.toString(element));
    }
    String body =
        "{\"inputs\":[{\"name\":\"%s\",\"datatype\":\"FP32\",\"shape\":%s,\"data\":%s}]}"
            .formatted(row.name(), row.shape(), data);
    return new LoadRequest(
        path(model),
        Map.of("Content-Type", "application/json"),
        body.getBytes(StandardCharsets.UTF_8));
  }

  static LoadRequest binary(String model, Path file) throws IOException {
    Row row = Row.of(file);
    byte[] header =
        ("{\"inputs\":[{\"name\":\"%s\",\"datatype\":\"FP32\",\"shape\":%s,\"parameters\":"
                + "{\"binary_data_size\":%d}}],\"parameters\":{\"binary_data_output\":true}}")
            .formatted(row.name(), row.shape(), 4 * row.elements().length)
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer body =
        ByteBuffer.allocate(header.length + 4 * row.elements().length)
            .order(ByteOrder.LITTLE_ENDIAN);
    body.put(header).asFloatBuffer().put(row.elements());
    return new LoadRequest(
        path(model),
        Map.of(
            "Content-Type",
            "application/octet-stream",
            "Inference-Header-Content-Length",
            Integer.toString(header.length)),
        body.array());
  }

  private static String path(String model) {
    return "/v2/models/" + model + "/infer";
  }

  private record Row(String name, String shape, float[] elements) {
    static Row of(Path file) throws IOException {
      Network network = OnnxImporter.read(Files.readAllBytes(file), "benchmark").network();
      var input = network.inputs().getFirst();
      StringJoiner shape = new StringJoiner(",", "[", "]").add("1");
      int count = 1;
      for (int i = 1; i < input.shape().size(); i++) {
        int size = Math.toIntExact(input.shape().get(i));
        shape.add(Integer.toString(size));
        count *= size;
      }
      Random random = new Random(42);
      float[] elements = new float[count];
      for (int i = 0; i < count; i++) {
        elements[i] = random.nextFloat();
      }
      return new Row(input.name(), shape.toString(), elements);
    }
  }
}
