package io.norma.security;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Which pages may ask by way of a browser, and under which names the service is asked.
 *
 * @param allowedHosts names under which the service may be asked, beside those of this machine; in
 *     modes other than {@code local}, where there are none, under any
 * @param allowedOrigins pages of other servers that may ask, as {@code https://console.example.org}
 */
@Validated
@ConfigurationProperties("norma.security")
public record BrowserSettings(
    @DefaultValue List<String> allowedHosts, @DefaultValue List<String> allowedOrigins) {
  public BrowserSettings {
    for (String origin : allowedOrigins) {
      if (!origin.matches("https?://[^/*\\s]+")) {
        throw new IllegalArgumentException(
            "norma.security.allowed-origins must have origins as https://console.example.org, but has '%s'"
                .formatted(origin));
      }
    }
    for (String host : allowedHosts) {
      if (!host.matches("[^/*:\\s]+|\\[[0-9a-fA-F:.]+]")) {
        throw new IllegalArgumentException(
            "norma.security.allowed-hosts must have names without a port, as norma.example.org, but has '%s'"
                .formatted(host));
      }
    }
  }
}
