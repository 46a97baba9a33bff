package io.norma.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.GeneratedKeyHolder;

/**
 * Which revision is active for a model version, and which ones were. Rolling back works as undo
 * does: each further rollback goes one activation further back, down to the statistics that came
 * with the model.
 */
public final class Activations {
  private static final String COLUMNS =
      "id, set_name, revision, activated_at, activated_by, is_rollback, rolls_back_to";

  private final Transactions transactions;
  private final JdbcClient client;
  private final StatisticsLock lock;

  Activations(Transactions transactions) {
    this.transactions = transactions;
    client = transactions.client();
    lock = new StatisticsLock(transactions);
  }

  /** What requests get when they name no revision. */
  public RevisionName active(ModelVersion model) {
    return active(client, model);
  }

  static RevisionName active(JdbcClient client, ModelVersion model) {
    return last(client, model).map(row -> row.activation().name()).orElse(RevisionName.IMPORTED);
  }

  /**
   * Activates a revision.
   *
   * @throws StoreConflictException if it is not there
   */
  public Activation activate(ModelVersion model, RevisionName name, String by) {
    lock.prepare(model);
    return transactions.writeAndAnnounce(() -> {
      lock.acquire(model);
      requireThere(model, name);
      Long current = last(client, model).map(row -> row.activation().id()).orElse(null);
      return insert(model, name, by, false, current);
    });
  }

  /**
   * Activates what was active before.
   *
   * @throws StoreConflictException if nothing was, or if it has been deleted since
   */
  public Activation rollback(ModelVersion model, String by) {
    lock.prepare(model);
    return transactions.writeAndAnnounce(() -> {
      lock.acquire(model);
      Row current =
          last(client, model)
              .filter(row ->
                  row.rollsBackTo() != null
                      || !row.activation().isRollback()
                      || !row.activation().name().equals(RevisionName.IMPORTED))
              .orElseThrow(() ->
                  new StoreConflictException(
                      StoreConflictException.Reason.FINISHED,
                      "model %s has no earlier activation to roll back to".formatted(model)));
      Row earlier = current.rollsBackTo() == null ? null : byId(current.rollsBackTo());
      RevisionName name = earlier == null ? RevisionName.IMPORTED : earlier.activation().name();
      requireThere(model, name);
      return insert(model, name, by, true, earlier == null ? null : earlier.rollsBackTo());
    });
  }

  /**
   * Activations, the newest first.
   *
   * @param before only those with a smaller id
   */
  public List<Activation> history(ModelVersion model, long before, int limit) {
    return client
        .sql(
            "select "
                + COLUMNS
                + """
                 from statistics_activations where model = ? and version = ? and id < ?
                order by id desc fetch first ? rows only
                """)
        .params(model.model(), model.version(), before, limit)
        .query((row, _) -> row(row).activation())
        .list();
  }

  private void requireThere(ModelVersion model, RevisionName name) {
    if (name.equals(RevisionName.IMPORTED)) {
      return;
    }
    boolean there =
        client
            .sql(
                """
                select r.revision
                from statistics_sets s join statistics_revisions r on r.set_id = s.id
                where s.model = ? and s.version = ? and s.name = ? and r.revision = ?
                """)
            .params(model.model(), model.version(), name.set(), name.revision())
            .query(Integer.class)
            .optional()
            .isPresent();
    if (!there) {
      throw new StoreConflictException(
          StoreConflictException.Reason.MISSING,
          "model %s has no running statistics '%s'".formatted(model, name));
    }
  }

  private Activation insert(
      ModelVersion model,
      RevisionName name,
      String by,
      boolean isRollback,
      @Nullable Long rollsBackTo) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
    GeneratedKeyHolder id = new GeneratedKeyHolder();
    client
        .sql(
            """
            insert into statistics_activations
              (model, version, set_name, revision, activated_at, activated_by, is_rollback,
               rolls_back_to)
            values (?, ?, ?, ?, ?, ?, ?, ?)
            """)
        .param(model.model())
        .param(model.version())
        .param(name.set())
        .param(name.revision())
        .param(now.atOffset(ZoneOffset.UTC))
        .param(by)
        .param(isRollback)
        .param(rollsBackTo)
        .update(id, "id");
    return new Activation(
        Objects.requireNonNull(id.getKey()).longValue(), name, now, by, isRollback);
  }

  private static Optional<Row> last(JdbcClient client, ModelVersion model) {
    return client
        .sql(
            "select "
                + COLUMNS
                + """
                 from statistics_activations where model = ? and version = ?
                order by id desc fetch first 1 rows only
                """)
        .params(model.model(), model.version())
        .query((row, _) -> row(row))
        .optional();
  }

  private Row byId(long id) {
    return client
        .sql("select " + COLUMNS + " from statistics_activations where id = ?")
        .param(id)
        .query((row, _) -> row(row))
        .single();
  }

  private static Row row(ResultSet row) throws SQLException {
    long rollsBackTo = row.getLong("rolls_back_to");
    boolean none = row.wasNull();
    return new Row(
        new Activation(
            row.getLong("id"),
            new RevisionName(row.getString("set_name"), row.getInt("revision")),
            row.getObject("activated_at", OffsetDateTime.class).toInstant(),
            row.getString("activated_by"),
            row.getBoolean("is_rollback")),
        none ? null : rollsBackTo);
  }

  /**
   * An activation and the one before it, in the sense of undoing.
   *
   * @param rollsBackTo absent: to what came with the model
   */
  private record Row(Activation activation, @Nullable Long rollsBackTo) {}
}
