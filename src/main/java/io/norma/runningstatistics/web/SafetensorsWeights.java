package io.norma.runningstatistics.web;

import io.norma.http.codec.SafetensorsElements;
import io.norma.http.codec.SafetensorsHeader;
import io.norma.runningstatistics.SourceWeight;
import io.norma.runningstatistics.SourceWeight.Precision;
import io.norma.runningstatistics.SourceWeights;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The weights of a state dict, by PyTorch's names, read out of the file's own bytes. */
final class SafetensorsWeights implements SourceWeights {
  private final byte[] body;
  private final Map<String, SafetensorsHeader.Entry> entries = new HashMap<>();

  SafetensorsWeights(byte[] body, List<SafetensorsHeader.Entry> entries) {
    this.body = body;
    entries.forEach(entry -> this.entries.put(entry.name(), entry));
  }

  @Override
  public @Nullable SourceWeight gamma(String layer) {
    return parameter(layer + ".weight");
  }

  @Override
  public @Nullable SourceWeight beta(String layer) {
    return parameter(layer + ".bias");
  }

  @Override
  public OptionalDouble epsilon(String layer) {
    return OptionalDouble.empty();
  }

  @Override
  public @Nullable SourceWeight parameter(String name) {
    SafetensorsHeader.Entry entry = entries.get(name);
    IntToDoubleFunction elements = entry == null ? null : SafetensorsElements.of(entry, body);
    if (entry == null || elements == null) {
      return null;
    }
    Precision precision =
        switch (entry.type()) {
          case "F16" -> Precision.HALF;
          case "BF16" -> Precision.BFLOAT;
          default -> Precision.FLOAT;
        };
    return new SourceWeight(entry.shape(), precision, elements);
  }
}
