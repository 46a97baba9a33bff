package io.norma.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Whatever bytes come, they are read or refused: seeds, what was a finding once, and inputs made of
 * them by chance. {@code -Dtest.fuzz.inputs=100000} tries as many on each target, {@code
 * -Dtest.fuzz.seed=1} others; the profile {@code fuzz} lets coverage guide them.
 */
final class FuzzTargetsTest {
  private static final int INPUTS = Integer.getInteger("test.fuzz.inputs", 1500);
  private static final long SEED = Long.getLong("test.fuzz.seed", 0);

  @TestFactory
  Stream<DynamicContainer> targets() {
    return FuzzTargets.all().stream()
        .map(target ->
            DynamicContainer.dynamicContainer(
                target.name(),
                Stream.of(
                    DynamicTest.dynamicTest("takesItsSeeds", () -> takesItsSeeds(target)),
                    DynamicTest.dynamicTest(
                        "readsOrRefusesWhatWasAFinding", () -> readsFindings(target)),
                    DynamicTest.dynamicTest(
                        "readsOrRefusesWhatIsMadeByChance", () -> readsMutations(target)))));
  }

  /** Or nothing behind the first check would be tried. */
  private static void takesItsSeeds(FuzzTarget target) throws Exception {
    for (byte[] seed : target.seeds()) {
      target.read(seed);
    }
  }

  private static void readsFindings(FuzzTarget target) {
    for (Path finding : FuzzTargets.findings(target)) {
      try {
        Trial.of(target, SampleFiles.file(finding));
      } catch (AssertionError e) {
        throw new AssertionError(finding + ": " + e.getMessage(), e);
      }
    }
  }

  private static void readsMutations(FuzzTarget target) {
    List<byte[]> seeds = target.seeds();
    Mutations mutations = new Mutations(seeds, SEED);
    int taken = 0;
    for (int i = 0; i < INPUTS; i++) {
      byte[] input = mutations.next();
      if (Trial.of(target, input)) {
        taken++;
        mutations.keep(input);
      }
    }
    System.out.printf("%s: %d of %d inputs taken%n", target.name(), taken, INPUTS);
    assertThat(taken).as("inputs that are taken").isPositive();
    assertThat(taken).as("inputs that are taken").isLessThan(INPUTS);
  }
}
