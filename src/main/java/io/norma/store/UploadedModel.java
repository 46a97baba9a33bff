package io.norma.store;

import java.time.Instant;

/** An uploaded model, without its bytes. */
public record UploadedModel(
    ModelVersion name, String sha256, long sizeInBytes, Instant uploadedAt, String uploadedBy) {}
