package io.norma.kernel.compute;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** How many vectors a core holds in registers, as far as the compiler uses them. */
final class VectorRegisters {
  /** Those of x86 before AVX-512. */
  private static final int FEW = 16;

  /** Those of AVX-512, for vectors of any length, of ARM and of RISC-V. */
  private static final int MANY = 32;

  private VectorRegisters() {}

  /** The number of registers for vectors of so many floats. */
  static int count(int lanes) {
    boolean x86 = System.getProperty("os.arch", "").matches("amd64|x86_64|x86");
    return x86 && lanes < ChannelBlocks.SIZE && !hasAvx512() ? FEW : MANY;
  }

  /** The virtual machine tells what it uses, which may be less than the processor has. */
  private static boolean hasAvx512() {
    try {
      HotSpotDiagnosticMXBean machine =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return machine != null && Integer.parseInt(machine.getVMOption("UseAVX").getValue()) > 2;
    } catch (IllegalArgumentException | LinkageError e) {
      return false;
    }
  }
}
