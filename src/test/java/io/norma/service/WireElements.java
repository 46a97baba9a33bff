package io.norma.service;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** A tensor's elements as a client of the V2 protocol writes and reads them. */
final class WireElements {
  private static final JsonMapper JSON = new JsonMapper();

  private WireElements() {}

  /** Little-endian, in row-major order, one byte for a BOOL. */
  static byte[] bytes(Tensor tensor) {
    ByteBuffer bytes =
        ByteBuffer.allocate(tensor.size() * tensor.dataType().bytes())
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < tensor.size(); i++) {
      switch (tensor.dataType()) {
        case FP32 -> bytes.putFloat((float) tensor.getDouble(i));
        case FP64 -> bytes.putDouble(tensor.getDouble(i));
        case INT64, UINT64 -> bytes.putLong(tensor.getLong(i));
        case INT32, UINT32 -> bytes.putInt((int) tensor.getLong(i));
        case INT16, UINT16 -> bytes.putShort((short) tensor.getLong(i));
        case INT8, UINT8, BOOL -> bytes.put((byte) tensor.getLong(i));
      }
    }
    return bytes.array();
  }

  /** Numbers, truth values, and words for what JSON has no numbers for. */
  static ArrayNode json(Tensor tensor) {
    ArrayNode data = JSON.createArrayNode();
    for (int i = 0; i < tensor.size(); i++) {
      switch (tensor.dataType()) {
        case FP32, FP64 -> addReal(data, tensor, i);
        case BOOL -> data.add(tensor.getLong(i) != 0);
        case UINT64 -> data.add(new BigInteger(Long.toUnsignedString(tensor.getLong(i))));
        default -> data.add(tensor.getLong(i));
      }
    }
    return data;
  }

  private static void addReal(ArrayNode data, Tensor tensor, int index) {
    double value = tensor.getDouble(index);
    if (!Double.isFinite(value)) {
      data.add(Double.toString(value));
    } else if (tensor.dataType() == DataType.FP32) {
      data.add((float) value);
    } else {
      data.add(value);
    }
  }

  static Tensor read(DataType dataType, Shape shape, ByteBuffer bytes) {
    Tensor tensor = Tensor.zeros(dataType, shape);
    for (int i = 0; i < tensor.size(); i++) {
      switch (dataType) {
        case FP32 -> tensor.setDouble(i, bytes.getFloat());
        case FP64 -> tensor.setDouble(i, bytes.getDouble());
        case INT64, UINT64 -> tensor.setLong(i, bytes.getLong());
        case INT32, UINT32 -> tensor.setLong(i, bytes.getInt());
        case INT16, UINT16 -> tensor.setLong(i, bytes.getShort());
        case INT8, UINT8, BOOL -> tensor.setLong(i, bytes.get());
      }
    }
    return tensor;
  }

  static Tensor read(DataType dataType, Shape shape, JsonNode data) {
    Tensor tensor = Tensor.zeros(dataType, shape);
    for (int i = 0; i < tensor.size(); i++) {
      JsonNode element = data.get(i);
      switch (dataType) {
        case FP32 -> tensor.setDouble(i, Float.parseFloat(element.asString()));
        case FP64 -> tensor.setDouble(i, Double.parseDouble(element.asString()));
        case BOOL -> tensor.setLong(i, element.booleanValue() ? 1 : 0);
        default -> tensor.setLong(i, element.bigIntegerValue().longValue());
      }
    }
    return tensor;
  }
}
