package io.norma.onnx;

import java.util.ArrayList;
import java.util.List;

/** Collects what is not supported, so that a refusal names all of it at once. */
final class Unsupported {
  /** Of a file with more, nobody reads them all. */
  private static final int MOST = 1000;

  private final List<UnsupportedPart> parts = new ArrayList<>();
  private int more;
  private final long operatorSet;

  Unsupported(long operatorSet) {
    this.operatorSet = operatorSet;
  }

  void add(String name, String kind, String reason) {
    if (parts.size() < MOST) {
      parts.add(new UnsupportedPart(name, kind, operatorSet, reason));
    } else {
      more++;
    }
  }

  void add(FileNode node, String reason) {
    add(node.name(), node, reason);
  }

  /** Adds a node by another name than its own. */
  void add(String name, FileNode node, String reason) {
    String domain = node.proto().getDomain();
    String prefix = isDefaultDomain(domain) ? "" : domain + ".";
    add(name, prefix + node.operator(), reason);
  }

  static boolean isDefaultDomain(String domain) {
    return domain.isEmpty() || domain.equals("ai.onnx");
  }

  /**
   * @throws UnsupportedOnnxException if there was anything
   */
  void throwIfAny() {
    if (!parts.isEmpty()) {
      throw new UnsupportedOnnxException(parts, more);
    }
  }
}
