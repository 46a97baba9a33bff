package io.norma.serving;

/** One version of a model. */
public record ModelVersion(String model, long version) {
  @Override
  public String toString() {
    return model + "/" + version;
  }
}
