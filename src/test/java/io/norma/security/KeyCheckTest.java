package io.norma.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.github.bucket4j.TimeMeter;
import io.norma.scheduling.SettableClock;
import io.norma.security.KeyCheck.Accepted;
import io.norma.security.KeyCheck.NoKey;
import io.norma.security.KeyCheck.Refused;
import io.norma.security.store.JdbcApiKeyStore;
import io.norma.store.AuditTrail;
import io.norma.store.TestDatabase;
import io.norma.store.Transactions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two replicas on one database. */
final class KeyCheckTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir Path directory;

  private final SettableClock clock = new SettableClock();
  private final TimeMeter time =
      new TimeMeter() {
        @Override
        public long currentTimeNanos() {
          return TimeUnit.MILLISECONDS.toNanos(clock.millis());
        }

        @Override
        public boolean isWallClockBased() {
          return false;
        }
      };
  private HikariDataSource dataSource;
  private ApiKeyStore store;
  private Replica here;
  private Replica there;

  private final class Replica {
    final KnownKeys known = new KnownKeys(store, time);
    final LastUses uses = new LastUses(store, clock);
    final KeyCheck check = new KeyCheck("a".repeat(32), known, uses, clock);
    final ApiKeyService service = new ApiKeyService(store, 10, true, known::reload, clock);

    ApiKeyService.Made make(String name, @Nullable Instant end) {
      return service.create(
          new ApiKeyService.Wanted(name, Set.of(Scope.INFER), List.of("*"), end), "ann");
    }
  }

  @BeforeEach
  void open() {
    dataSource = TestDatabase.H2.create(directory);
    Transactions transactions = new Transactions(dataSource);
    store = new JdbcApiKeyStore(transactions, new AuditTrail(transactions, Clock.systemUTC()));
    here = new Replica();
    there = new Replica();
  }

  @AfterEach
  void close() {
    dataSource.close();
  }

  private void moveTo(Instant time) {
    clock.advance(Duration.between(clock.instant(), time));
  }

  @Test
  void knowsAtOnceWhatAnotherReplicaMade() {
    there.known.reload();
    ApiKeyService.Made made = here.make("one", null);
    assertThat(there.check.check(made.text())).isInstanceOf(Accepted.class);
  }

  @Test
  void refusesWhatAnotherRevokedOnceItLooks() {
    ApiKeyService.Made made = here.make("one", null);
    there.known.reload();
    here.service.revoke(made.key().id(), "ann");
    assertThat(here.check.check(made.text()))
        .isEqualTo(new Refused("the key 'one' was revoked at 2026-01-02T03:04:05Z"));
    assertThat(there.check.check(made.text())).isInstanceOf(Accepted.class);
    there.known.reload();
    assertThat(there.check.check(made.text())).isInstanceOf(Refused.class);
  }

  @Test
  void worksWhileTheDatabaseIsAway() {
    ApiKeyService.Made made = here.make("one", null);
    here.known.reload();
    dataSource.close();
    here.known.reload();
    assertThat(here.check.check(made.text())).isInstanceOf(Accepted.class);
  }

  @Test
  void refusesKeysFromTheirEndOn() {
    ApiKeyService.Made made = here.make("one", NOW.plusSeconds(60));
    moveTo(NOW.plusMillis(59_999));
    assertThat(here.check.check(made.text())).isInstanceOf(Accepted.class);
    moveTo(NOW.plusSeconds(60));
    assertThat(here.check.check(made.text()))
        .isEqualTo(new Refused("the key 'one' expired at 2026-01-02T03:05:05Z"));
  }

  @Test
  void tellsNothingOfAKeyToWhoDoesNotHaveAllOfIt() {
    String text = here.make("one", NOW.plusSeconds(60)).text();
    moveTo(NOW.plusSeconds(61));
    char last = text.charAt(text.length() - 1);
    String other = text.substring(0, text.length() - 1) + (last == '0' ? '1' : '0');
    assertThat(here.check.check(other)).isEqualTo(new Refused("the key is not known"));
    assertThat(here.check.check("norma_" + "0".repeat(16) + "_" + "0".repeat(64)))
        .isEqualTo(new Refused("the key is not known"));
  }

  @Test
  void asksTheDatabaseNoMoreOftenForWhoMakesKeysUp() {
    there.known.reload();
    for (int i = 0; i < KnownKeys.MOST_LOOK_UPS; i++) {
      there.check.check("norma_%016x_%s".formatted(i, "0".repeat(64)));
    }
    ApiKeyService.Made made = here.make("one", null);
    ApiKeyService.Made other = here.make("other", null);
    assertThat(there.check.check(made.text())).isEqualTo(new Refused("the key is not known"));
    clock.advance(Duration.ofMillis(10));
    assertThat(there.check.check(other.text())).isInstanceOf(Accepted.class);
    there.known.reload();
    assertThat(there.check.check(made.text())).isInstanceOf(Accepted.class);
  }

  @Test
  void takesOthersForNoKeys() {
    for (String text :
        List.of("", "a".repeat(31), "norma_", "norma_x_y", "eyJhbGciOiJub25lIn0.e30.")) {
      assertThat(here.check.check(text)).as(text).isInstanceOf(NoKey.class);
    }
    assertThat(here.check.check("a".repeat(32)))
        .isInstanceOfSatisfying(
            Accepted.class, it -> assertThat(it.grant().name()).isEqualTo("admin-key"));
  }

  @Test
  void keepsNothingThatItsHolderPresents() throws Exception {
    String text = here.make("one", null).text();
    assertThat(text).matches("norma_[0-9a-f]{16}_[0-9a-f]{64}");
    try (var connection = dataSource.getConnection();
        var rows = connection.createStatement().executeQuery("script")) {
      while (rows.next()) {
        assertThat(rows.getString(1)).doesNotContain(text.substring(text.length() - 64));
      }
    }
  }

  @Test
  void writesLastUsesWhenItIsAskedTo() {
    ApiKeyService.Made made = here.make("one", null);
    moveTo(NOW.plus(Duration.ofMinutes(3)));
    here.check.check(made.text());
    assertThat(here.service.get(made.key().id()).lastUsedAt()).isNull();
    here.uses.write();
    assertThat(here.service.get(made.key().id()).lastUsedAt())
        .isEqualTo(NOW.plus(Duration.ofMinutes(3)));
  }
}
