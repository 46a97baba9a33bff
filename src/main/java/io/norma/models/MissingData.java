package io.norma.models;

import io.norma.onnx.file.MissingDataException;
import java.util.List;
import java.util.stream.Collectors;

/** What to do where a model came without the files that hold its tensors. */
public final class MissingData {
  private static final String DATA = ".data";

  private MissingData() {}

  static String advice(ModelFile file, MissingDataException missing) {
    return switch (file.origin()) {
      case BUNDLED -> "Bundle a model with its data inside.";
      case DIRECTORY ->
          "Copy what the exporter wrote beside %s into the folder %s/%d, under that name."
              .formatted(VersionFile.MODEL, file.name(), file.version());
      case REQUEST ->
          missing.locations().stream()
              .map(location -> "file:%d/%s".formatted(file.version(), location))
              .collect(Collectors.joining("', '", "Send them along as parameters '", "'."));
      case UPLOADED ->
          "Send all files in one request, as parts of a form or as one zip archive, or export with"
              + " the data inside: torch.onnx.export(…, external_data=False).";
    };
  }

  /**
   * The command that uploads a model with its data.
   *
   * @param address that it is uploaded to
   */
  public static String command(MissingDataException missing, String address) {
    return "curl -X PUT -F model=@%s %s %s"
        .formatted(
            model(missing.locations()),
            missing.locations().stream().map(MissingData::part).collect(Collectors.joining(" ")),
            address);
  }

  /** Exporters call the data of {@code m.onnx} {@code m.onnx.data}. */
  private static String model(List<String> locations) {
    String first = locations.getFirst();
    return first.endsWith(".onnx" + DATA)
        ? first.substring(0, first.length() - DATA.length())
        : VersionFile.MODEL;
  }

  /** A part is known by the name of its file, from which curl takes the folders. */
  private static String part(String location) {
    return location.contains("/")
        ? "-F 'data=@%s;filename=\"%1$s\"'".formatted(location)
        : "-F data=@" + location;
  }
}
