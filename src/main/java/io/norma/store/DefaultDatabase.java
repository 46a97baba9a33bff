package io.norma.store;

import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The database when {@code spring.datasource.url} names none: an H2 file in the data directory. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnExpression("'${spring.datasource.url:}'.isEmpty()")
class DefaultDatabase {
  static final String NAME = "norma";
  static final String USER = "sa";

  /** Kilobytes of pages that stay in memory; what is served is there already, in other forms. */
  private static final String CACHE = ";CACHE_SIZE=4096";

  /** What fails is logged by us; a file of H2's own about it would fill the disk. */
  private static final String TRACE = ";TRACE_LEVEL_FILE=0";

  private static final String OPTIONS =
      ";DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000" + CACHE + TRACE;

  @Bean
  JdbcConnectionDetails h2File(@Value("${norma.data-directory:data}") Path dataDirectory) {
    DataDirectoryException.requireWritable(dataDirectory.toAbsolutePath());
    String url = url(dataDirectory);
    return new JdbcConnectionDetails() {
      @Override
      public String getUsername() {
        return USER;
      }

      @Override
      public String getPassword() {
        return "";
      }

      @Override
      public String getJdbcUrl() {
        return url;
      }
    };
  }

  static String url(Path dataDirectory) {
    return "jdbc:h2:file:" + dataDirectory.toAbsolutePath().resolve(NAME) + OPTIONS;
  }
}
