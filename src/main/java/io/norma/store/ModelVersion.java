package io.norma.store;

/** One version of a model. */
public record ModelVersion(String model, long version) {
  @Override
  public String toString() {
    return model + "/" + version;
  }
}
