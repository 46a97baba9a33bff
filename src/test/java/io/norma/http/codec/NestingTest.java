package io.norma.http.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NestingTest {
  /** Walks through text in which every letter is an element. */
  private static boolean isEven(Nesting nesting, String text) {
    int[] lengths = new int[8];
    int depth = -1;
    boolean even = true;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ']') {
        even &= nesting.end(depth, lengths[depth]);
        depth--;
        continue;
      }
      if (depth >= 0) {
        even &= c == '[' ? nesting.array(depth) : nesting.element(depth);
        lengths[depth]++;
      }
      if (c == '[') {
        depth++;
        lengths[depth] = 0;
      }
    }
    return even;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | [0]",
        "[xxx] | [3]",
        "[[]] | [1, 0]",
        "[[],[]] | [2, 0]",
        "[[xx][xx][xx]] | [3, 2]",
        "[[[x][x]]] | [1, 2, 1]"
      })
  void knowsTheShapeOfEvenArrays(String text, String shape) {
    Nesting nesting = new Nesting();
    assertThat(isEven(nesting, text.replace(",", ""))).isTrue();
    assertThat(Arrays.toString(nesting.shape())).isEqualTo(shape);
  }

  @ParameterizedTest
  @CsvSource({"[x[x]]", "[[x]x]", "[[]x]", "[[xx][x]]", "[[][x]]", "[[[]][x]]", "[[x][[x]]]"})
  void noticesWhatIsUneven(String text) {
    assertThat(isEven(new Nesting(), text)).isFalse();
  }
}
