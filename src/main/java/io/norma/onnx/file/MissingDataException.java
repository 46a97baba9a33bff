package io.norma.onnx.file;

import java.util.List;

/** The model keeps tensors in other files, and they did not come with it. */
public final class MissingDataException extends OnnxImportException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> locations;

  /**
   * @param tensor one that is there
   * @param locations the files' places in the model's folder
   */
  MissingDataException(String tensor, List<String> locations) {
    super(
        "the model keeps its weights in other files, and without them it is not complete: %s (such as tensor '%s')"
            .formatted(quoted(locations), tensor));
    this.locations = List.copyOf(locations);
  }

  private static String quoted(List<String> locations) {
    return "'" + String.join("', '", locations) + "'";
  }

  /** Where the files belong, below the model's folder. */
  public List<String> locations() {
    return locations;
  }
}
