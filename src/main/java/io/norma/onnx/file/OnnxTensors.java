package io.norma.onnx.file;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
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
    ElementType elementType = elementType(proto.getDataType());
    DataType dataType = elementType.dataType();
    Shape shape = Shape.of(proto.getDimsList());
    if (elementType.isNarrow()) {
      return widen(proto, elementType, shape);
    }
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

  /** Numbers of 16 bits, in bytes or each in an integer of 32, become FP32. */
  private static Tensor widen(TensorProto proto, ElementType type, Shape shape) {
    if (proto.hasRawData()) {
      requireWholeElements(proto, type.bytes(), type.name());
      requireElements(proto, shape, proto.getRawData().size() / type.bytes());
    } else {
      requireElements(proto, shape, proto.getInt32DataCount());
    }
    float[] wide = new float[shape.size()];
    ShortBuffer raw =
        proto.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
    for (int i = 0; i < wide.length; i++) {
      wide[i] = type.widen(proto.hasRawData() ? raw.get(i) : (short) proto.getInt32Data(i));
    }
    return Tensor.of(shape, wide);
  }

  /** Bytes that a tensor takes besides those that it has in the file. */
  public static long widenedBytes(TensorProto proto) {
    ElementType type = find(proto.getDataType());
    if (type == null || !type.isNarrow()) {
      return 0;
    }
    long elements =
        proto.hasRawData() ? proto.getRawData().size() / type.bytes() : proto.getInt32DataCount();
    return elements * (type.dataType().bytes() - type.bytes());
  }

  /** Counts before it allocates: a damaged file may declare any shape. */
  private static Tensor readRaw(TensorProto proto, DataType dataType, Shape shape) {
    int bytes = proto.getRawData().size();
    int width = dataType.bytes();
    requireWholeElements(proto, width, dataType.name());
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

  private static void requireWholeElements(TensorProto proto, int width, String type) {
    int bytes = proto.getRawData().size();
    if (bytes % width != 0) {
      throw new IllegalArgumentException(
          "tensor '%s' has %d bytes, no multiple of the %d of %s"
              .formatted(proto.getName(), bytes, width, type));
    }
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
      return "its data is in another file; save the model with its data inside";
    }
    return find(proto.getDataType()) == null ? unsupportedType(proto.getDataType()) : null;
  }

  /**
   * What tensors of a type are computed as, by its ONNX number.
   *
   * @throws IllegalArgumentException if tensors here cannot have it
   */
  public static DataType dataType(int onnxType) {
    return elementType(onnxType).dataType();
  }

  /**
   * The element type by its ONNX number.
   *
   * @throws IllegalArgumentException if tensors here cannot have it
   */
  public static ElementType elementType(int onnxType) {
    ElementType type = find(onnxType);
    if (type == null) {
      throw new IllegalArgumentException(unsupportedType(onnxType));
    }
    return type;
  }

  /** A data type's ONNX number. */
  public static int onnxType(DataType dataType) {
    return switch (dataType) {
      case FP32 -> TensorProto.DataType.FLOAT_VALUE;
      case FP64 -> TensorProto.DataType.DOUBLE_VALUE;
      default -> TensorProto.DataType.valueOf(dataType.name()).getNumber();
    };
  }

  private static String unsupportedType(int onnxType) {
    TensorProto.DataType known = TensorProto.DataType.forNumber(onnxType);
    return known == null
        ? "unknown ONNX data type " + onnxType
        : "ONNX data type " + known + " is not supported; convert the model to FLOAT";
  }

  /** The element type by its ONNX number, or {@code null} if tensors here cannot have it. */
  static @Nullable ElementType find(int onnxType) {
    return switch (TensorProto.DataType.forNumber(onnxType)) {
      case FLOAT16 -> ElementType.FP16;
      case BFLOAT16 -> ElementType.BF16;
      case FLOAT -> ElementType.FP32;
      case DOUBLE -> ElementType.FP64;
      case BOOL -> ElementType.BOOL;
      case INT8 -> ElementType.INT8;
      case INT16 -> ElementType.INT16;
      case INT32 -> ElementType.INT32;
      case INT64 -> ElementType.INT64;
      case UINT8 -> ElementType.UINT8;
      case UINT16 -> ElementType.UINT16;
      case UINT32 -> ElementType.UINT32;
      case UINT64 -> ElementType.UINT64;
      case null, default -> null;
    };
  }
}
