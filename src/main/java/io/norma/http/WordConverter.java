package io.norma.http;

import io.norma.http.codec.Words;
import org.springframework.core.convert.converter.Converter;
import org.springframework.core.convert.converter.ConverterFactory;

/** Constants in addresses, by their words as in bodies. */
final class WordConverter implements ConverterFactory<String, Enum<?>> {
  @Override
  public <T extends Enum<?>> Converter<String, T> getConverter(Class<T> type) {
    return word ->
        Words.find(type, word)
            .orElseThrow(() -> new IllegalArgumentException("no constant '" + word + "'"));
  }
}
