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
  /** There is no room for a change on the disk that the database is on. */
  DISK_FULL,
  /** The database answers, and refuses: this program's fault. */
  REFUSED;

  /** SQL:2023 part 2, 24.1, and of PostgreSQL: insufficient resources, operator intervention. */
  private static final Set<String> NO_ANSWER_CLASSES = Set.of("08", "53", "57", "58");

  /** H2: closed, broken or out of space. */
  private static final Set<Integer> H2_NO_ANSWER =
      Set.of(90007, 90028, 90031, 90067, 90098, 90108, 90117, 90121, 90135);

  /** H2: the file is closed, because it could not be written or read. */
  private static final Set<Integer> H2_CLOSED = Set.of(90028, 90031, 90098, 90121);

  /** H2: another process has the file. */
  private static final int H2_ALREADY_OPEN = 90020;

  private static final String H2_STORE_FAILURE = "org.h2.mvstore.MVStoreException";
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  /** PostgreSQL's. */
  private static final String NO_ROOM = "53100";

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
    if (DiskFullException.isBehind(failure)) {
      return DISK_FULL;
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
    if (state.equals(NO_ROOM)) {
      return DISK_FULL;
    }
    boolean noAnswer =
        isClosedByH2(cause)
            || H2_NO_ANSWER.contains(cause.getErrorCode())
            || (state.length() == 5 && NO_ANSWER_CLASSES.contains(state.substring(0, 2)))
            || failure instanceof DataAccessResourceFailureException;
    return noAnswer ? NO_ANSWER : REFUSED;
  }

  /** Whether H2 has closed its file, so that only who opens it again gets on with it. */
  static boolean isClosedByH2(SQLException failure) {
    if (H2_CLOSED.contains(failure.getErrorCode())) {
      return true;
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      // H2 is not there when this is compiled.
      if (cause.getClass().getName().equals(H2_STORE_FAILURE)) {
        return true;
      }
    }
    return false;
  }

  /** Whether another process has the file of an H2 database open. */
  static boolean isOpenElsewhere(SQLException failure) {
    return failure.getErrorCode() == H2_ALREADY_OPEN;
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
