package io.norma.http.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KnownNamesTest {
  private static final List<String> KNOWN = List.of("mode", "epsilon", "gamma", "gamma_table");

  @ParameterizedTest
  @CsvSource({
    "epsilonn, epsilon",
    "epslon, epsilon",
    "eps1lon, epsilon",
    "mod, mode",
    "gama_table, gamma_table",
    "gama, gamma"
  })
  void findsTheOneThatWasMeant(String written, String meant) {
    assertThat(KnownNames.nearest(written, KNOWN)).contains(meant);
  }

  @ParameterizedTest
  @CsvSource({"beta", "m", "running_mean", "''"})
  void guessesNothingThatIsFarOff(String written) {
    assertThat(KnownNames.nearest(written, KNOWN)).isEmpty();
  }

  @Test
  void saysWhatThereIs() {
    assertThat(KnownNames.insteadOf("beta", List.of("a", "b"))).isEqualTo("there are a, b");
    assertThat(KnownNames.insteadOf("epsilom", List.of("epsilon")))
        .isEqualTo("did you mean 'epsilon'? There are epsilon");
    assertThat(KnownNames.insteadOf("x", List.of())).isEqualTo("there are none");
  }
}
