package io.norma.observability;

import io.norma.store.ChangeCounter;
import io.norma.store.DatabaseFailure;
import io.norma.store.DatabaseFile;
import io.norma.store.DiskSpace;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Whether changes can be kept, where the database is a file of this process's own: out of service
 * while its disk is full or it does not answer. One that is a server is Spring's {@code db}, and
 * keeps nobody from being ready: what is in memory is served on while it is away.
 */
final class DatabaseHealth implements HealthIndicator {
  private final DatabaseFile file;
  private final ChangeCounter changes;

  DatabaseHealth(DatabaseFile file, ChangeCounter changes) {
    this.file = file;
    this.changes = changes;
  }

  @Override
  public Health health() {
    return file.disk().map(this::health).orElseGet(() -> Health.up().build());
  }

  private Health health(DiskSpace disk) {
    Health.Builder health = Health.up();
    if (disk.isShort()) {
      health.outOfService().withDetail("reason", disk.description());
    } else {
      try {
        long _ = changes.read();
      } catch (DataAccessException | TransactionException e) {
        if (DatabaseFailure.of(e) != DatabaseFailure.BUSY) {
          health.outOfService().withDetail("reason", "the database does not answer");
        }
      }
    }
    return health
        .withDetail("directory", disk.directory().toString())
        .withDetail("free_bytes", disk.free())
        .withDetail("min_free_bytes", disk.kept())
        .build();
  }
}
