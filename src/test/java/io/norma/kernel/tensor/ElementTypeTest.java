package io.norma.kernel.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class ElementTypeTest {
  /** NumPy's {@code float16}, and {@code bfloat16} of ml_dtypes. */
  @ParameterizedTest
  @CsvSource({
    "FP16, 0.1, 2e66, 0.0999755859375",
    "FP16, 1.00048828125, 3c00, 1",
    "FP16, 1.00146484375, 3c02, 1.001953125",
    "FP16, 65504, 7bff, 65504",
    "FP16, 65519.996, 7bff, 65504",
    "FP16, 65520, 7c00, Infinity",
    "FP16, -1e10, fc00, -Infinity",
    "FP16, 2.9802322e-8, 0, 0",
    "FP16, 2.9802326e-8, 1, 5.9604645e-8",
    "FP16, -0.0, 8000, -0.0",
    "BF16, 0.1, 3dcd, 0.10009765625",
    "BF16, 1.00390625, 3f80, 1",
    "BF16, 1.01171875, 3f82, 1.015625",
    "BF16, 3.3895314e38, 7f7f, 3.3895314e38",
    "BF16, 3.4e38, 7f80, Infinity",
    "BF16, -2.5, c020, -2.5"
  })
  void roundsToTheNearestAndOfTwoToTheEvenOne(
      ElementType type, float value, String bits, float rounded) {
    assertThat(Integer.toHexString(Short.toUnsignedInt(type.narrow(value)))).isEqualTo(bits);
    assertThat(type.round(value)).isEqualTo(rounded);
  }

  @ParameterizedTest
  @EnumSource(names = {"FP16", "BF16"})
  void narrowsToTheBitsThatItWasWidenedFrom(ElementType type) {
    for (int bits = Short.MIN_VALUE; bits <= Short.MAX_VALUE; bits++) {
      float wide = type.widen((short) bits);
      if (Float.isNaN(wide)) {
        assertThat(type.round(wide)).isNaN();
      } else {
        assertThat(type.narrow(wide)).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void keepsWhatIsNoNumberOne() {
    float quiet = Float.intBitsToFloat(0x7F800001);
    assertThat(ElementType.BF16.round(quiet)).isNaN();
    assertThat(ElementType.FP16.round(quiet)).isNaN();
  }
}
