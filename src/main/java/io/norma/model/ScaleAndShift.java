package io.norma.model;

/** A frozen batch normalization, {@code y = scale·x + shift}, with one value each per channel. */
public record ScaleAndShift(float[] scale, float[] shift) {}
