package io.norma.kernel.compute;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/**
 * Whether {@link Math#fma} is an instruction here. Where it is none it goes through {@link
 * java.math.BigDecimal} and takes some ten thousand times as long, in vectors, too.
 */
public final class FusedMultiplyAdd {
  /** How many times as long as a product and a sum it takes at most, where it is an instruction. */
  private static final int MOST = 16;

  private static final int ROUNDS = 8;
  private static final int CALLS = 8;

  /** Keeps the compiler from leaving out what is measured. */
  private static volatile float last;

  private FusedMultiplyAdd() {}

  /**
   * Measures, which takes a thousandth of what loading the management classes does. Only where that
   * looks bad is the virtual machine asked: a number must not depend on how busy a machine was at
   * the start.
   */
  static boolean isInstruction() {
    return !isSlow() || isClaimed();
  }

  /** Whether it is slow in each of some rounds: what else the machine does stops a few at most. */
  private static boolean isSlow() {
    long plain = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      float value = last;
      for (int i = 0; i < CALLS; i++) {
        value = value * 0.75f + 0.3f;
      }
      last = value;
      plain = Math.min(plain, System.nanoTime() - start);
    }
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      float value = last;
      for (int i = 0; i < CALLS; i++) {
        value = Math.fma(value, 0.75f, 0.3f);
      }
      last = value;
      if (System.nanoTime() - start <= MOST * plain) {
        return false;
      }
    }
    return true;
  }

  /** Whether HotSpot says that it is one; others do not tell, and are believed to be slow. */
  private static boolean isClaimed() {
    try {
      HotSpotDiagnosticMXBean machine =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return machine != null && Boolean.parseBoolean(machine.getVMOption("UseFMA").getValue());
    } catch (IllegalArgumentException | LinkageError e) {
      return false;
    }
  }
}
