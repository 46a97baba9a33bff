package io.norma.models;

import java.lang.management.ManagementFactory;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the just-in-time compiler is at, or will come to: the diagnostic command {@code
 * Compiler.queue} of the HotSpot virtual machine, which takes well under a millisecond.
 */
final class CompilerQueue {
  private static final Logger LOG = LoggerFactory.getLogger(CompilerQueue.class);

  /** Methods that runs of a network consist of. */
  private static final Pattern KERNELS =
      Pattern.compile(" (io\\.norma\\.(kernel|network)|jdk\\.incubator\\.vector)\\.");

  private CompilerQueue() {}

  /** Whether kernels will soon be faster; no if this virtual machine does not tell. */
  static boolean holdsKernels() {
    try {
      MBeanServer server = ManagementFactory.getPlatformMBeanServer();
      Object queue =
          server.invoke(
              new ObjectName("com.sun.management:type=DiagnosticCommand"),
              "compilerQueue",
              null,
              null);
      return queue instanceof String text && KERNELS.matcher(text).find();
    } catch (JMException e) {
      LOG.debug("the compiler's queue is not known", e);
      return false;
    }
  }
}
