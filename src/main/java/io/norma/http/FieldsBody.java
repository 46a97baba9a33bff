package io.norma.http;

import io.norma.http.codec.AnswerWriter;
import io.norma.http.codec.Fields;
import io.norma.http.codec.FieldsReader;
import io.norma.http.codec.LargeArrays;
import io.norma.http.codec.TensorStream;
import io.norma.http.codec.WireResponse;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Bodies of the normalization endpoints: JSON, with tensors in it or in binary behind it. */
public final class FieldsBody {
  private FieldsBody() {}

  public static Fields read(HttpServletRequest request) throws IOException {
    int jsonLength = BinaryTensorHeader.read(request);
    if (jsonLength < 0) {
      RequestBody body = RequestBody.read(request);
      return FieldsReader.read(body.bytes(), body.length());
    }
    long declared = request.getContentLengthLong();
    if (declared >= 0 && jsonLength > declared) {
      throw tooLong(jsonLength, declared);
    }
    InputStream stream = RequestBody.stream(request);
    byte[] json = stream.readNBytes(jsonLength);
    if (json.length < jsonLength) {
      throw tooLong(jsonLength, json.length);
    }
    return FieldsReader.read(json, jsonLength, stream, declared < 0 ? -1 : declared - jsonLength);
  }

  /** Whether the request's parameter {@code binary_data_output} asks for tensors in binary. */
  public static boolean wantsBinary(Fields fields) {
    Fields parameters = fields.object("parameters");
    if (parameters == null) {
      return false;
    }
    boolean binary = parameters.truth("binary_data_output", false);
    parameters.requireNothingElse();
    return binary;
  }

  public static ServingException tooLong(long jsonLength, long bytes) {
    return new ServingException.Invalid(
        "%s is %d, but the body has %d bytes"
            .formatted(BinaryTensorHeader.NAME, jsonLength, bytes));
  }

  public static void write(
      AnswerWriter.Answer answer, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (answer.binary().isEmpty()) {
      WireResponse json = new WireResponse(answer.json(), answer.json().length, -1);
      ResponseBody.write(json, request, response);
      return;
    }
    response.setContentType("application/octet-stream");
    response.setIntHeader(BinaryTensorHeader.NAME, answer.json().length);
    // Bytes of numbers are hardly any smaller compressed.
    try (OutputStream stream = ResponseBody.open(answer.length(), false, request, response)) {
      stream.write(answer.json());
      TensorStream tensors = new TensorStream();
      for (Tensor tensor : answer.binary()) {
        tensors.write(tensor, stream);
      }
    }
    // Nothing outlives the request that made it; what failed before is left to the collector.
    answer.binary().forEach(LargeArrays.shared()::give);
  }
}
