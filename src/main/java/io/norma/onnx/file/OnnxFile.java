package io.norma.onnx.file;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.norma.onnx.proto.ModelProto;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Bytes to protocol buffers. What is no model is refused with a guess at what it is. */
public final class OnnxFile {
  private OnnxFile() {}

  public static ModelProto parse(ByteBuffer bytes) {
    byte[] head = new byte[Math.min(bytes.remaining(), FileKind.HEAD_BYTES)];
    bytes.get(bytes.position(), head);
    // Only the stream of a byte string is known to be immutable, so that tensors may alias it.
    CodedInputStream coded = UnsafeByteOperations.unsafeWrap(bytes.slice()).newCodedInput();
    coded.enableAliasing(true);
    try {
      return parse(coded, head);
    } catch (IOException e) {
      throw malformed(head, e);
    }
  }

  public static ModelProto parse(InputStream bytes) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(bytes, 1 << 16);
    buffered.mark(FileKind.HEAD_BYTES);
    byte[] head = buffered.readNBytes(FileKind.HEAD_BYTES);
    buffered.reset();
    try {
      return parse(CodedInputStream.newInstance(buffered, 1 << 16), head);
    } catch (InvalidProtocolBufferException e) {
      if (e.getCause() instanceof IOException unreadable) {
        throw unreadable;
      }
      throw malformed(head, e);
    }
  }

  private static ModelProto parse(CodedInputStream coded, byte[] head) throws IOException {
    coded.setSizeLimit(Integer.MAX_VALUE);
    ModelProto model = ModelProto.parseFrom(coded);
    if (!model.hasGraph() || model.getIrVersion() < 1) {
      throw malformed(head, null);
    }
    return model;
  }

  private static MalformedOnnxException malformed(byte[] head, @Nullable IOException cause) {
    String looksLike = FileKind.describe(head);
    if (looksLike != null) {
      return new MalformedOnnxException("this is not an ONNX model: it looks like " + looksLike);
    }
    if (cause == null) {
      return new MalformedOnnxException(
          "this is not an ONNX model: it has no graph or no format version; export the model"
              + " again");
    }
    String message = String.valueOf(cause.getMessage());
    if (message.contains("ended unexpectedly")) {
      return new MalformedOnnxException(
          "the ONNX model is truncated: it ends in the middle of a field; transfer it again, in"
              + " binary mode, and compare its size with the original's",
          cause);
    }
    return new MalformedOnnxException(
        "this is not an ONNX model, or it is damaged: " + message, cause);
  }
}
