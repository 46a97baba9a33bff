package io.norma;

/**
 * Adds the module of the Vector API to the running virtual machine, as {@code
 * --add-modules=jdk.incubator.vector} does from the start. A virtual machine that starts with an
 * incubating module takes neither its modules nor linked lambdas from an archive, which makes the
 * start slower by a third.
 */
final class VectorModule {
  private static final String NAME = "jdk.incubator.vector";

  private VectorModule() {}

  /** Adds it unless it is there; where this does not work, the kernels tell that they are slow. */
  static void add() {
    if (ModuleLayer.boot().findModule(NAME).isPresent()) {
      return;
    }
    try {
      // What the virtual machine loads its own late modules with; the jar's manifest opens it.
      Class.forName("jdk.internal.module.Modules")
          .getMethod("loadModule", String.class)
          .invoke(null, NAME);
    } catch (ReflectiveOperationException e) {
      // Nothing is lost but speed: an option or another Java release decides otherwise.
    }
  }
}
