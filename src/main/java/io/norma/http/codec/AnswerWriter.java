package io.norma.http.codec;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.norma.kernel.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * Writes an answer: a record's components in their order, their names in snake case, those that are
 * null left out; tensors as the V2 protocol writes them, in the JSON or behind it.
 */
public final class AnswerWriter {
  private static final ObjectWriter WRITER =
      JsonMapper.builder(Json.FACTORY)
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .changeDefaultPropertyInclusion(
              inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          // Who answers must see that it is memory that ran out.
          .disable(SerializationFeature.WRAP_EXCEPTIONS)
          .addModule(
              new SimpleModule()
                  .addSerializer(Tensor.class, new TensorSerializer())
                  .addSerializer(NestedArray.class, new NestedArray.Serializer()))
          .build()
          .writer();

  private AnswerWriter() {}

  /**
   * An answer.
   *
   * @param binary what follows the JSON
   */
  public record Answer(byte[] json, List<Tensor> binary) {
    /** All bytes. */
    public long length() {
      return json.length + binary.stream().mapToLong(BinaryElements::size).sum();
    }
  }

  /**
   * Writes an answer.
   *
   * @param binary whether tensors follow the JSON
   */
  public static Answer write(Record answer, boolean binary) {
    List<Tensor> behind = new ArrayList<>();
    ObjectWriter writer =
        binary ? WRITER.withAttribute(TensorSerializer.BEHIND_THE_JSON, behind) : WRITER;
    GrowingBytes bytes = new GrowingBytes(1 << 10);
    writer.writeValue(bytes, answer);
    RequestMemory.current().take(bytes.size());
    return new Answer(Arrays.copyOf(bytes.array(), bytes.size()), behind);
  }
}
