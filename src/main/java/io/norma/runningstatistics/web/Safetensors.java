package io.norma.runningstatistics.web;

import io.norma.http.codec.Json;
import io.norma.kernel.statistics.AffineParameters;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/**
 * Writes running statistics in the safetensors format, under PyTorch's names {@code
 * layer.running_mean} and {@code layer.running_var}, and {@code layer.weight} and {@code
 * layer.bias} where γ and β are not the network's.
 *
 * <p>A file is the length of its header as a little-endian 64-bit number, the header in JSON, and
 * the tensors' bytes (safetensors, "Format").
 */
public final class Safetensors {
  private static final String MEAN = ".running_mean";
  private static final String VARIANCE = ".running_var";
  private static final String GAMMA = ".weight";
  private static final String BETA = ".bias";
  private static final int ALIGNMENT = 8;

  private Safetensors() {}

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
        if (layer.getValue().affine() != null) {
          describe(json, layer.getKey() + GAMMA, layer.getValue().channels(), offset);
          describe(json, layer.getKey() + BETA, layer.getValue().channels(), offset + bytes);
          offset += 2 * bytes;
        }
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
      AffineParameters affine = layer.affine();
      if (affine != null) {
        put(bytes, affine.gamma());
        put(bytes, affine.beta());
      }
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
