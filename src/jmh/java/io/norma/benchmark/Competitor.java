package io.norma.benchmark;

/** A network ready to run in one of the runtimes that are compared, on one fixed input. */
interface Competitor {
  /** The column it has in the table. */
  String name();

  /** Runs the network once. */
  float[] run() throws Exception;

  /** Gives back what it holds. */
  default void close() throws Exception {}
}
