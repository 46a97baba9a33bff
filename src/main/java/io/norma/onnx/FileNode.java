package io.norma.onnx;

import io.norma.onnx.proto.NodeProto;

/**
 * A node as the file has it.
 *
 * @param index its position in the file
 */
record FileNode(NodeProto proto, int index) {
  String operator() {
    return proto.getOpType();
  }

  /** What the file calls it, or its operator and position where the file gives no name. */
  String name() {
    return proto.getName().isEmpty() ? positionalName() : proto.getName();
  }

  /** A name for a node whose own cannot be used. */
  String positionalName() {
    return proto.getOpType() + "_" + index;
  }

  @Override
  public String toString() {
    return "'%s' (%s)".formatted(name(), operator());
  }
}
