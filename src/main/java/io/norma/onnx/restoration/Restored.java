package io.norma.onnx.restoration;

import io.norma.network.WeightedLayer;
import io.norma.onnx.restoration.Finding.Candidate;

/** A layer, and what is put back in the place of its folded pair. */
record Restored(WeightedLayer layer, Candidate candidate, double epsilon) {}
