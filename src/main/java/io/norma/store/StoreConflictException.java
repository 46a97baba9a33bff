package io.norma.store;

/** A change was refused because of what is stored already; nothing was changed. */
public final class StoreConflictException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** A writer expected another newest revision. */
    STALE,
    /** What should be deleted is active. */
    ACTIVE,
    /** What should be used is not there, or not there any more. */
    MISSING,
    /** There is nothing to roll back, or the calibration is published. */
    FINISHED,
    /** A model of that name and version has other bytes. */
    DIFFERENT,
    /** There are as many as there may be. */
    TOO_MANY
  }

  private final Reason reason;

  public StoreConflictException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
