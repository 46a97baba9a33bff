package io.norma.kernel.compute;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a figure was measured on, to stand beside it. */
public final class Machine {
  private Machine() {}

  /**
   * The processor, its vectors and what one core of it can do at most.
   *
   * @param peak as {@link MachinePeak#gigaflops()} has it
   */
  public static String describe(double peak) {
    return "%s, %d processors; vectors of %d bits, %d registers; one core: %.0f GFLOP/s of multiply-adds, copies %.1f GB/s"
        .formatted(
            model(),
            Runtime.getRuntime().availableProcessors(),
            Lanes.COUNT * Float.SIZE,
            Lanes.REGISTERS,
            peak,
            MachinePeak.copyGigabytes());
  }

  private static String model() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch") + " (" + e.getMessage() + ")";
    }
  }
}
