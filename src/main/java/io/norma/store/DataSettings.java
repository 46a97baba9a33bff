package io.norma.store;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where things are kept.
 *
 * @param dataDirectory where the default database is, and an upload until it is stored
 */
@ConfigurationProperties("norma")
public record DataSettings(@DefaultValue("data") Path dataDirectory) {}
