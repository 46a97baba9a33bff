package io.norma.runningstatistics.web;

import io.norma.http.codec.Json;
import io.norma.http.codec.RequestMemory;
import io.norma.http.codec.SafetensorsElements;
import io.norma.http.codec.SafetensorsHeader;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.runningstatistics.SourceWeights;
import io.norma.runningstatistics.StatisticsDocument.Vectors;
import io.norma.serving.ServingException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.IntToDoubleFunction;
import tools.jackson.core.JsonGenerator;

/**
 * Running statistics in the safetensors format, under PyTorch's names {@code layer.running_mean}
 * and {@code layer.running_var}.
 *
 * <p>A file is the length of its header as a little-endian 64-bit number, the header in JSON, and
 * the tensors' bytes (safetensors, "Format").
 */
public final class Safetensors {
  private static final String MEAN = ".running_mean";
  private static final String VARIANCE = ".running_var";
  private static final int ALIGNMENT = 8;

  private Safetensors() {}

  /**
   * What a file holds for batch normalizations.
   *
   * @param layers by name, in the file's order
   * @param ignored names of the other tensors
   * @param weights what those tell about the network, read when it is asked for
   */
  public record Contents(
      SequencedMap<String, Vectors> layers, List<String> ignored, SourceWeights weights) {}

  /**
   * Reads a file.
   *
   * @throws ServingException.Invalid if it is truncated, or its header does not fit its bytes
   */
  public static Contents read(byte[] body, int length) {
    SequencedMap<String, float[]> means = new LinkedHashMap<>();
    SequencedMap<String, float[]> variances = new LinkedHashMap<>();
    List<String> ignored = new ArrayList<>();
    List<SafetensorsHeader.Entry> entries = SafetensorsHeader.read(body, length);
    for (SafetensorsHeader.Entry entry : entries) {
      if (entry.name().endsWith(MEAN)) {
        means.put(layer(entry.name(), MEAN), vector(entry, body));
      } else if (entry.name().endsWith(VARIANCE)) {
        variances.put(layer(entry.name(), VARIANCE), vector(entry, body));
      } else {
        ignored.add(entry.name());
      }
    }
    SequencedMap<String, Vectors> layers = new LinkedHashMap<>();
    means.forEach((name, mean) -> layers.put(name, new Vectors(mean, variances.remove(name))));
    variances.forEach((name, variance) -> layers.put(name, new Vectors(null, variance)));
    return new Contents(layers, ignored, new SafetensorsWeights(body, entries));
  }

  private static String layer(String name, String suffix) {
    return name.substring(0, name.length() - suffix.length());
  }

  private static float[] vector(SafetensorsHeader.Entry entry, byte[] body) {
    if (entry.shape().size() != 1) {
      throw new ServingException.Invalid(
          "tensor '%s' must have one axis, but has shape %s"
              .formatted(entry.name(), entry.shape()));
    }
    IntToDoubleFunction elements = SafetensorsElements.of(entry, body);
    if (elements == null) {
      throw new ServingException.Invalid(
          "tensor '%s' has data type %s; expected F32, F64, F16 or BF16"
              .formatted(entry.name(), entry.type()));
    }
    int length = Math.toIntExact(entry.shape().getFirst());
    RequestMemory.current().take((long) length * Float.BYTES);
    float[] vector = new float[length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) elements.applyAsDouble(i);
    }
    return vector;
  }

  /** Writes all layers in float32, with the given metadata beside them. */
  public static byte[] write(RunningStatistics statistics, Map<String, String> metadata) {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    int offset = 0;
    try (JsonGenerator json = Json.generator(header)) {
      json.writeStartObject();
      json.writeObjectPropertyStart("__metadata__");
      metadata.forEach(json::writeStringProperty);
      json.writeEndObject();
      for (Map.Entry<String, ChannelStatistics> layer : statistics.layers().entrySet()) {
        int bytes = 4 * layer.getValue().channels();
        describe(json, layer.getKey() + MEAN, layer.getValue().channels(), offset);
        describe(json, layer.getKey() + VARIANCE, layer.getValue().channels(), offset + bytes);
        offset += 2 * bytes;
      }
      json.writeEndObject();
    }
    header.writeBytes(
        " ".repeat(Math.floorMod(-header.size(), ALIGNMENT)).getBytes(StandardCharsets.US_ASCII));
    byte[] file = new byte[8 + header.size() + offset];
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.size()).put(header.toByteArray());
    for (ChannelStatistics layer : statistics.layers().values()) {
      put(bytes, layer.mean());
      put(bytes, layer.variance());
    }
    return file;
  }

  private static void describe(JsonGenerator json, String name, int length, int offset) {
    json.writeObjectPropertyStart(name);
    json.writeStringProperty("dtype", "F32");
    json.writeArrayPropertyStart("shape");
    json.writeNumber(length);
    json.writeEndArray();
    json.writeArrayPropertyStart("data_offsets");
    json.writeNumber(offset);
    json.writeNumber(offset + 4 * length);
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void put(ByteBuffer bytes, float[] vector) {
    for (float value : vector) {
      bytes.putFloat(value);
    }
  }
}
