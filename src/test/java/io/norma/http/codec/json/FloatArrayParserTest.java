package io.norma.http.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Whatever is read at once, what is found and what is refused is as by Jackson's tokens alone. */
class FloatArrayParserTest {
  private static final JsonFactory PLAIN = new JsonFactory();
  private static final JsonFactory FAST = new FloatArrayParser.Factory(JsonFactory.builder());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "[1]",
        "[1,2,3]",
        "[ 1 , -2.5 ,3e2 ]",
        "[1,\n2,\n3]",
        "[1.5,2.5,[3.5,4.5],5]",
        "[[1,2],[3,4]]",
        "[1,2,\"3\",4]",
        "[1,2,true]",
        "[1,1e39,2]",
        "[16777217,16777217,0.1]",
        "[1,2,]",
        "[1,2,,3]",
        "[,1]",
        "[1 2]",
        "[1,2 3]",
        "[1,02,3]",
        "[1,2.,3]",
        "[1,.5,3]",
        "[1,+5,3]",
        "[1,2e,3]",
        "[1,-,3]",
        "[1,NaN,3]",
        "[1,2}",
        "[1,2",
        "[1,2,",
        "[1,2,3.",
        "[1,2,3]]",
        "[1,2/*3*/,4]",
        "{\"a\":[1,2,3],\"b\":[4,5]}",
        "{\"a\":[1,2,3],\"b\":[4,5",
        "\uFEFF[1,2,3]"
      })
  void readsAndRefusesAsTokensDo(String json) {
    assertThat(all(FAST, json)).isEqualTo(all(PLAIN, json));
  }

  @Test
  void readsAllButTheLast() {
    try (JsonParser parser = parser(FAST, "[0.5, -1.5,2.5e1 ,4]")) {
      parser.nextToken();
      float[] read = new float[8];
      assertThat(((FloatArrayParser) parser).readFloats(read, 1, 8)).isEqualTo(3);
      assertThat(read).containsExactly(0, 0.5f, -1.5f, 25, 0, 0, 0, 0);
      assertThat(parser.nextToken()).isEqualTo(JsonToken.VALUE_NUMBER_INT);
      assertThat(parser.getIntValue()).isEqualTo(4);
      assertThat(parser.nextToken()).isEqualTo(JsonToken.END_ARRAY);
    }
  }

  @Test
  void readsNoMoreThanWereAskedFor() {
    try (JsonParser parser = parser(FAST, "[1,2,3,4]")) {
      parser.nextToken();
      float[] read = new float[2];
      assertThat(((FloatArrayParser) parser).readFloats(read, 0, 2)).isEqualTo(2);
      assertThat(read).containsExactly(1, 2);
      parser.nextToken();
      assertThat(parser.getIntValue()).isEqualTo(3);
    }
  }

  private static JsonParser parser(JsonFactory factory, String json) {
    byte[] bytes = ("xx" + json + "1,2,3]").getBytes(UTF_8);
    return factory.createParser(ObjectReadContext.empty(), bytes, 2, bytes.length - 8);
  }

  /** All that a document holds, and in the end how it failed, and where. */
  private static List<String> all(JsonFactory factory, String json) {
    List<String> found = new ArrayList<>();
    float[] many = new float[8];
    try (JsonParser parser = parser(factory, json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        found.add(
            token.isNumeric()
                ? Float.toString(parser.getFloatValue())
                : token + parser.getString());
        if (token == JsonToken.START_ARRAY && parser instanceof FloatArrayParser floats) {
          int read = floats.readFloats(many, 0, many.length);
          for (int i = 0; i < read; i++) {
            found.add(Float.toString(many[i]));
          }
        }
      }
    } catch (JacksonException e) {
      found.add(
          e.getOriginalMessage()
              + " at "
              + e.getLocation().getLineNr()
              + ":"
              + e.getLocation().getColumnNr());
    }
    return found;
  }
}
