package io.norma.security.audit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.NewRevision;
import io.norma.runningstatistics.RevisionName;
import io.norma.runningstatistics.store.JdbcActivations;
import io.norma.runningstatistics.store.JdbcStatisticsStore;
import io.norma.security.audit.AuditQuery;
import io.norma.security.audit.AuditRecord;
import io.norma.security.audit.AuditStore;
import io.norma.serving.Actor;
import io.norma.serving.AuditedAction;
import io.norma.serving.AuditedChange;
import io.norma.serving.NetworkIdentity;
import io.norma.store.AuditTrail;
import io.norma.store.StoreConflictException;
import io.norma.store.TestDatabase;
import io.norma.store.Transactions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.dao.DataAccessException;

@ParameterizedClass
@EnumSource
final class JdbcAuditStoreTest {
  private static final NetworkIdentity MODEL = new NetworkIdentity("digits", 1, "a".repeat(64));
  private static final Instant NOON = Instant.parse("2026-11-27T12:00:00Z");
  private static final Actor ANN =
      new Actor("ann", "192.0.2.7", "4bf92f3577b34da6a3ce929d0e0e4736");

  private final HikariDataSource dataSource;
  private final Transactions transactions;
  private final AuditStore store;

  JdbcAuditStoreTest(TestDatabase database, @TempDir Path directory) {
    dataSource = database.create(directory);
    transactions = new Transactions(dataSource);
    store = new JdbcAuditStore(transactions);
  }

  @AfterEach
  void close() {
    dataSource.close();
  }

  @Test
  void givesBackWhatWasRecorded() {
    AuditedChange change =
        AuditedChange.of(AuditedAction.ACTIVATED, MODEL)
            .subject("night")
            .reason("brighter since \"the\" new lamps\n☀")
            .before(Map.of("running_statistics", "default@1"))
            .after(AuditedChange.facts("running_statistics", "night@3", "weight", 1));
    record(ANN, NOON, change);

    AuditRecord only = list(AuditQuery.ALL).getFirst();
    assertThat(only.at()).isEqualTo(NOON);
    assertThat(only.actor()).isEqualTo(ANN);
    assertThat(only.change()).isEqualTo(change);
  }

  @Test
  void listsTheNewestFirstByPages() {
    for (int i = 0; i < 5; i++) {
      record(ANN, NOON, AuditedChange.of(AuditedAction.NORMALIZER_CREATED, "n" + i));
    }
    List<AuditRecord> first = store.list(AuditQuery.ALL, Long.MAX_VALUE, 2);
    List<AuditRecord> rest = store.list(AuditQuery.ALL, first.getLast().id(), 10);
    assertThat(Stream.concat(first.stream(), rest.stream()).map(made -> made.change().subject()))
        .containsExactly("n4", "n3", "n2", "n1", "n0");
  }

  @Test
  void findsByTimePrincipalModelAndAction() {
    Actor poll = Actor.service("directory-poll");
    record(ANN, NOON, AuditedChange.of(AuditedAction.ACTIVATED, MODEL).subject("one"));
    record(
        poll,
        NOON.plusSeconds(1),
        AuditedChange.of(AuditedAction.MODEL_FOLLOWED, MODEL).subject("two"));
    record(ANN, NOON.plusSeconds(2), AuditedChange.of(AuditedAction.NORMALIZER_CREATED, "three"));

    assertThat(subjects(new AuditQuery(NOON.plusSeconds(1), null, null, null, null)))
        .containsExactly("three", "two");
    assertThat(subjects(new AuditQuery(null, NOON.plusSeconds(1), null, null, null)))
        .containsExactly("one");
    assertThat(subjects(new AuditQuery(null, null, "ann", null, null)))
        .containsExactly("three", "one");
    assertThat(subjects(new AuditQuery(null, null, null, "digits", null)))
        .containsExactly("two", "one");
    assertThat(subjects(new AuditQuery(null, null, null, null, AuditedAction.ACTIVATED)))
        .containsExactly("one");
    assertThat(
            subjects(
                new AuditQuery(
                    NOON, NOON.plusSeconds(9), "ann", "digits", AuditedAction.ACTIVATED)))
        .containsExactly("one");
    assertThat(subjects(new AuditQuery(null, null, "' or 1 = 1 --", null, null))).isEmpty();
  }

  @Test
  void tellsNothingOfWhatDidNotHappen() {
    JdbcActivations activations = new JdbcActivations(transactions, Clock.systemUTC());
    assertThatThrownBy(() -> activations.activate(MODEL, new RevisionName("night", 1), "ann"))
        .isInstanceOf(StoreConflictException.class);
    AuditTrail trail = new AuditTrail(transactions, Clock.systemUTC());
    assertThatThrownBy(() ->
            transactions.write(() -> {
              trail.record(AuditedChange.of(AuditedAction.NORMALIZER_CREATED, "n"));
              throw new IllegalStateException("broken off");
            }))
        .hasMessage("broken off");

    assertThat(list(AuditQuery.ALL)).isEmpty();
  }

  @Test
  void changesNothingThatCannotBeRecorded() {
    JdbcStatisticsStore statistics = new JdbcStatisticsStore(transactions, Clock.systemUTC());
    JdbcActivations activations = new JdbcActivations(transactions, Clock.systemUTC());
    RevisionName night = statistics.add(MODEL, "night", revision(), null).name();
    transactions.client().sql("alter table audit_records rename to gone").update();

    assertThatThrownBy(() -> activations.activate(MODEL, night, "ann"))
        .isInstanceOf(DataAccessException.class);
    assertThatThrownBy(() -> statistics.add(MODEL, "night", revision(), null))
        .isInstanceOf(DataAccessException.class);
    assertThatThrownBy(() -> statistics.delete(MODEL, night))
        .isInstanceOf(DataAccessException.class);

    assertThat(activations.latest(MODEL)).isEmpty();
    assertThat(statistics.newest(MODEL, "night").orElseThrow().name()).isEqualTo(night);
  }

  private static NewRevision revision() {
    return new NewRevision(
        new RunningStatistics(
            Map.of("bn", new ChannelStatistics(new float[] {1}, new float[] {2}))),
        "ann",
        "",
        null,
        VarianceConvention.UNBIASED);
  }

  @Test
  void forgetsWhatIsOlderAndNothingElse() {
    record(ANN, NOON, AuditedChange.of(AuditedAction.NORMALIZER_CREATED, "old"));
    record(ANN, NOON.plusSeconds(1), AuditedChange.of(AuditedAction.NORMALIZER_CREATED, "new"));

    assertThat(store.forget(NOON)).isZero();
    assertThat(store.forget(NOON.plusSeconds(1))).isOne();
    assertThat(subjects(AuditQuery.ALL)).containsExactly("new");
  }

  @Test
  void keepsAsMuchOfNamesAsFits() {
    Actor unbounded = new Actor("p".repeat(1000), "a".repeat(1000), null);
    record(unbounded, NOON, AuditedChange.of(AuditedAction.NORMALIZER_CREATED, "n"));
    assertThat(list(AuditQuery.ALL).getFirst().actor())
        .isEqualTo(new Actor("p".repeat(256), "a".repeat(128), null));
  }

  /** Nobody else changes a record, or deletes one. */
  @Test
  void isWrittenToInTwoPlacesAlone() throws IOException {
    Pattern statement =
        Pattern.compile(
            "(update|delete\\s+from|insert\\s+into|truncate\\s+table)\\s+audit_records");
    try (Stream<Path> files = Files.walk(Path.of("src/main"))) {
      List<String> found =
          files
              .filter(Files::isRegularFile)
              .filter(file -> file.toString().matches(".*\\.(java|sql)"))
              .flatMap(file -> statements(file, statement))
              .sorted()
              .toList();
      assertThat(found)
          .containsExactly(
              "AuditTrail.java: insert into audit_records",
              "JdbcAuditStore.java: delete from audit_records");
    }
  }

  private static Stream<String> statements(Path file, Pattern statement) {
    try {
      return statement
          .matcher(Files.readString(file))
          .results()
          .map(found -> file.getFileName() + ": " + found.group());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void record(Actor actor, Instant at, AuditedChange change) {
    AuditTrail trail = new AuditTrail(transactions, Clock.fixed(at, ZoneOffset.UTC));
    actor.during(() -> {
      trail.record(change);
      return change;
    });
  }

  private List<AuditRecord> list(AuditQuery query) {
    return store.list(query, Long.MAX_VALUE, 100);
  }

  private List<String> subjects(AuditQuery query) {
    return list(query).stream().map(made -> String.valueOf(made.change().subject())).toList();
  }
}
