package io.norma.onnx.file;

import java.util.ArrayList;
import java.util.List;

/** Collects what is not supported, so that a refusal names all of it at once. */
public final class Unsupported {
  /** Of a file with more, nobody reads them all. */
  private static final int MOST = 1000;

  private final List<UnsupportedPart> parts = new ArrayList<>();
  private int more;
  private final long operatorSet;

  public Unsupported(long operatorSet) {
    this.operatorSet = operatorSet;
  }

  public void add(String name, String kind, String reason) {
    if (parts.size() < MOST) {
      parts.add(new UnsupportedPart(name, kind, operatorSet, reason));
    } else {
      more++;
    }
  }

  public void add(FileNode node, String reason) {
    add(node.name(), node, reason);
  }

  /** Adds a node by another name than its own. */
  public void add(String name, FileNode node, String reason) {
    String domain = node.proto().getDomain();
    String prefix = isDefaultDomain(domain) ? "" : domain + ".";
    add(name, prefix + node.operator(), reason);
  }

  public static boolean isDefaultDomain(String domain) {
    return domain.isEmpty() || domain.equals("ai.onnx");
  }

  /**
   * Ends the import if anything is in its way.
   *
   * @throws UnsupportedOnnxException with all of it
   */
  public void throwIfAny() {
    if (!parts.isEmpty()) {
      throw new UnsupportedOnnxException(parts, more);
    }
  }
}
