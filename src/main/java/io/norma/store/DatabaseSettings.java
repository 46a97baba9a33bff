package io.norma.store;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What can be set about a database that lies in a file.
 *
 * @param minFreeBytes what is kept free on its disk: changes that add something are refused below
 *     that
 * @param verifyAtStart whether all of it is read and held against its checksums before it is used
 */
@ConfigurationProperties("norma.database")
record DatabaseSettings(
    @DefaultValue("32MB") DataSize minFreeBytes, @DefaultValue("true") boolean verifyAtStart) {
  DatabaseSettings {
    if (minFreeBytes.isNegative()) {
      throw new IllegalArgumentException(
          "norma.database.min-free-bytes must not be below 0, but is " + minFreeBytes);
    }
  }
}
