package io.norma.store;

import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionSystemException;

/** What it means that something could not be read or written. */
public enum DatabaseFailure {
  /** All connections are in use, or others hold what a change has to lock: later it will do. */
  BUSY,
  /** The database is not there, or does not answer. */
  NO_ANSWER,
  /** The database answers, and refuses: this program's fault. */
  REFUSED;

  /** SQL:2023 part 2, 24.1, and of PostgreSQL: insufficient resources, operator intervention. */
  private static final Set<String> NO_ANSWER_CLASSES = Set.of("08", "53", "57", "58");

  /** H2: closed, broken or out of space. */
  private static final Set<Integer> H2_NO_ANSWER =
      Set.of(90007, 90028, 90031, 90067, 90098, 90108, 90117, 90121, 90135);

  private static final String LOCK_NOT_AVAILABLE = "55P03";

  /** What this failure means; anything that a database access or a transaction may throw. */
  public static DatabaseFailure of(Throwable failure) {
    if (failure instanceof ConcurrencyFailureException) {
      return BUSY;
    }
    if (failure instanceof TransactionSystemException rollback
        && rollback.getApplicationException() != null) {
      // What could not be rolled back had failed before.
      return of(rollback.getApplicationException());
    }
    SQLException cause = sqlException(failure);
    if (cause == null) {
      return failure instanceof DataAccessResourceFailureException
              || failure instanceof CannotCreateTransactionException
          ? NO_ANSWER
          : REFUSED;
    }
    String state = Objects.requireNonNullElse(cause.getSQLState(), "");
    if (cause instanceof SQLTransientConnectionException waited) {
      // The pool's own: it tells of the database only if that refused a connection meanwhile.
      return waited.getCause() == null ? BUSY : NO_ANSWER;
    }
    if (cause instanceof SQLTimeoutException
        || failure instanceof QueryTimeoutException
        || state.equals(LOCK_NOT_AVAILABLE)) {
      return BUSY;
    }
    boolean noAnswer =
        H2_NO_ANSWER.contains(cause.getErrorCode())
            || (state.length() == 5 && NO_ANSWER_CLASSES.contains(state.substring(0, 2)))
            || failure instanceof DataAccessResourceFailureException;
    return noAnswer ? NO_ANSWER : REFUSED;
  }

  /** The outermost: what it was caused by may be older. */
  private static @Nullable SQLException sqlException(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException found) {
        return found;
      }
    }
    return null;
  }
}
