package io.norma.models;

/** Hears of models that come and go. */
public interface ModelObserver {
  /** Called before a model is there to be asked. */
  default void added(ServedModel model) {}

  /** Called in place of the two others when a model is loaded anew from the same bytes. */
  default void replaced(ServedModel before, ServedModel model) {}

  /**
   * Called when a network is no longer there. Inferences that have begun on it may still end, and
   * are of no interest to anybody.
   */
  default void removed(ServedModel model) {}
}
