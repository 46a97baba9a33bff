package io.norma.security;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells what to do where the service would be open to a network without anybody having said so. */
final class OpenAddressFailureAnalyzer extends AbstractFailureAnalyzer<OpenAddressException> {
  @Override
  protected FailureAnalysis analyze(Throwable root, OpenAddressException cause) {
    return new FailureAnalysis(
        cause.getMessage(),
        "Set norma.security.mode=authenticated, so that requests need a key"
            + " (norma.security.admin-key is the first), or listen on this machine alone, or set"
            + " norma.security.mode=open if everyone who reaches the address may do everything.",
        cause);
  }
}
