package io.norma.onnx.file;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.FunctionProto;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.StringStringEntryProto;
import io.norma.onnx.proto.TensorProto;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Brings in the tensors that a model keeps in other files (ONNX, "External Tensor Data": keys
 * {@code location}, {@code offset} and {@code length}). Their bytes are mapped, not copied, and are
 * there until this is closed.
 */
public final class ExternalTensors implements AutoCloseable {
  private final ExternalData data;
  private final Arena arena = Arena.ofConfined();
  private final Map<String, FileChannel> files = new LinkedHashMap<>();
  private final List<String> missing = new ArrayList<>();
  private String firstMissing = "";

  public ExternalTensors(ExternalData data) {
    this.data = data;
  }

  /**
   * The model with all of its tensors inside.
   *
   * @throws MissingDataException if a file is not there
   * @throws MalformedOnnxException if a tensor does not lie within its file, or its file not below
   *     the model's folder
   */
  public ModelProto resolve(ModelProto model) throws IOException {
    ModelProto.Builder resolved = model.toBuilder();
    resolved.setGraph(resolve(model.getGraph()));
    for (int i = 0; i < model.getFunctionsCount(); i++) {
      resolved.setFunctions(i, resolve(model.getFunctions(i)));
    }
    if (!missing.isEmpty()) {
      throw new MissingDataException(firstMissing, missing);
    }
    return resolved.build();
  }

  private FunctionProto resolve(FunctionProto function) throws IOException {
    FunctionProto.Builder resolved = function.toBuilder();
    for (int i = 0; i < function.getNodeCount(); i++) {
      resolved.setNode(i, resolve(function.getNode(i)));
    }
    return resolved.build();
  }

  private GraphProto resolve(GraphProto graph) throws IOException {
    GraphProto.Builder resolved = graph.toBuilder();
    for (int i = 0; i < graph.getInitializerCount(); i++) {
      if (isExternal(graph.getInitializer(i))) {
        resolved.setInitializer(i, read(graph.getInitializer(i)));
      }
    }
    for (int i = 0; i < graph.getNodeCount(); i++) {
      resolved.setNode(i, resolve(graph.getNode(i)));
    }
    return resolved.build();
  }

  private NodeProto resolve(NodeProto node) throws IOException {
    NodeProto.@Nullable Builder resolved = null;
    for (int i = 0; i < node.getAttributeCount(); i++) {
      AttributeProto attribute = node.getAttribute(i);
      if (holdsExternal(attribute)) {
        resolved = resolved == null ? node.toBuilder() : resolved;
        resolved.setAttribute(i, resolve(attribute));
      }
    }
    return resolved == null ? node : resolved.build();
  }

  /** Whether it is such a tensor, or a graph that may have some. */
  private static boolean holdsExternal(AttributeProto attribute) {
    return (attribute.hasT() && isExternal(attribute.getT()))
        || attribute.hasG()
        || attribute.getGraphsCount() > 0;
  }

  private AttributeProto resolve(AttributeProto attribute) throws IOException {
    if (attribute.hasT() && isExternal(attribute.getT())) {
      return attribute.toBuilder().setT(read(attribute.getT())).build();
    }
    AttributeProto.Builder resolved = attribute.toBuilder();
    if (attribute.hasG()) {
      resolved.setG(resolve(attribute.getG()));
    }
    for (int i = 0; i < attribute.getGraphsCount(); i++) {
      resolved.setGraphs(i, resolve(attribute.getGraphs(i)));
    }
    return resolved.build();
  }

  private static boolean isExternal(TensorProto tensor) {
    return tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
  }

  private TensorProto read(TensorProto tensor) throws IOException {
    Map<String, String> entries = new LinkedHashMap<>();
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      entries.put(entry.getKey(), entry.getValue());
    }
    String location = location(tensor, entries.getOrDefault("location", ""));
    FileChannel file = file(location);
    if (file == null) {
      if (missing.isEmpty()) {
        firstMissing = tensor.getName();
      }
      if (!missing.contains(location)) {
        missing.add(location);
      }
      return tensor;
    }
    return tensor.toBuilder()
        .setRawData(bytes(tensor, location, file, entries))
        .clearExternalData()
        .clearDataLocation()
        .build();
  }

  private ByteString bytes(
      TensorProto tensor, String location, FileChannel file, Map<String, String> entries)
      throws IOException {
    long offset = count(tensor, "offset", entries.getOrDefault("offset", "0"));
    long needed = neededBytes(tensor);
    String declared = entries.get("length");
    long length = declared == null ? needed : count(tensor, "length", declared);
    if (length != needed) {
      throw new MalformedOnnxException(
          "tensor '%s' of shape %s needs %d bytes, but the model says that it has %d in '%s'; export the model again"
              .formatted(tensor.getName(), tensor.getDimsList(), needed, length, location));
    }
    long size = file.size();
    if (offset > size || length > size - offset) {
      throw new MalformedOnnxException(
          "'%s' has %d bytes, but tensor '%s' is to be found in its bytes from %d on, %d of them: the file is cut off, or was not written with this model; send the one that was"
              .formatted(location, size, tensor.getName(), offset, length));
    }
    return UnsafeByteOperations.unsafeWrap(
        file.map(FileChannel.MapMode.READ_ONLY, offset, length, arena).asByteBuffer());
  }

  /** Bytes of a tensor's elements. */
  private static long neededBytes(TensorProto tensor) {
    try {
      long elements = 1;
      for (long extent : tensor.getDimsList()) {
        elements = Math.multiplyExact(elements, extent);
      }
      long bits = Math.multiplyExact(elements, (long) bits(tensor));
      if (bits >= 0 && Math.ceilDiv(bits, 8) <= Integer.MAX_VALUE) {
        return Math.ceilDiv(bits, 8);
      }
    } catch (ArithmeticException _) {
      // Told below, with what is negative or too large.
    }
    throw new MalformedOnnxException(
        "tensor '%s' has the impossible shape %s"
            .formatted(tensor.getName(), tensor.getDimsList()));
  }

  /** Of one element. Those of types that no tensor here can have are read, too: to be named. */
  private static int bits(TensorProto tensor) {
    return switch (TensorProto.DataType.forNumber(tensor.getDataType())) {
      case UINT2, INT2 -> 2;
      case UINT4, INT4, FLOAT4E2M1 -> 4;
      case BOOL, UINT8, INT8 -> 8;
      case FLOAT8E4M3FN, FLOAT8E4M3FNUZ, FLOAT8E5M2, FLOAT8E5M2FNUZ, FLOAT8E8M0 -> 8;
      case UINT16, INT16, FLOAT16, BFLOAT16 -> 16;
      case FLOAT, UINT32, INT32 -> 32;
      case DOUBLE, UINT64, INT64, COMPLEX64 -> 64;
      case COMPLEX128 -> 128;
      case STRING, UNDEFINED ->
          throw new MalformedOnnxException(
              "tensor '%s' lies in another file, which one of this type cannot"
                  .formatted(tensor.getName()));
      case null ->
          throw new MalformedOnnxException(
              "tensor '%s' has the unknown ONNX data type %d"
                  .formatted(tensor.getName(), tensor.getDataType()));
    };
  }

  private static long count(TensorProto tensor, String key, String value) {
    try {
      long count = Long.parseLong(value.strip());
      if (count >= 0) {
        return count;
      }
    } catch (NumberFormatException _) {
      // Told below, with what is not negative.
    }
    throw new MalformedOnnxException(
        "tensor '%s' lies in another file, and its %s must be a whole number of bytes, but is '%s'"
            .formatted(tensor.getName(), key, value));
  }

  /** A path below the model's folder: no file can name another than the model's owner put there. */
  private static String location(TensorProto tensor, String written) {
    String location = written.replace('\\', '/');
    while (location.startsWith("./")) {
      location = location.substring(2);
    }
    boolean leaves =
        location.isEmpty()
            || location.startsWith("/")
            || location.contains(":")
            || location.chars().anyMatch(Character::isISOControl);
    for (String part : location.split("/", -1)) {
      leaves |= part.isEmpty() || part.equals("..") || part.equals(".");
    }
    if (leaves) {
      throw new MalformedOnnxException(
          "tensor '%s' lies in another file, whose location must be a path below the model's folder, but is '%s'"
              .formatted(tensor.getName(), written));
    }
    return location;
  }

  private @Nullable FileChannel file(String location) throws IOException {
    FileChannel known = files.get(location);
    if (known == null && !missing.contains(location)) {
      known = data.open(location);
      if (known != null) {
        files.put(location, known);
      }
    }
    return known;
  }

  /** The locations of the files that were opened. */
  public List<String> locations() {
    return List.copyOf(files.keySet());
  }

  @Override
  public void close() throws IOException {
    arena.close();
    for (FileChannel file : files.values()) {
      file.close();
    }
  }
}
