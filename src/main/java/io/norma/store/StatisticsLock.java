package io.norma.store;

import org.springframework.dao.DuplicateKeyException;

/**
 * One writer at a time for the statistics sets of one model version, whichever replica it is on.
 */
final class StatisticsLock {
  private final Transactions transactions;

  StatisticsLock(Transactions transactions) {
    this.transactions = transactions;
  }

  /** Makes sure that there is a row to lock; outside of a transaction. */
  void prepare(ModelVersion model) {
    boolean there =
        transactions
            .client()
            .sql("select model from statistics_locks where model = ? and version = ?")
            .params(model.model(), model.version())
            .query(String.class)
            .optional()
            .isPresent();
    if (there) {
      return;
    }
    try {
      transactions
          .client()
          .sql("insert into statistics_locks (model, version) values (?, ?)")
          .params(model.model(), model.version())
          .update();
    } catch (DuplicateKeyException _) {
      // Another writer was faster: the row is there.
    }
  }

  /** Waits for the lock, which the transaction that runs now keeps until it ends. */
  void acquire(ModelVersion model) {
    transactions
        .client()
        .sql("select model from statistics_locks where model = ? and version = ? for update")
        .params(model.model(), model.version())
        .query(String.class)
        .single();
  }
}
