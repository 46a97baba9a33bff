package io.norma.network.control;

import java.util.List;

/** A layer that computes graphs of its own. */
public interface GraphLayer {
  /** Its graphs. */
  List<Subgraph> graphs();
}
