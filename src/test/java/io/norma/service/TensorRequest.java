package io.norma.service;

import io.norma.http.BinaryTensorHeader;
import io.norma.kernel.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a client asks of a model: its inputs by their names, all in JSON or all in binary, and the
 * outputs in the same form.
 */
record TensorRequest(List<String> names, List<Tensor> inputs) {
  private static final JsonMapper JSON = new JsonMapper();

  Exchange inBinary(ServiceClient client, String path) {
    ObjectNode request = JSON.createObjectNode();
    request.putObject("parameters").put("binary_data_output", true);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ArrayNode inputObjects = request.putArray("inputs");
    for (int i = 0; i < names.size(); i++) {
      byte[] elements = WireElements.bytes(inputs.get(i));
      describe(inputObjects, i).putObject("parameters").put("binary_data_size", elements.length);
      bytes.writeBytes(elements);
    }
    byte[] json = request.toString().getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(json);
    body.writeBytes(bytes.toByteArray());
    return client.post(
        path, body.toByteArray(), Map.of(BinaryTensorHeader.NAME, Integer.toString(json.length)));
  }

  Exchange inJson(ServiceClient client, String path) {
    ObjectNode request = JSON.createObjectNode();
    ArrayNode inputObjects = request.putArray("inputs");
    for (int i = 0; i < names.size(); i++) {
      describe(inputObjects, i).set("data", WireElements.json(inputs.get(i)));
    }
    return client.post(path, request.toString());
  }

  private ObjectNode describe(ArrayNode inputObjects, int index) {
    Tensor input = inputs.get(index);
    ObjectNode described = inputObjects.addObject();
    described.put("name", names.get(index)).put("datatype", input.dataType().name());
    ArrayNode shape = described.putArray("shape");
    for (int extent : input.shape().dimensions()) {
      shape.add(extent);
    }
    return described;
  }
}
