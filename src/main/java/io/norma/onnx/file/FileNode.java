package io.norma.onnx.file;

import io.norma.onnx.proto.NodeProto;

/**
 * A node as the file has it.
 *
 * @param index its position in the file
 */
public record FileNode(NodeProto proto, int index) {
  public String operator() {
    return proto.getOpType();
  }

  /** What the file calls it, or its operator and position where the file gives no name. */
  public String name() {
    return proto.getName().isEmpty() ? positionalName() : proto.getName();
  }

  /** A name for a node whose own cannot be used. */
  public String positionalName() {
    return proto.getOpType() + "_" + index;
  }

  @Override
  public String toString() {
    return "'%s' (%s)".formatted(name(), operator());
  }
}
