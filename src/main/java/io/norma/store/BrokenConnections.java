package io.norma.store;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.SQLException;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Lets an H2 file be opened again that H2 closed because it could not write to it. Its connections
 * say that they are valid, and fail for ever: once all of them are closed, the next one opens the
 * file anew.
 */
@SuppressWarnings("SameNameButDifferent") // Hikari has a type of the annotation's name
final class BrokenConnections implements BeanPostProcessor {
  @Override
  public Object postProcessBeforeInitialization(Object bean, String name) {
    if (bean instanceof HikariDataSource pool) {
      pool.setExceptionOverride(new Closing(pool));
    }
    return bean;
  }

  private record Closing(HikariDataSource pool) implements SQLExceptionOverride {
    @java.lang.Override
    public Override adjudicate(SQLException e) {
      if (!DatabaseFailure.isClosedByH2(e)) {
        return Override.CONTINUE_EVICT;
      }
      HikariPoolMXBean connections = pool.getHikariPoolMXBean();
      if (connections != null) {
        connections.softEvictConnections();
      }
      return Override.MUST_EVICT;
    }
  }
}
