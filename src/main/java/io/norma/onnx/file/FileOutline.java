package io.norma.onnx.file;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.norma.kernel.tensor.WorkLimitException;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * What a file will become when it is parsed, found without parsing it: two bytes can stand for an
 * object of a hundred, so that its length tells too little.
 */
public final class FileOutline {
  private static final Descriptor NODE = NodeProto.getDescriptor();

  /** Of a node, and of what becomes of it until the import ends. */
  private static final long NODE_BYTES = 1 << 10;

  /** Of any other message, or of a field that is not known and is kept all the same. */
  private static final long MESSAGE_BYTES = 160;

  private static final long TEXT_BYTES = 64;

  /** Of a number in a list that grows. */
  private static final long NUMBER_BYTES = 12;

  /** Deeper ones are not parsed either. */
  private static final int DEEPEST = 100;

  private final CodedInputStream file;
  private final NodeLimit limit;
  private long nodes;
  private long heapBytes;

  private FileOutline(CodedInputStream file, NodeLimit limit) {
    this.file = file;
    this.limit = limit;
  }

  /**
   * Reads the outline of a file, damaged or not: up to where it cannot be read, nor parsed.
   *
   * @throws WorkLimitException if it has too many nodes
   * @throws IOException if the stream cannot be read
   */
  public static FileOutline of(InputStream bytes, NodeLimit limit) throws IOException {
    CodedInputStream file = CodedInputStream.newInstance(bytes, 1 << 16);
    file.setSizeLimit(Integer.MAX_VALUE);
    FileOutline outline = new FileOutline(file, limit);
    try {
      outline.message(ModelProto.getDescriptor(), 0);
    } catch (InvalidProtocolBufferException e) {
      if (e.getCause() instanceof IOException unreadable) {
        throw unreadable;
      }
    }
    return outline;
  }

  /** Nodes of the graph, of its subgraphs, and in functions. */
  public long nodes() {
    return nodes;
  }

  /** About what it takes of the heap, besides the bytes of the file. */
  public long heapBytes() {
    return heapBytes;
  }

  private void message(Descriptor type, int depth) throws IOException {
    heapBytes += MESSAGE_BYTES;
    if (type.equals(NODE)) {
      heapBytes += NODE_BYTES;
      nodes++;
      limit.require(nodes);
    }
    for (int tag = file.readTag(); tag != 0; tag = file.readTag()) {
      FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        delimited(field, depth);
      } else {
        heapBytes += field == null ? MESSAGE_BYTES : NUMBER_BYTES;
        if (!file.skipField(tag)) {
          return;
        }
      }
    }
  }

  private void delimited(@Nullable FieldDescriptor field, int depth) throws IOException {
    int length = file.readUInt32();
    if (field != null && field.getJavaType() == JavaType.MESSAGE && depth < DEEPEST) {
      int outer = file.pushLimit(length);
      message(field.getMessageType(), depth + 1);
      file.popLimit(outer);
      return;
    }
    heapBytes += bytes(field, length);
    file.skipRawBytes(length);
  }

  /** What so many bytes take besides themselves. */
  private static long bytes(@Nullable FieldDescriptor field, long length) {
    if (field == null) {
      return MESSAGE_BYTES + length;
    }
    return switch (field.getJavaType()) {
      case STRING -> TEXT_BYTES + length;
      case BYTE_STRING, MESSAGE -> TEXT_BYTES;
      // Numbers of fixed length take what they have in the file, others have one byte or more.
      case FLOAT, DOUBLE -> length;
      default -> NUMBER_BYTES * length;
    };
  }
}
