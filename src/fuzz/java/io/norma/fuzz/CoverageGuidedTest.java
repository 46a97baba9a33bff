package io.norma.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One target, {@code -Dfuzz.target=onnx}, with inputs that Jazzer makes of its seeds, guided by
 * what code they reach. A process can be instrumented for one only.
 */
final class CoverageGuidedTest {
  private static final FuzzTarget TARGET =
      FuzzTargets.named(System.getProperty("fuzz.target", "onnx"));

  static List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>(TARGET.seeds());
    for (Path finding : FuzzTargets.findings(TARGET)) {
      seeds.add(SampleFiles.file(finding));
    }
    return seeds;
  }

  @MethodSource("seeds")
  @FuzzTest
  void isReadOrRefused(byte[] input) {
    Trial.of(TARGET, input);
  }
}
