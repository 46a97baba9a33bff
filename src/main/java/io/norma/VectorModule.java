package io.norma;

/**
 * Adds the module of the Vector API to a virtual machine that was started without {@code
 * --add-modules=jdk.incubator.vector}, so that {@code java -jar} is not many times slower, and the
 * image starts sooner: docs/decisions/0051. It does so by way of the JDK's internals, which another
 * release may change.
 */
final class VectorModule {
  private static final String NAME = "jdk.incubator.vector";

  private VectorModule() {}

  /** Asks for a class, for a module that was added late is not told of in any layer. */
  static boolean isThere() {
    try {
      Class.forName(NAME + ".FloatVector", false, VectorModule.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /** Adds it unless it is there; where this does not work, the kernels tell that they are slow. */
  static void add() {
    if (isThere()) {
      return;
    }
    try {
      // What the virtual machine loads its own late modules with; the jar's manifest opens it.
      Class.forName("jdk.internal.module.Modules")
          .getMethod("loadModule", String.class)
          .invoke(null, NAME);
    } catch (ReflectiveOperationException e) {
      // Nothing is lost but speed: the option decides otherwise.
    }
  }
}
