package io.norma.http.codec.json;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares with {@link Float#parseFloat}, which rounds to the nearest. */
class DecimalFloatTest {
  private static final int NUMBERS = 100_000;

  private final Random random = new Random(1);

  @Test
  void readsTheShortestFormOfFloats() {
    assertThat(shareRead(() -> Float.toString((float) random.nextGaussian()))).isGreaterThan(0.999);
  }

  @Test
  void readsFloatsThatWereWrittenAsDoubles() {
    assertThat(shareRead(() -> Double.toString((float) random.nextGaussian()))).isGreaterThan(0.99);
  }

  @Test
  void readsDoubles() {
    assertThat(shareRead(() -> Double.toString(random.nextDouble()))).isGreaterThan(0.9);
  }

  @Test
  void readsFewDigits() {
    assertThat(
            shareRead(() -> String.format(Locale.ROOT, "%.3f", 2000 * random.nextDouble() - 1000)))
        .isGreaterThan(0.999);
  }

  @Test
  void readsExponents() {
    Function<Integer, String> mark = i -> i % 2 == 0 ? "e" : "E+";
    assertThat(
            shareRead(() ->
                (random.nextInt(1_000_000) + 1)
                    + mark.apply(random.nextInt(2))
                    + random.nextInt(20)))
        .isGreaterThan(0.95);
    assertThat(shareRead(() -> random.nextInt() + "e-" + random.nextInt(20))).isGreaterThan(0.95);
  }

  @Test
  void roundsWhatLiesBesideTheMiddleOfTwoFloats() {
    for (int i = 0; i < NUMBERS; i++) {
      float low = Math.scalb(1 + random.nextFloat(), random.nextInt(40) - 20);
      BigDecimal middle =
          new BigDecimal(low).add(new BigDecimal(Math.nextUp(low))).divide(BigDecimal.TWO);
      String text = middle.toPlainString();
      requireNearest(text);
      // As many digits as are read here, just below the middle.
      requireNearest(text.substring(0, Math.min(text.length(), 19)));
      requireNearest(new BigDecimal(text).round(new MathContext(17)).toString());
    }
    requireNearest("16777217");
    requireNearest("16777217.000000001");
    requireNearest("16777216.999999999");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-0",
        "0.0",
        "-0.0",
        "0e5",
        "1e22",
        "1e-22",
        "9007199254740993",
        "3.4028234e38",
        "3.4028235e38",
        "3.4028236e38",
        "1e39",
        "1.17549435e-38",
        "1.1754943e-38",
        "1.4e-45",
        "1e-60",
        "123456789012345678",
        "1234567890123456789",
        "0.000000000000000001",
        "0.12345678901234567",
        "0.00001234567890123456789",
        "0.0001234567890123456",
        "0.00000000000000000000000",
        "0.123456789012345678",
        "1e100000",
        "99999999.99999999"
      })
  void readsOrLeavesWhatIsAtTheEdges(String text) {
    requireNearest(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "-", "+1", ".5", "1.", "01", "-01", "1e", "1e+", "1.e5", "- 1", "NaN", "\"1\""
      })
  void leavesWhatIsNoNumber(String text) {
    assertThat(read(text)).isFalse();
  }

  @Test
  void endsBehindTheNumber() {
    byte[] json = "[-12.5e1 ,3]".getBytes(US_ASCII);
    DecimalFloat number = new DecimalFloat(json, json.length);
    assertThat(number.read(1)).isTrue();
    assertThat(number.value()).isEqualTo(-125f);
    assertThat(number.end()).isEqualTo(8);
  }

  @Test
  void readsNoByteFromTheLimitOn() {
    byte[] json = "1.2345678901".getBytes(US_ASCII);
    DecimalFloat number = new DecimalFloat(json, 6);
    assertThat(number.read(0)).isTrue();
    assertThat(number.value()).isEqualTo(1.2345f);
    assertThat(number.end()).isEqualTo(6);
  }

  private interface Texts {
    String next();
  }

  private static double shareRead(Texts texts) {
    int read = 0;
    for (int i = 0; i < NUMBERS; i++) {
      if (requireNearest(texts.next())) {
        read++;
      }
    }
    return read / (double) NUMBERS;
  }

  private static boolean read(String text) {
    return new DecimalFloat(text.getBytes(US_ASCII), text.length()).read(0);
  }

  private static boolean requireNearest(String text) {
    DecimalFloat number = new DecimalFloat(text.getBytes(US_ASCII), text.length());
    boolean read = number.read(0);
    if (read) {
      assertThat(number.end()).as(text).isEqualTo(text.length());
      assertThat(Float.floatToRawIntBits(number.value()))
          .as(text)
          .isEqualTo(Float.floatToRawIntBits(Float.parseFloat(text)));
    }
    return read;
  }
}
