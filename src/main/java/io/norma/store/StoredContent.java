package io.norma.store;

import io.norma.serving.Sha256;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Holds what is stored with a checksum against it: files of models, and running statistics. */
final class StoredContent {
  private final Connection connection;

  StoredContent(Connection connection) {
    this.connection = connection;
  }

  /**
   * Reads all of it.
   *
   * @throws DamagedDatabaseException if some of it is missing or other than it was
   */
  void require() throws SQLException {
    requireFiles();
    requireRevisions();
  }

  private void requireFiles() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet models =
            statement.executeQuery(
                """
                select m.model, m.version, f.name, f.first_chunk, f.size_in_bytes, f.sha256
                from uploaded_models m
                left join uploaded_model_files f on f.model = m.model and f.version = m.version
                order by 1, 2, 3
                """)) {
      while (models.next()) {
        String name = models.getString(3);
        if (name == null
            || !sha256(models.getString(1), models.getLong(2), models.getInt(4), models.getLong(5))
                .equals(models.getString(6))) {
          throw new DamagedDatabaseException(
              "the bytes of '%s' of model '%s' version %d are not those that were uploaded"
                  .formatted(
                      name == null ? "model.onnx" : name, models.getString(1), models.getLong(2)),
              null);
        }
      }
    }
  }

  /** One chunk at a time: a model may be larger than the memory. */
  private String sha256(String model, long version, int firstChunk, long size) throws SQLException {
    MessageDigest digest = Sha256.digest();
    long read = 0;
    try (PreparedStatement query =
        connection.prepareStatement(
            """
            select content from uploaded_model_chunks
            where model = ? and version = ? and position = ?
            """)) {
      query.setString(1, model);
      query.setLong(2, version);
      for (int position = firstChunk; read < size; position++) {
        query.setInt(3, position);
        try (ResultSet chunk = query.executeQuery()) {
          byte[] content = chunk.next() ? chunk.getBytes(1) : null;
          if (content == null || content.length == 0) {
            return "";
          }
          digest.update(content);
          read += content.length;
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private void requireRevisions() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(1000);
      try (ResultSet layers =
          statement.executeQuery(
              """
              select r.set_id, r.revision, r.sha256, n.model, n.version, s.name,
                     l.layer, l.mean, l.variance, l.gamma, l.beta
              from statistics_revisions r
              join statistics_sets s on s.id = r.set_id
              join networks n on n.id = s.network_id
              left join statistics_layers l on l.set_id = r.set_id and l.revision = r.revision
              order by r.set_id, r.revision, l.position
              """)) {
        Revision revision = null;
        while (layers.next()) {
          if (revision == null || !revision.isOf(layers)) {
            require(revision);
            revision = new Revision(layers);
          }
          revision.add(layers);
        }
        require(revision);
      }
    }
  }

  private static void require(@Nullable Revision revision) {
    if (revision != null && !revision.isWhole()) {
      throw new DamagedDatabaseException(revision.message, null);
    }
  }

  /** One revision, layer by layer: {@link StatisticsBytes#sha256}. */
  private static final class Revision {
    private final MessageDigest digest = Sha256.digest();
    private final long set;
    private final int number;
    private final String sha256;
    private final String message;

    Revision(ResultSet row) throws SQLException {
      set = row.getLong(1);
      number = row.getInt(2);
      sha256 = row.getString(3);
      message =
          "revision %d of set '%s' of model '%s' version %d is not what was stored"
              .formatted(number, row.getString(6), row.getString(4), row.getLong(5));
    }

    boolean isOf(ResultSet row) throws SQLException {
      return row.getLong(1) == set && row.getInt(2) == number;
    }

    void add(ResultSet row) throws SQLException {
      String layer = row.getString(7);
      byte[] mean = row.getBytes(8);
      byte[] variance = row.getBytes(9);
      if (layer == null || mean == null || variance == null) {
        return;
      }
      StatisticsBytes.addLayer(digest, layer, mean, variance, row.getBytes(10), row.getBytes(11));
    }

    boolean isWhole() {
      return HexFormat.of().formatHex(digest.digest()).equals(sha256);
    }
  }
}
