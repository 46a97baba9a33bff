package io.norma.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;

/**
 * Lets two networks of one model version have sets of one name. The constraint against it has no
 * name of its own in the first migration, and each database gave it another: so it is looked up.
 */
final class V5__DropUniqueSetNames extends BaseJavaMigration {
  @Override
  public void migrate(Context context) throws SQLException {
    Connection connection = context.getConnection();
    for (String constraint : uniqueConstraints(connection)) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(
            "alter table statistics_sets drop constraint \"" + constraint.replace("\"", "") + "\"");
      }
    }
  }

  private static List<String> uniqueConstraints(Connection connection) throws SQLException {
    List<String> names = new ArrayList<>();
    try (PreparedStatement query =
            connection.prepareStatement(
                """
                select constraint_name from information_schema.table_constraints
                where lower(table_name) = 'statistics_sets' and constraint_type = 'UNIQUE'
                """);
        ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }
}
