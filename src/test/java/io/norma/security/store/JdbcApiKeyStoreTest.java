package io.norma.security.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.norma.security.ApiKey;
import io.norma.security.ModelPatterns;
import io.norma.security.Scope;
import io.norma.security.StoredKey;
import io.norma.store.AuditTrail;
import io.norma.store.StoreConflictException;
import io.norma.store.TestDatabase;
import io.norma.store.Transactions;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class JdbcApiKeyStoreTest {
  private static final Instant NOW = Instant.parse("2026-11-27T20:04:10.999Z");

  @TempDir Path directory;

  private static StoredKey key(String id, String name, @Nullable Instant expiresAt) {
    return new StoredKey(
        new ApiKey(
            id.repeat(16),
            name,
            Set.of(Scope.INFER, Scope.ACTIVATE),
            ModelPatterns.of(List.of("resnet*", "my model")),
            NOW,
            "ann",
            expiresAt,
            null,
            null,
            null),
        new byte[] {1, 2, 3});
  }

  private static JdbcApiKeyStore store(HikariDataSource dataSource) {
    Transactions transactions = new Transactions(dataSource);
    return new JdbcApiKeyStore(transactions, new AuditTrail(transactions, Clock.systemUTC()));
  }

  @ParameterizedTest
  @EnumSource
  void givesBackWhatItKeeps(TestDatabase database) {
    try (HikariDataSource dataSource = database.create(directory)) {
      JdbcApiKeyStore store = store(dataSource);
      StoredKey first = key("a", "one", NOW.plusSeconds(1));
      store.add(first, 3);
      store.add(key("b", "two", null), 3);
      store.add(key("c", "three", null), 3);

      StoredKey found = store.find("a".repeat(16)).orElseThrow();
      assertThat(found.sha256()).containsExactly(1, 2, 3);
      assertThat(found.key()).usingRecursiveComparison().isEqualTo(first.key());
      assertThat(found.grant().models().matches("my model")).isTrue();
      assertThat(store.find("d".repeat(16))).isEmpty();
      assertThat(store.list("", 2)).extracting(ApiKey::name).containsExactly("one", "two");
      assertThat(store.list("b".repeat(16), 2)).extracting(ApiKey::name).containsExactly("three");
    }
  }

  @ParameterizedTest
  @EnumSource
  void revokesOnce(TestDatabase database) {
    try (HikariDataSource dataSource = database.create(directory)) {
      JdbcApiKeyStore store = store(dataSource);
      store.add(key("a", "one", null), 1);
      assertThatThrownBy(() -> store.add(key("b", "two", null), 1))
          .isInstanceOf(StoreConflictException.class)
          .hasMessageContaining("norma.security.max-keys");
      assertThatThrownBy(() -> store.add(key("b", "one", null), 2))
          .isInstanceOf(StoreConflictException.class)
          .hasMessageContaining("'one'");

      ApiKey revoked = store.revoke("a".repeat(16), NOW.plusSeconds(5), "bob").orElseThrow();
      assertThat(revoked.revokedBy()).isEqualTo("bob");
      assertThat(store.revoke("a".repeat(16), NOW.plusSeconds(9), "eve").orElseThrow().revokedAt())
          .isEqualTo(NOW.plusSeconds(5));
      assertThat(store.revoke("f".repeat(16), NOW, "eve")).isEmpty();
      assertThat(store.notRevoked()).isEmpty();
      store.add(key("b", "one", null), 1);
      assertThat(store.notRevoked())
          .extracting(stored -> stored.key().id())
          .containsExactly("b".repeat(16));
      assertThat(store.list("", 9)).hasSize(2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void remembersTheLastUseOfAllReplicas(TestDatabase database) {
    try (HikariDataSource dataSource = database.create(directory)) {
      JdbcApiKeyStore store = store(dataSource);
      String id = "a".repeat(16);
      store.add(key("a", "one", null), 1);
      store.used(Map.of(id, NOW.plusSeconds(60), "b".repeat(16), NOW));
      store.used(Map.of(id, NOW.plusSeconds(30)));
      assertThat(store.find(id).orElseThrow().key().lastUsedAt()).isEqualTo(NOW.plusSeconds(60));
    }
  }
}
