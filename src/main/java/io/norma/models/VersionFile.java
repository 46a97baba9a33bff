package io.norma.models;

import io.norma.serving.ModelConfig;
import io.norma.serving.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * One of the files that a model version is made of.
 *
 * @param name {@link #MODEL}, {@link #CHECKPOINT}, or where the model says that tensors of it lie:
 *     a path below its folder
 * @param sha256 of its bytes, in hexadecimal
 */
public record VersionFile(String name, long bytes, String sha256) {
  /** The network. */
  public static final String MODEL = ModelConfig.MODEL_FILE;

  /** The state dict that folded batch normalizations are restored from. */
  public static final String CHECKPOINT = "checkpoint.safetensors";

  /**
   * What a network of these files is known by: the checksum of its only file; of several, that of
   * the list that {@code LC_ALL=C sha256sum} prints of them in the order of their names.
   */
  static String identity(Collection<VersionFile> files) {
    List<VersionFile> inOrder =
        files.stream().sorted(Comparator.comparing(VersionFile::name)).toList();
    if (inOrder.size() == 1) {
      return inOrder.getFirst().sha256();
    }
    StringBuilder list = new StringBuilder();
    for (VersionFile file : inOrder) {
      list.append(file.sha256()).append("  ").append(file.name()).append('\n');
    }
    byte[] bytes = list.toString().getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(Sha256.digest().digest(bytes));
  }
}
