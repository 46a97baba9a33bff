package io.norma.kernel.compute;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

final class FusedMultiplyAddTest {
  @Test
  void isAnInstructionWhereTheVirtualMachineUsesIt() {
    String used =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
            .getVMOption("UseFMA")
            .getValue();
    assertThat(FusedMultiplyAdd.isInstruction()).isEqualTo(Boolean.parseBoolean(used));
  }
}
