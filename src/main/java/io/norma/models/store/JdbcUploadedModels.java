package io.norma.models.store;

import io.norma.models.UploadedModel;
import io.norma.models.UploadedModels;
import io.norma.models.VersionFile;
import io.norma.serving.AuditedAction;
import io.norma.serving.AuditedChange;
import io.norma.serving.ModelVersion;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.Sha256;
import io.norma.store.AuditTrail;
import io.norma.store.Networks;
import io.norma.store.StoreConflictException;
import io.norma.store.Transactions;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** As {@link UploadedModels} says, through JDBC. */
@Component
public final class JdbcUploadedModels implements UploadedModels {
  /** Well below half a region of a small heap: G1 gives larger arrays a region of their own. */
  private static final int CHUNK = 1 << 17;

  /** So many are written, or deleted, before they go to disk. */
  private static final int CHUNKS_IN_MEMORY = 16;

  private static final String COLUMNS =
      "model, version, sha256, size_in_bytes, uploaded_at, uploaded_by";

  private final Transactions transactions;
  private final JdbcClient client;
  private final Networks networks;
  private final AuditTrail audit;
  private final Clock clock;

  public JdbcUploadedModels(Transactions transactions, Clock clock) {
    this.transactions = transactions;
    this.clock = clock;
    client = transactions.client();
    networks = new Networks(transactions, clock);
    audit = new AuditTrail(transactions, clock);
  }

  @Override
  public boolean add(NetworkIdentity network, List<NewFile> files, String uploadedBy) {
    if (find(network.name()).isPresent()) {
      return requireSame(network);
    }
    try {
      transactions.writeAndAnnounce(() -> {
        networks.lockAnew(network);
        insert(network, files, uploadedBy);
        audit.record(
            AuditedChange.of(AuditedAction.MODEL_UPLOADED, network)
                .after(facts(network, bytes(files))));
        return network;
      });
      return true;
    } catch (DuplicateKeyException _) {
      return requireSame(network);
    }
  }

  private static long bytes(List<NewFile> files) {
    return files.stream().mapToLong(file -> file.file().bytes()).sum();
  }

  private static Map<String, Object> facts(NetworkIdentity network, long bytes) {
    return AuditedChange.facts("sha256", network.sha256(), "bytes", bytes);
  }

  private boolean requireSame(NetworkIdentity network) {
    String there = find(network.name()).map(model -> model.network().sha256()).orElse("");
    if (!there.equals(network.sha256())) {
      throw new StoreConflictException(
          StoreConflictException.Reason.DIFFERENT,
          "model '%s' version %d has other bytes already: theirs have SHA-256 %s, these have %s;"
                  .formatted(network.model(), network.version(), there, network.sha256())
              + " upload them as another version, or delete that one first");
    }
    return false;
  }

  private void insert(NetworkIdentity network, List<NewFile> files, String uploadedBy) {
    client
        .sql("insert into uploaded_models (" + COLUMNS + ") values (?, ?, ?, ?, ?, ?)")
        .params(
            network.model(),
            network.version(),
            network.sha256(),
            bytes(files),
            clock.instant().truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC),
            uploadedBy)
        .update();
    int position = 0;
    for (NewFile file : files) {
      position = insert(network.name(), file, position);
    }
  }

  /** Writes a file in chunks from this position on; returns the position behind them. */
  private int insert(ModelVersion model, NewFile file, int first) {
    client
        .sql(
            """
            insert into uploaded_model_files
              (model, version, name, first_chunk, size_in_bytes, sha256) values (?, ?, ?, ?, ?, ?)
            """)
        .params(
            model.model(),
            model.version(),
            file.file().name(),
            first,
            file.file().bytes(),
            file.file().sha256())
        .update();
    int position = first;
    try (InputStream content = file.content().open()) {
      for (byte[] chunk = content.readNBytes(CHUNK);
          chunk.length > 0;
          chunk = content.readNBytes(CHUNK)) {
        client
            .sql(
                """
                insert into uploaded_model_chunks (model, version, position, content)
                values (?, ?, ?, ?)
                """)
            .params(model.model(), model.version(), position, chunk)
            .update();
        position++;
        if (position % CHUNKS_IN_MEMORY == 0) {
          transactions.flush();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return position;
  }

  @Override
  public void extend(NetworkIdentity before, NetworkIdentity after, NewFile file) {
    transactions.writeAndAnnounce(() -> {
      long replaced = networks.lock(before);
      networks.lockAnew(after);
      int changed =
          client
              .sql(
                  """
                  update uploaded_models set sha256 = ?, size_in_bytes = size_in_bytes + ?
                  where model = ? and version = ? and sha256 = ?
                  """)
              .params(
                  after.sha256(),
                  file.file().bytes(),
                  before.model(),
                  before.version(),
                  before.sha256())
              .update();
      if (changed == 0) {
        throw new StoreConflictException(
            StoreConflictException.Reason.DIFFERENT,
            "model %s is not stored any more; load it anew".formatted(before));
      }
      int chunks =
          client
              .sql(
                  "select coalesce(max(position), -1) + 1 from uploaded_model_chunks"
                      + " where model = ? and version = ?")
              .params(before.model(), before.version())
              .query(Integer.class)
              .single();
      insert(before.name(), file, chunks);
      if (!hasSets(replaced)) {
        networks.markDeleted(replaced);
      }
      audit.record(
          AuditedChange.of(AuditedAction.CHECKPOINT_ADDED, after)
              .before(AuditedChange.facts("sha256", before.sha256()))
              .after(
                  AuditedChange.facts(
                      "sha256", after.sha256(), "checkpoint_sha256", file.file().sha256())));
      return after;
    });
  }

  private boolean hasSets(long network) {
    return client
            .sql("select count(*) from statistics_sets where network_id = ?")
            .param(network)
            .query(Long.class)
            .single()
        > 0;
  }

  @Override
  public Optional<UploadedModel> find(ModelVersion name) {
    return client
        .sql("select " + COLUMNS + " from uploaded_models where model = ? and version = ?")
        .params(name.model(), name.version())
        .query((row, _) -> model(row))
        .optional();
  }

  @Override
  public List<UploadedModel> list() {
    return client
        .sql("select " + COLUMNS + " from uploaded_models order by model, version")
        .query((row, _) -> model(row))
        .list();
  }

  @Override
  public List<UploadedModel> list(String model) {
    return client
        .sql("select " + COLUMNS + " from uploaded_models where model = ? order by version")
        .param(model)
        .query((row, _) -> model(row))
        .list();
  }

  private static UploadedModel model(ResultSet row) throws SQLException {
    return new UploadedModel(
        new NetworkIdentity(
            row.getString("model"), row.getLong("version"), row.getString("sha256")),
        row.getLong("size_in_bytes"),
        row.getObject("uploaded_at", OffsetDateTime.class).toInstant(),
        row.getString("uploaded_by"));
  }

  @Override
  public List<VersionFile> files(NetworkIdentity network) {
    return stored(network).stream().map(StoredFile::file).toList();
  }

  private List<StoredFile> stored(NetworkIdentity network) {
    return client
        .sql(
            """
            select f.name, f.size_in_bytes, f.sha256, f.first_chunk
            from uploaded_models m
            join uploaded_model_files f on f.model = m.model and f.version = m.version
            where m.model = ? and m.version = ? and m.sha256 = ? order by f.name
            """)
        .params(network.model(), network.version(), network.sha256())
        .query((row, _) ->
            new StoredFile(
                new VersionFile(row.getString(1), row.getLong(2), row.getString(3)), row.getInt(4)))
        .list();
  }

  @Override
  public InputStream open(NetworkIdentity network, String file) throws FileNotFoundException {
    StoredFile stored =
        stored(network).stream()
            .filter(found -> found.file().name().equals(file))
            .findFirst()
            .orElseThrow(() ->
                new FileNotFoundException(
                    "'%s' of model %s is not stored any more".formatted(file, network)));
    return new ChunkedContent(client, network, stored);
  }

  @Override
  public boolean delete(NetworkIdentity network) {
    return transactions.deleteAndAnnounce(() -> {
      long id = networks.lock(network);
      Optional<UploadedModel> before = find(network.name());
      deleteChunks(network);
      int deleted =
          client
              .sql("delete from uploaded_models where model = ? and version = ? and sha256 = ?")
              .params(network.model(), network.version(), network.sha256())
              .update();
      // A model that was not uploaded keeps what stands beside it.
      if (deleted == 0) {
        return false;
      }
      deleteOf(id, "delete from network_references where network_id = ?");
      deleteOf(id, "delete from calibrations where network_id = ?");
      deleteOf(id, "delete from statistics_activations where network_id = ?");
      deleteOf(
          id,
          """
          delete from statistics_revisions where set_id in
            (select id from statistics_sets where network_id = ?)
          """);
      networks.markDeleted(id);
      audit.record(
          AuditedChange.of(AuditedAction.MODEL_DELETED, network)
              .before(facts(network, before.orElseThrow().sizeInBytes())));
      return true;
    });
  }

  private void deleteChunks(NetworkIdentity network) {
    boolean there =
        find(network.name()).filter(model -> model.network().equals(network)).isPresent();
    int deleted = there ? CHUNKS_IN_MEMORY : 0;
    for (int from = 0; deleted == CHUNKS_IN_MEMORY; from += CHUNKS_IN_MEMORY) {
      deleted =
          client
              .sql(
                  """
                  delete from uploaded_model_chunks
                  where model = ? and version = ? and position >= ? and position < ?
                  """)
              .params(network.model(), network.version(), from, from + CHUNKS_IN_MEMORY)
              .update();
      transactions.flush();
    }
  }

  private void deleteOf(long network, String deletion) {
    client.sql(deletion).param(network).update();
  }

  private record StoredFile(VersionFile file, int firstChunk) {}

  /** Reads chunk by chunk: a driver that fetches a whole result would hold the model twice. */
  private static final class ChunkedContent extends InputStream {
    private final JdbcClient client;
    private final NetworkIdentity network;
    private final VersionFile file;
    private final MessageDigest digest = Sha256.digest();
    private byte[] chunk = new byte[0];
    private int position;
    private int offset;
    private long read;

    private ChunkedContent(JdbcClient client, NetworkIdentity network, StoredFile stored) {
      this.client = client;
      this.network = network;
      file = stored.file();
      position = stored.firstChunk();
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      if (offset == chunk.length && !next()) {
        return -1;
      }
      int count = Math.min(length, chunk.length - offset);
      System.arraycopy(chunk, offset, target, from, count);
      offset += count;
      return count;
    }

    private boolean next() throws IOException {
      if (read == file.bytes()) {
        return false;
      }
      chunk =
          client
              .sql(
                  """
                  select content from uploaded_model_chunks
                  where model = ? and version = ? and position = ?
                  """)
              .params(network.model(), network.version(), position++)
              .query(byte[].class)
              .optional()
              .orElseThrow(this::damaged);
      offset = 0;
      read += chunk.length;
      digest.update(chunk);
      if (read >= file.bytes()
          && !HexFormat.of().formatHex(digest.digest()).equals(file.sha256())) {
        throw damaged();
      }
      return true;
    }

    private IOException damaged() {
      return new IOException(
          "the stored bytes of '%s' of model %s are not those that were uploaded: they were deleted"
                  .formatted(file.name(), network)
              + " meanwhile, or the database is damaged");
    }
  }
}
