package io.norma.delivery;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;

/** Reads which digit an answer of the bundled model tells. */
final class Digit {
  private Digit() {}

  static int of(String answer) {
    JsonArray probabilities =
        JsonParser.parseString(answer)
            .getAsJsonObject()
            .getAsJsonArray("outputs")
            .get(0)
            .getAsJsonObject()
            .getAsJsonArray("data");
    int best = 0;
    for (int digit = 1; digit < probabilities.size(); digit++) {
      if (probabilities.get(digit).getAsFloat() > probabilities.get(best).getAsFloat()) {
        best = digit;
      }
    }
    return best;
  }
}
