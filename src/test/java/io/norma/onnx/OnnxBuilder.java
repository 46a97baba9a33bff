package io.norma.onnx;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Tensor;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.AttributeProto.AttributeType;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.OperatorSetIdProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.onnx.proto.TensorShapeProto;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.util.List;

/** Builds small models for tests. */
public final class OnnxBuilder {
  public static final int FLOAT = TensorProto.DataType.FLOAT_VALUE;

  private final ModelProto.Builder model =
      ModelProto.newBuilder().setIrVersion(8).setProducerName("test");
  private final GraphProto.Builder graph = GraphProto.newBuilder();

  public static OnnxBuilder operatorSet(int version) {
    OnnxBuilder builder = new OnnxBuilder();
    builder.model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(version));
    return builder;
  }

  OnnxBuilder irVersion(int version) {
    model.setIrVersion(version);
    return this;
  }

  /** An FP32 input; −1 stands for a dynamic dimension, named N. */
  public OnnxBuilder input(String name, long... shape) {
    return input(declaration(name, FLOAT, shape));
  }

  public OnnxBuilder input(ValueInfoProto declaration) {
    graph.addInput(declaration);
    return this;
  }

  /** An FP32 output. */
  public OnnxBuilder output(String name, long... shape) {
    return output(declaration(name, FLOAT, shape));
  }

  public OnnxBuilder output(ValueInfoProto declaration) {
    graph.addOutput(declaration);
    return this;
  }

  public static ValueInfoProto declaration(String name, int type, long... shape) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
    for (long extent : shape) {
      TensorShapeProto.Dimension.Builder dimension = dimensions.addDimBuilder();
      if (extent < 0) {
        dimension.setDimParam("N");
      } else {
        dimension.setDimValue(extent);
      }
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(type).setShape(dimensions)))
        .build();
  }

  /** A one-dimensional FP32 initializer. */
  public OnnxBuilder floats(String name, float... values) {
    return initializer(floatTensor(name, values));
  }

  public static TensorProto floatTensor(String name, float... values) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(FLOAT).addDims(values.length);
    for (float value : values) {
      tensor.addFloatData(value);
    }
    return tensor.build();
  }

  /** A one-dimensional INT64 initializer. */
  OnnxBuilder longs(String name, long... values) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.INT64_VALUE)
            .addDims(values.length);
    for (long value : values) {
      tensor.addInt64Data(value);
    }
    return initializer(tensor.build());
  }

  /** A tensor's elements in the fields of their type. */
  public static TensorProto tensor(String name, Tensor elements) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(type(elements.dataType()));
    for (int extent : elements.shape().dimensions()) {
      tensor.addDims(extent);
    }
    for (int i = 0; i < elements.size(); i++) {
      switch (elements.dataType()) {
        case FP32 -> tensor.addFloatData((float) elements.getDouble(i));
        case FP64 -> tensor.addDoubleData(elements.getDouble(i));
        case INT64 -> tensor.addInt64Data(elements.getLong(i));
        case UINT32, UINT64 -> tensor.addUint64Data(elements.getLong(i));
        case INT32, INT16, INT8, UINT16, UINT8, BOOL ->
            tensor.addInt32Data((int) elements.getLong(i));
      }
    }
    return tensor.build();
  }

  /** ONNX's number of a data type. */
  static int type(DataType dataType) {
    return switch (dataType) {
      case FP32 -> FLOAT;
      case FP64 -> TensorProto.DataType.DOUBLE_VALUE;
      default -> TensorProto.DataType.valueOf(dataType.name()).getNumber();
    };
  }

  public OnnxBuilder initializer(TensorProto tensor) {
    graph.addInitializer(tensor);
    return this;
  }

  public OnnxBuilder node(
      String name,
      String operator,
      List<String> inputs,
      List<String> outputs,
      AttributeProto... attributes) {
    return node(
        NodeProto.newBuilder()
            .setName(name)
            .setOpType(operator)
            .addAllInput(inputs)
            .addAllOutput(outputs)
            .addAllAttribute(List.of(attributes))
            .build());
  }

  public OnnxBuilder node(NodeProto node) {
    graph.addNode(node);
    return this;
  }

  public static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder().setName(name).setType(AttributeType.INT).setI(value).build();
  }

  static AttributeProto real(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  public ModelProto.Builder model() {
    return model;
  }

  public byte[] bytes() {
    return model.setGraph(graph).build().toByteArray();
  }

  public ImportResult read() {
    return OnnxImporter.read(bytes(), "test");
  }
}
