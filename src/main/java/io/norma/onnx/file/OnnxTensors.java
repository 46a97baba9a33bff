package io.norma.onnx.file;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Turns serialized ONNX tensors into tensors. */
public final class OnnxTensors {
  private OnnxTensors() {}

  /**
   * Reads a tensor, whichever of the format's fields its elements are in.
   *
   * @throws IllegalArgumentException if its type is not supported or its elements are not all there
   */
  public static Tensor toTensor(TensorProto proto) {
    String unsupported = unsupportedReason(proto);
    if (unsupported != null) {
      throw new IllegalArgumentException("tensor '" + proto.getName() + "': " + unsupported);
    }
    DataType dataType = dataType(proto.getDataType());
    Shape shape = Shape.of(proto.getDimsList());
    if (proto.hasRawData()) {
      return readRaw(proto, dataType, shape);
    }
    int count =
        switch (dataType) {
          case FP32 -> proto.getFloatDataCount();
          case FP64 -> proto.getDoubleDataCount();
          case INT64 -> proto.getInt64DataCount();
          case UINT32, UINT64 -> proto.getUint64DataCount();
          case INT32, INT16, INT8, UINT16, UINT8, BOOL -> proto.getInt32DataCount();
        };
    requireElements(proto, shape, count);
    Tensor tensor = Tensor.zeros(dataType, shape);
    for (int i = 0; i < count; i++) {
      switch (dataType) {
        case FP32 -> tensor.setDouble(i, proto.getFloatData(i));
        case FP64 -> tensor.setDouble(i, proto.getDoubleData(i));
        case INT64 -> tensor.setLong(i, proto.getInt64Data(i));
        case UINT32, UINT64 -> tensor.setLong(i, proto.getUint64Data(i));
        case INT32, INT16, INT8, UINT16, UINT8, BOOL -> tensor.setLong(i, proto.getInt32Data(i));
      }
    }
    return tensor;
  }

  /** Counts before it allocates: a damaged file may declare any shape. */
  private static Tensor readRaw(TensorProto proto, DataType dataType, Shape shape) {
    int bytes = proto.getRawData().size();
    int width = dataType.bytes();
    if (bytes % width != 0) {
      throw new IllegalArgumentException(
          "tensor '%s' has %d bytes, no multiple of the %d of %s"
              .formatted(proto.getName(), bytes, width, dataType));
    }
    requireElements(proto, shape, bytes / width);
    Tensor tensor = Tensor.zeros(dataType, shape);
    ByteBuffer raw = proto.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    switch (tensor.array()) {
      case float[] array -> raw.asFloatBuffer().get(array);
      case double[] array -> raw.asDoubleBuffer().get(array);
      case long[] array -> raw.asLongBuffer().get(array);
      case int[] array -> raw.asIntBuffer().get(array);
      case short[] array -> raw.asShortBuffer().get(array);
      default -> raw.get(tensor.bytes());
    }
    return tensor;
  }

  private static void requireElements(TensorProto proto, Shape shape, int count) {
    if (count != shape.size()) {
      throw new IllegalArgumentException(
          "tensor '%s' of shape %s needs %d elements, but has %d"
              .formatted(proto.getName(), shape, shape.size(), count));
    }
  }

  /** Why a sound tensor cannot be read here, or {@code null} if it can. */
  public static @Nullable String unsupportedReason(TensorProto proto) {
    if (proto.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      return "its data is in another file, where the format allows none";
    }
    return find(proto.getDataType()) == null ? unsupportedType(proto.getDataType()) : null;
  }

  /**
   * The data type by its ONNX number.
   *
   * @throws IllegalArgumentException if tensors here cannot have it
   */
  public static DataType dataType(int onnxType) {
    DataType dataType = find(onnxType);
    if (dataType == null) {
      throw new IllegalArgumentException(unsupportedType(onnxType));
    }
    return dataType;
  }

  private static String unsupportedType(int onnxType) {
    TensorProto.DataType known = TensorProto.DataType.forNumber(onnxType);
    return known == null
        ? "unknown ONNX data type " + onnxType
        : "ONNX data type " + known + " is not supported; convert the model to FLOAT";
  }

  /** The data type by its ONNX number, or {@code null} if tensors here cannot have it. */
  static @Nullable DataType find(int onnxType) {
    return switch (TensorProto.DataType.forNumber(onnxType)) {
      case FLOAT -> DataType.FP32;
      case DOUBLE -> DataType.FP64;
      case BOOL -> DataType.BOOL;
      case INT8 -> DataType.INT8;
      case INT16 -> DataType.INT16;
      case INT32 -> DataType.INT32;
      case INT64 -> DataType.INT64;
      case UINT8 -> DataType.UINT8;
      case UINT16 -> DataType.UINT16;
      case UINT32 -> DataType.UINT32;
      case UINT64 -> DataType.UINT64;
      case null, default -> null;
    };
  }
}
