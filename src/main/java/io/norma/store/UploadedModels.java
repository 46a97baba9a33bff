package io.norma.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Models that were uploaded, in the database so that every replica has them. The bytes lie in
 * chunks: both databases then keep them in ordinary rows, and neither needs the whole file in one
 * statement.
 */
public final class UploadedModels {
  private static final int CHUNK = 1 << 19;
  private static final String COLUMNS =
      "model, version, sha256, size_in_bytes, uploaded_at, uploaded_by";

  private final Transactions transactions;
  private final JdbcClient client;

  UploadedModels(Transactions transactions) {
    this.transactions = transactions;
    client = transactions.client();
  }

  /**
   * Keeps a model.
   *
   * @param sha256 of the bytes, in hexadecimal
   * @param onnx read to its end
   * @return whether it is new; false if the same bytes were there
   * @throws StoreConflictException if other bytes are there
   * @throws UncheckedIOException if the bytes cannot be read
   */
  public boolean add(ModelVersion name, String sha256, InputStream onnx, String uploadedBy) {
    if (find(name).isPresent()) {
      return requireSame(name, sha256);
    }
    try {
      transactions.writeAndAnnounce(() -> {
        insert(name, sha256, onnx, uploadedBy);
        return name;
      });
      return true;
    } catch (DuplicateKeyException _) {
      return requireSame(name, sha256);
    }
  }

  private boolean requireSame(ModelVersion name, String sha256) {
    String there = find(name).map(UploadedModel::sha256).orElse("");
    if (!there.equals(sha256)) {
      throw new StoreConflictException(
          StoreConflictException.Reason.DIFFERENT,
          "model %s has other bytes, with SHA-256 %s: upload under another version"
              .formatted(name, there));
    }
    return false;
  }

  private void insert(ModelVersion name, String sha256, InputStream onnx, String uploadedBy) {
    client
        .sql("insert into uploaded_models (" + COLUMNS + ") values (?, ?, ?, ?, ?, ?)")
        .params(
            name.model(),
            name.version(),
            sha256,
            0L,
            Instant.now().truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC),
            uploadedBy)
        .update();
    long size = 0;
    try {
      for (int position = 0; ; position++) {
        byte[] chunk = onnx.readNBytes(CHUNK);
        if (chunk.length == 0) {
          break;
        }
        size += chunk.length;
        client
            .sql(
                """
                insert into uploaded_model_chunks (model, version, position, content)
                values (?, ?, ?, ?)
                """)
            .params(name.model(), name.version(), position, chunk)
            .update();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    client
        .sql("update uploaded_models set size_in_bytes = ? where model = ? and version = ?")
        .params(size, name.model(), name.version())
        .update();
  }

  public Optional<UploadedModel> find(ModelVersion name) {
    return client
        .sql("select " + COLUMNS + " from uploaded_models where model = ? and version = ?")
        .params(name.model(), name.version())
        .query((row, _) -> model(row))
        .optional();
  }

  /** All of them, by name and version. */
  public List<UploadedModel> list() {
    return client
        .sql("select " + COLUMNS + " from uploaded_models order by model, version")
        .query((row, _) -> model(row))
        .list();
  }

  private static UploadedModel model(ResultSet row) throws SQLException {
    return new UploadedModel(
        new ModelVersion(row.getString("model"), row.getLong("version")),
        row.getString("sha256"),
        row.getLong("size_in_bytes"),
        row.getObject("uploaded_at", OffsetDateTime.class).toInstant(),
        row.getString("uploaded_by"));
  }

  /**
   * The bytes of a model. The stream fails at its end if they are not those that were stored.
   *
   * @throws FileNotFoundException if there is no such model
   */
  public InputStream open(ModelVersion name) throws FileNotFoundException {
    UploadedModel model =
        find(name).orElseThrow(() -> new FileNotFoundException("model " + name + " is not stored"));
    return new Content(client, model);
  }

  /** Deletes a model with its running statistics and calibrations; says whether it was there. */
  public boolean delete(ModelVersion name) {
    return transactions.writeAndAnnounce(() -> {
      // First, for a model that was not uploaded keeps what stands beside it.
      if (delete(name, "delete from uploaded_models") == 0) {
        return false;
      }
      delete(name, "delete from calibrations");
      delete(name, "delete from statistics_activations");
      client
          .sql(
              """
              delete from statistics_revisions where set_id in
                (select id from statistics_sets where model = ? and version = ?)
              """)
          .params(name.model(), name.version())
          .update();
      return true;
    });
  }

  private int delete(ModelVersion name, String deletion) {
    return client
        .sql(deletion + " where model = ? and version = ?")
        .params(name.model(), name.version())
        .update();
  }

  /** Reads chunk by chunk: a driver that fetches a whole result would hold the model twice. */
  private static final class Content extends InputStream {
    private final JdbcClient client;
    private final UploadedModel model;
    private final MessageDigest digest = StatisticsBytes.digest();
    private byte[] chunk = new byte[0];
    private int position;
    private int offset;
    private long read;

    private Content(JdbcClient client, UploadedModel model) {
      this.client = client;
      this.model = model;
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
      if (read == model.sizeInBytes()) {
        return false;
      }
      chunk =
          client
              .sql(
                  """
                  select content from uploaded_model_chunks
                  where model = ? and version = ? and position = ?
                  """)
              .params(model.name().model(), model.name().version(), position++)
              .query(byte[].class)
              .optional()
              .orElseThrow(this::damaged);
      offset = 0;
      read += chunk.length;
      digest.update(chunk);
      if (read >= model.sizeInBytes()
          && !HexFormat.of().formatHex(digest.digest()).equals(model.sha256())) {
        throw damaged();
      }
      return true;
    }

    private IOException damaged() {
      return new IOException(
          "the stored bytes of model %s are not those that were uploaded, with SHA-256 %s: the"
                  .formatted(model.name(), model.sha256())
              + " database is damaged");
    }
  }
}
