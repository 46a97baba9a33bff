package io.norma.http.codec;

import io.norma.serving.InferenceRequest;

/** An inference request as it came, and how its response shall look. */
public record WireRequest(InferenceRequest request, ResponseForm form) {}
