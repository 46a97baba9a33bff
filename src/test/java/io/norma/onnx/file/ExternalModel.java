package io.norma.onnx.file;

import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.StringStringEntryProto;
import io.norma.onnx.proto.TensorProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * A model whose tensors lie in another file, as exporters write it.
 *
 * @param onnx the model
 * @param data the other file
 */
public record ExternalModel(byte[] onnx, byte[] data) {
  /** What most exporters call the other file. */
  public static final String LOCATION = "model.onnx.data";

  /** Moves the raw data of all initializers out of a model, each to a multiple of 64 bytes. */
  public static ExternalModel of(byte[] model) throws IOException {
    return of(model, LOCATION);
  }

  /** The same, with the data at a location. */
  public static ExternalModel of(byte[] model, String location) throws IOException {
    ModelProto proto = ModelProto.parseFrom(model);
    GraphProto.Builder graph = proto.getGraph().toBuilder().clearInitializer();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (TensorProto tensor : proto.getGraph().getInitializerList()) {
      if (!tensor.hasRawData()) {
        graph.addInitializer(tensor);
        continue;
      }
      data.write(new byte[Math.floorMod(-data.size(), 64)]);
      graph.addInitializer(
          tensor.toBuilder()
              .clearRawData()
              .setDataLocation(TensorProto.DataLocation.EXTERNAL)
              .addExternalData(entry("location", location))
              .addExternalData(entry("offset", Integer.toString(data.size())))
              .addExternalData(entry("length", Integer.toString(tensor.getRawData().size()))));
      tensor.getRawData().writeTo(data);
    }
    return new ExternalModel(
        proto.toBuilder().setGraph(graph).build().toByteArray(), data.toByteArray());
  }

  static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
