package io.norma.onnx;

import io.norma.network.Network;

/** A network read from a file, and what was found on the way. */
public record ImportResult(Network network, ImportReport report) {}
