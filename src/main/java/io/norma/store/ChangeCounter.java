package io.norma.store;

/** How many changes have been committed that replicas have to learn of. */
public final class ChangeCounter {
  private final Transactions transactions;

  public ChangeCounter(Transactions transactions) {
    this.transactions = transactions;
  }

  /** Grows with every such change; equal numbers mean that nothing changed. */
  public long read() {
    return transactions
        .client()
        .sql("select changes from change_counter")
        .query(Long.class)
        .single();
  }
}
