package io.norma.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.env.MockEnvironment;

final class SecuritySettingsTest {
  private static SecuritySettings settings(@Nullable String adminKey, Duration cache, int most) {
    return new SecuritySettings(
        SecurityMode.AUTHENTICATED, adminKey, cache, most, "scope", null, "sub");
  }

  @Test
  void takesAdminKeysOf32To512Characters() {
    for (int length : new int[] {32, 512}) {
      assertThat(settings("k".repeat(length), Duration.ofSeconds(5), 1).adminKey()).hasSize(length);
    }
    assertThat(settings("", Duration.ofSeconds(5), 1).adminKey()).isNull();
    for (int length : new int[] {1, 31, 513}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> settings("k".repeat(length), Duration.ofSeconds(5), 1))
          .withMessageContaining("norma.security.admin-key")
          .withMessageContaining("has " + length)
          .withMessageNotContaining("kk");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings("with a space".repeat(4), Duration.ofSeconds(5), 1));
  }

  @Test
  void boundsWhatIsKept() {
    for (Duration duration : new Duration[] {Duration.ofMillis(99), Duration.ofSeconds(301)}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> settings(null, duration, 1))
          .withMessageContaining("norma.security.key-cache");
    }
    for (int most : new int[] {0, 100_001}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> settings(null, Duration.ofMillis(100), most))
          .withMessageContaining("norma.security.max-keys");
    }
    settings(null, Duration.ofMinutes(5), 100_000);
  }

  @Test
  void neverTellsTheKey() {
    String key = "k".repeat(40);
    assertThat(settings(key, Duration.ofSeconds(5), 1).toString()).doesNotContain("kkk");
  }

  /** However a mode is spelled, all parts take it for the same: none is left open by a letter. */
  @ParameterizedTest
  @ValueSource(strings = {"authenticated", "AUTHENTICATED", "Authen-ticated", "authenti_cated"})
  void readsModesAsTheSettingsDo(String written) {
    MockEnvironment environment =
        new MockEnvironment().withProperty("norma.security.mode", written);
    assertThat(SecurityMode.of(environment)).isEqualTo(SecurityMode.AUTHENTICATED);
  }

  @Test
  void isLocalByDefault() {
    assertThat(SecurityMode.of(new MockEnvironment())).isEqualTo(SecurityMode.LOCAL);
  }
}
