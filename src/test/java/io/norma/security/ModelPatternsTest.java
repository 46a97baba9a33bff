package io.norma.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelPatternsTest {
  @ParameterizedTest
  @CsvSource({
    "*, anything, true",
    "resnet*, resnet18, true",
    "resnet*, resnet, true",
    "resnet*, my-resnet18, false",
    "*18, resnet18, true",
    "*18, resnet181, false",
    "res*18, resnet18, true",
    "res*18, res18, true",
    "res*18, resnet1, false",
    "a*b*c, aXbXbXc, true",
    "a*b*c, aXcXb, false",
    "digits, digits, true",
    "digits, Digits, false",
    "di.its, digits, false",
  })
  void fitAllOfAName(String pattern, String model, boolean fits) {
    assertThat(ModelPatterns.of(List.of(pattern)).matches(model)).isEqualTo(fits);
  }

  @Test
  void fitAsRegularExpressionsWithDotStarDo() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      String pattern = word(random, "ab*", 8);
      String name = word(random, "ab", 10);
      assertThat(ModelPatterns.of(List.of(pattern)).matches(name))
          .as("%s %s", pattern, name)
          .isEqualTo(Pattern.matches(pattern.replace("*", ".*"), name));
    }
  }

  private static String word(Random random, String letters, int longest) {
    StringBuilder word = new StringBuilder();
    int length = 1 + random.nextInt(longest);
    for (int i = 0; i < length; i++) {
      word.append(letters.charAt(random.nextInt(letters.length())));
    }
    return word.toString();
  }

  /** What a regular expression would take longer for than anybody waits. */
  @Test
  void takeNoLongForManyStars() {
    ModelPatterns patterns = ModelPatterns.of(List.of("a*".repeat(63) + "b"));
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20), () -> assertThat(patterns.matches("a".repeat(8000))).isFalse());
  }

  @Test
  void areForNoneWithoutAny() {
    assertThat(ModelPatterns.of(List.of()).matches("digits")).isFalse();
    assertThat(ModelPatterns.of(List.of("a", "b")).matches("b")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a,b", "a/b", "[a]", "a?"})
  void refuseWhatNoNameHas(String pattern) {
    assertThatIllegalArgumentException().isThrownBy(() -> ModelPatterns.of(List.of(pattern)));
  }

  @Test
  void areNotMoreThanAHundred() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelPatterns.of(Collections.nCopies(101, "a")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelPatterns.of(List.of("a".repeat(129))));
  }
}
