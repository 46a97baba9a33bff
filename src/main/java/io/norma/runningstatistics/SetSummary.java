package io.norma.runningstatistics;

/**
 * A set as a list shows it.
 *
 * @param newest its newest revision that is still there
 * @param revisions how many are
 */
public record SetSummary(RevisionMetadata newest, int revisions) {}
