package io.norma.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The requests in {@code examples/digits}, and how many of them are answered rightly. */
public final class Digits {
  private static final Path FOLDER = Path.of("examples/digits");

  private Digits() {}

  public static String request(String name) {
    try {
      return Files.readString(FOLDER.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static String request(String name, String parameter, Object value) {
    ObjectNode request = (ObjectNode) StatisticsClient.JSON.readTree(request(name));
    ObjectNode parameters = request.withObject("/parameters");
    parameters.putPOJO(parameter, value);
    return StatisticsClient.JSON.writeValueAsString(request);
  }

  public static float[] probabilities(JsonNode response) {
    for (JsonNode output : response.get("outputs")) {
      if (output.get("name").asString().equals("probabilities")) {
        float[] data = new float[output.get("data").size()];
        for (int i = 0; i < data.length; i++) {
          data[i] = output.get("data").get(i).floatValue();
        }
        return data;
      }
    }
    throw new AssertionError("no probabilities in " + response);
  }

  /** Share of the folder's images that are answered rightly by what is active. */
  static double accuracy(StatisticsClient client, String folder) {
    int right = 0;
    int total = 0;
    for (var file : StatisticsClient.JSON.readTree(request(folder + "/labels.json")).properties()) {
      StatisticsClient.Answer answer =
          client.post("/v2/models/digits/infer", request(folder + "/" + file.getKey()));
      float[] probabilities = probabilities(answer.json());
      for (int row = 0; row < file.getValue().size(); row++) {
        int best = 0;
        for (int c = 1; c < 10; c++) {
          best = probabilities[10 * row + c] > probabilities[10 * row + best] ? c : best;
        }
        right += best == file.getValue().get(row).asInt() ? 1 : 0;
        total++;
      }
    }
    return right / (double) total;
  }
}
