package io.norma.http.codec;

import io.norma.kernel.compute.elementwise.Elementwise;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServingException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import tools.jackson.core.JsonGenerator;

/**
 * The protocol's classification extension: of each row of an output the best classes, written as
 * BYTES elements {@code value:index}.
 */
final class Classification {
  private Classification() {}

  static void write(
      JsonGenerator json, NamedTensor output, int wanted, boolean binary, List<Tensor> sections) {
    Tensor scores = output.tensor();
    Shape shape = scores.shape();
    if (shape.rank() == 0 || shape.size() == 0) {
      throw new ServingException.Invalid(
          "output '%s' of shape %s has no classes".formatted(output.name(), shape));
    }
    int classes = shape.dimension(-1);
    int best = Math.min(wanted, classes);
    List<String> elements =
        IntStream.range(0, shape.size() / classes)
            .boxed()
            .flatMap(row -> best(scores, row * classes, classes, best).stream())
            .toList();
    InferenceResponseWriter.writeHead(json, output.name(), "BYTES", shape.with(-1, best));
    if (binary) {
      byte[] section = lengthPrefixed(elements);
      InferenceResponseWriter.writeBinarySize(json, section.length);
      sections.add(Tensor.of(DataType.UINT8, Shape.of(section.length), section, 0));
    } else {
      json.writeArrayPropertyStart("data");
      elements.forEach(json::writeString);
      json.writeEndArray();
    }
    json.writeEndObject();
  }

  private static List<String> best(Tensor scores, int from, int classes, int count) {
    return IntStream.range(0, classes)
        .boxed()
        .sorted((a, b) -> Elementwise.compare(scores, from + b, scores, from + a))
        .limit(count)
        .map(index -> String.format(Locale.ROOT, "%f:%d", scores.getDouble(from + index), index))
        .toList();
  }

  private static byte[] lengthPrefixed(List<String> elements) {
    List<byte[]> encoded =
        elements.stream().map(element -> element.getBytes(StandardCharsets.UTF_8)).toList();
    int size = encoded.stream().mapToInt(element -> 4 + element.length).sum();
    ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    encoded.forEach(element -> buffer.putInt(element.length).put(element));
    return buffer.array();
  }
}
