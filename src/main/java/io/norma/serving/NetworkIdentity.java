package io.norma.serving;

/**
 * A network as one among all that were ever called alike: what belongs to one is never another's.
 *
 * @param model the name that it is served by
 * @param version of the model
 * @param sha256 of its file's bytes, in hexadecimal
 */
public record NetworkIdentity(String model, long version, String sha256) {
  /** What it is called. */
  public ModelVersion name() {
    return new ModelVersion(model, version);
  }

  @Override
  public String toString() {
    return model + "/" + version + " (SHA-256 " + sha256 + ")";
  }
}
