package io.norma.fuzz;

import java.io.IOException;
import java.util.List;

/** What reads bytes that a stranger sends, as the controllers have it read. */
public interface FuzzTarget {
  /** What the command line and the folder of regression inputs call it. */
  String name();

  /** Inputs that are taken; others are made of them. */
  List<byte[]> seeds();

  /**
   * Reads an input, and does with it what a request would.
   *
   * @throws RuntimeException of {@link Trial#REFUSALS} where a request would be refused; all else
   *     is a finding
   */
  void read(byte[] input) throws IOException;
}
