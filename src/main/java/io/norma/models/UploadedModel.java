package io.norma.models;

import io.norma.serving.NetworkIdentity;
import java.time.Instant;

/** An uploaded model, without its bytes. */
public record UploadedModel(
    NetworkIdentity network, long sizeInBytes, Instant uploadedAt, String uploadedBy) {}
