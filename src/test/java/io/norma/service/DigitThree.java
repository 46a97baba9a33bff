package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One image of a three, in the forms that clients send it, and what the model says of it. */
final class DigitThree {
  private static final JsonMapper JSON = new JsonMapper();

  private DigitThree() {}

  static float[] image() {
    JsonNode data = JSON.readTree(ServiceTest.example("three.json")).at("/inputs/0/data");
    float[] image = new float[64];
    for (int i = 0; i < image.length; i++) {
      image[i] = data.get(i).floatValue();
    }
    return image;
  }

  /** The pixels as JSON, in brackets and without spaces. */
  static String json() {
    float[] image = image();
    return IntStream.range(0, image.length)
        .mapToObj(i -> Float.toString(image[i]))
        .collect(Collectors.joining(",", "[", "]"));
  }

  /** The JSON of a request with the pixels behind it, little-endian. */
  static byte[] behind(String json) {
    byte[] head = json.getBytes(StandardCharsets.UTF_8);
    float[] image = image();
    ByteBuffer body =
        ByteBuffer.allocate(head.length + 4 * image.length).order(ByteOrder.LITTLE_ENDIAN);
    body.put(head);
    for (float pixel : image) {
      body.putFloat(pixel);
    }
    return body.array();
  }

  static void assertIsThree(float... probabilities) {
    assertThat(probabilities).hasSize(10);
    JsonNode expected = JSON.readTree(ServiceTest.example("probabilities.json")).path("three.json");
    for (int i = 0; i < 10; i++) {
      assertThat((double) probabilities[i])
          .as(Arrays.toString(probabilities))
          .isCloseTo(expected.get(i).asDouble(), within(1e-5));
    }
  }
}
