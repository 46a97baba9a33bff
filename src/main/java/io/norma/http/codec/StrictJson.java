package io.norma.http.codec;

import io.norma.serving.ServingException;
import java.util.Collection;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.DeserializationProblemHandler;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleDeserializers;
import tools.jackson.databind.module.SimpleModule;

/**
 * Reads JSON objects into records, and takes nothing for something else: no number for text, no
 * fraction for an integer, no field that the record does not have, none that is there twice. 3.0 is
 * an integer, as JSON Schema has it. A field that is null is not there.
 */
public final class StrictJson {
  private static final ObjectReader READER =
      JsonMapper.builder(Json.FACTORY)
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.WRAP_EXCEPTIONS)
          .addHandler(new Problems())
          .addModule(scalars())
          .build()
          .reader()
          .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION);

  private StrictJson() {}

  /**
   * Reads a body.
   *
   * @param length bytes of the array that are the body
   * @throws ServingException.Invalid if it is no JSON object
   * @throws ServingException.InvalidField if a field is not as the record has it
   */
  public static <T> T read(byte[] body, int length, Class<T> type) {
    JsonEncoding.requireUtf8(body, 0, length);
    ObjectReader reader = READER.forType(type);
    return Json.object(reader.createParser(body, 0, length), reader::readValue);
  }

  private static SimpleModule scalars() {
    SimpleModule module = new SimpleModule();
    module.setDeserializers(new WordsOfEnums());
    add(module, String.class, Json::text);
    add(module, Boolean.class, Json::truth);
    add(module, Double.class, Json::number);
    add(
        module,
        Long.class,
        (parser, field) -> Json.wholeNumber(parser, field, Long.MIN_VALUE, Long.MAX_VALUE));
    add(
        module,
        Integer.class,
        (parser, field) ->
            (int) Json.wholeNumber(parser, field, Integer.MIN_VALUE, Integer.MAX_VALUE));
    add(module, float[].class, Json::finiteFloats);
    add(module, double[].class, Json::finiteDoubles);
    add(module, double[][].class, Json::finiteVectors);
    return module;
  }

  private static <T> void add(
      SimpleModule module, Class<T> type, BiFunction<JsonParser, String, T> read) {
    module.addDeserializer(type, new Value<>(type, read));
  }

  /** Reads what the tokens are, with the messages that other bodies get. */
  private static final class Value<T> extends StdDeserializer<T> {
    private final transient BiFunction<JsonParser, String, T> read;

    Value(Class<T> type, BiFunction<JsonParser, String, T> read) {
      super(type);
      this.read = read;
    }

    @Override
    public T deserialize(JsonParser parser, DeserializationContext context) {
      return read.apply(parser, Json.path(parser));
    }
  }

  private static final class WordsOfEnums extends SimpleDeserializers {
    @Override
    public ValueDeserializer<?> findEnumDeserializer(
        JavaType type, DeserializationConfig config, BeanDescription.Supplier description) {
      return new Word(type);
    }
  }

  private static final class Word extends StdDeserializer<Enum<?>> {
    private final List<Enum<?>> constants;

    Word(JavaType type) {
      super(type);
      constants = List.of((Enum<?>[]) type.getRawClass().getEnumConstants());
    }

    @Override
    public Enum<?> deserialize(JsonParser parser, DeserializationContext context) {
      String word = parser.currentToken() == JsonToken.VALUE_STRING ? parser.getString() : "";
      return constants.stream()
          .filter(constant -> Words.of(constant).equals(word))
          .findFirst()
          .orElseThrow(() ->
              Json.wrongType(
                  parser,
                  Json.path(parser),
                  "one of " + constants.stream().map(Words::of).toList()));
    }
  }

  private static final class Problems extends DeserializationProblemHandler {
    @Override
    public boolean handleUnknownProperty(
        DeserializationContext context,
        JsonParser parser,
        @Nullable ValueDeserializer<?> deserializer,
        Object beanOrClass,
        String name) {
      Collection<?> known =
          deserializer == null || deserializer.getKnownPropertyNames() == null
              ? List.of()
              : deserializer.getKnownPropertyNames();
      throw Json.invalid(
          Json.path(parser),
          "is no field of this request; "
              + KnownNames.insteadOf(name, known.stream().map(String::valueOf).toList()));
    }

    @Override
    public Object handleMissingInstantiator(
        DeserializationContext context,
        Class<?> target,
        @Nullable ValueInstantiator instantiator,
        JsonParser parser,
        @Nullable String failure) {
      throw Json.wrongType(parser, Json.path(parser), "an object");
    }

    @Override
    public Object handleUnexpectedToken(
        DeserializationContext context,
        JavaType target,
        @Nullable JsonToken token,
        JsonParser parser,
        @Nullable String failure) {
      throw Json.wrongType(
          parser, Json.path(parser), target.isCollectionLikeType() ? "an array" : "an object");
    }
  }
}
