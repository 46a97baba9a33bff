package io.norma.store;

import java.security.MessageDigest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
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

  public UploadedModels(Transactions transactions) {
    this.transactions = transactions;
    client = transactions.client();
  }

  /**
   * Keeps a model.
   *
   * @return whether it is new; false if the same bytes were there
   * @throws StoreConflictException if other bytes are there
   */
  public boolean add(ModelVersion name, byte[] onnx, String uploadedBy) {
    String sha256 = sha256(onnx);
    if (find(name).isPresent()) {
      return requireSame(name, sha256);
    }
    try {
      transactions.writeAndAnnounce(() -> insert(name, onnx, sha256, uploadedBy));
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

  private boolean insert(ModelVersion name, byte[] onnx, String sha256, String uploadedBy) {
    client
        .sql("insert into uploaded_models (" + COLUMNS + ") values (?, ?, ?, ?, ?, ?)")
        .params(
            name.model(),
            name.version(),
            sha256,
            (long) onnx.length,
            Instant.now().truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC),
            uploadedBy)
        .update();
    for (int position = 0; (long) position * CHUNK < onnx.length; position++) {
      int from = position * CHUNK;
      client
          .sql(
              """
              insert into uploaded_model_chunks (model, version, position, content)
              values (?, ?, ?, ?)
              """)
          .params(
              name.model(),
              name.version(),
              position,
              Arrays.copyOfRange(onnx, from, (int) Math.min(onnx.length, (long) from + CHUNK)))
          .update();
    }
    return true;
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
   * The bytes of a model.
   *
   * @throws IllegalStateException if they are not those that were stored
   */
  public Optional<byte[]> content(ModelVersion name) {
    return find(name).map(this::content);
  }

  private byte[] content(UploadedModel model) {
    byte[] content = new byte[Math.toIntExact(model.sizeInBytes())];
    MessageDigest digest = StatisticsBytes.digest();
    int length = 0;
    // Chunk by chunk: a driver that fetches a whole result at once would hold the model twice.
    for (int position = 0; length < content.length; position++) {
      byte[] chunk =
          client
              .sql(
                  """
                  select content from uploaded_model_chunks
                  where model = ? and version = ? and position = ?
                  """)
              .params(model.name().model(), model.name().version(), position)
              .query(byte[].class)
              .optional()
              .orElseThrow(() -> damaged(model));
      digest.update(chunk);
      System.arraycopy(chunk, 0, content, length, chunk.length);
      length += chunk.length;
    }
    if (!HexFormat.of().formatHex(digest.digest()).equals(model.sha256())) {
      throw damaged(model);
    }
    return content;
  }

  private static IllegalStateException damaged(UploadedModel model) {
    return new IllegalStateException(
        "the bytes of model %s are not those that were uploaded, with SHA-256 %s: the database is"
                .formatted(model.name(), model.sha256())
            + " damaged");
  }

  /** Deletes a model with its running statistics and calibrations; says whether it was there. */
  public boolean delete(ModelVersion name) {
    return transactions.writeAndAnnounce(() -> {
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
      return delete(name, "delete from uploaded_models") > 0;
    });
  }

  private int delete(ModelVersion name, String deletion) {
    return client
        .sql(deletion + " where model = ? and version = ?")
        .params(name.model(), name.version())
        .update();
  }

  private static String sha256(byte[] onnx) {
    return HexFormat.of().formatHex(StatisticsBytes.digest().digest(onnx));
  }
}
