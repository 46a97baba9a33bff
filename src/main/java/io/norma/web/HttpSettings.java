package io.norma.web;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * What can be set about HTTP.
 *
 * @param maxRequestBytes largest body of a request, before and after decompression; uploads of
 *     models have a limit of their own
 */
@Validated
@ConfigurationProperties("norma.http")
record HttpSettings(@DefaultValue("64MB") DataSize maxRequestBytes) {
  HttpSettings {
    if (maxRequestBytes.toBytes() < 1 || maxRequestBytes.toBytes() > Integer.MAX_VALUE - 8L) {
      throw new IllegalArgumentException(
          "norma.http.max-request-bytes must be from 1 byte to 2 GiB, but is " + maxRequestBytes);
    }
  }
}
