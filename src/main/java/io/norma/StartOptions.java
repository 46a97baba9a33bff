package io.norma;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The virtual machine's options that speed depends on. Without them the service does what it can,
 * and says so: how fast it is must not depend in silence on how it was started.
 */
final class StartOptions {
  private static final Logger LOG = LoggerFactory.getLogger(StartOptions.class);
  private static final String PROFILING = "Tier3DelayOn";

  /** What no queue of the compiler is as long as: docs/decisions/0016. */
  private static final int NEVER = 1_000_000;

  private StartOptions() {}

  /** What is wanted and was not given, nor made up for by {@link VectorModule#add}. */
  static List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (!VectorModule.isThere()) {
      missing.add("--add-modules=jdk.incubator.vector");
    }
    if (!isProfilingKept()) {
      missing.add("-XX:" + PROFILING + "=" + NEVER);
    }
    return missing;
  }

  /** Says once what to do; the kernels themselves say it where they are scalar. */
  static void tell(List<String> missing) {
    if (missing.isEmpty()) {
      LOG.info("Started with the options that the kernels' speed depends on");
    } else {
      LOG.warn(
          "Started without {}: kernels may be slower than they could be. Start Norma with the"
              + " options in docker/options: java @docker/options -jar norma.jar",
          String.join(" ", missing));
    }
  }

  /** Other virtual machines than HotSpot, which do not know the option, do not need it either. */
  private static boolean isProfilingKept() {
    try {
      HotSpotDiagnosticMXBean machine =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return machine == null || Long.parseLong(machine.getVMOption(PROFILING).getValue()) >= NEVER;
    } catch (IllegalArgumentException e) {
      return true;
    }
  }
}
