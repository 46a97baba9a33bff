package io.norma.runningstatistics;

import org.jspecify.annotations.Nullable;

/**
 * What a writer believes to be a set's newest revision.
 *
 * @param revision its number, 0 if there is none
 * @param network first digits of the SHA-256 of the network whose it is; {@code null} for whatever
 *     network is served
 */
public record ExpectedNewest(int revision, @Nullable String network) {}
