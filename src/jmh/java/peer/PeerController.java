package peer;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** Infers with ONNX Runtime, in the V2 protocol's JSON and in its binary form. */
@RestController
class PeerController {
  record Input(String name, String datatype, long[] shape, float[] data) {}

  record Request(List<Input> inputs) {}

  record Output(String name, String datatype, long[] shape, float[] data) {}

  record Response(String modelName, List<Output> outputs) {}

  record BinaryInput(String name, long[] shape) {}

  record BinaryRequest(List<BinaryInput> inputs) {}

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final JsonMapper json;

  PeerController(
      @Value("${peer.model}") String file, @Value("${peer.threads}") int threads, JsonMapper json)
      throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(threads);
    // Threads that spin between runs would take the cores from those who answer.
    options.addConfigEntry("session.intra_op.allow_spinning", "0");
    this.session = environment.createSession(file, options);
    this.json = json;
  }

  @GetMapping("/v2/health/ready")
  void ready() {}

  @PostMapping(path = "/v2/models/{model}/infer", consumes = MediaType.APPLICATION_JSON_VALUE)
  Response infer(@PathVariable String model, @RequestBody Request request) throws OrtException {
    Input input = request.inputs().getFirst();
    Output output = run(input.name(), input.shape(), FloatBuffer.wrap(input.data()));
    return new Response(model, List.of(output));
  }

  @PostMapping(
      path = "/v2/models/{model}/infer",
      consumes = MediaType.APPLICATION_OCTET_STREAM_VALUE)
  ResponseEntity<byte[]> inferBinary(
      @PathVariable String model,
      @RequestHeader("Inference-Header-Content-Length") int headerLength,
      @RequestBody byte[] body)
      throws OrtException {
    BinaryInput input =
        json.readValue(body, 0, headerLength, BinaryRequest.class).inputs().getFirst();
    FloatBuffer data =
        ByteBuffer.wrap(body, headerLength, body.length - headerLength)
            .slice()
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    Output output = run(input.name(), input.shape(), data);
    int bytes = 4 * output.data().length;
    byte[] header =
        json.writeValueAsBytes(
            Map.of(
                "model_name",
                model,
                "outputs",
                List.of(
                    Map.of(
                        "name",
                        output.name(),
                        "datatype",
                        "FP32",
                        "shape",
                        output.shape(),
                        "parameters",
                        Map.of("binary_data_size", bytes)))));
    ByteBuffer answer = ByteBuffer.allocate(header.length + bytes).order(ByteOrder.LITTLE_ENDIAN);
    answer.put(header).asFloatBuffer().put(output.data());
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_OCTET_STREAM)
        .header("Inference-Header-Content-Length", Integer.toString(header.length))
        .body(answer.array());
  }

  private Output run(String name, long[] shape, FloatBuffer data) throws OrtException {
    try (OnnxTensor tensor = OnnxTensor.createTensor(environment, data, shape);
        OrtSession.Result result = session.run(Map.of(name, tensor))) {
      OnnxTensor output = (OnnxTensor) result.get(0);
      FloatBuffer values = output.getFloatBuffer();
      float[] copy = new float[values.remaining()];
      values.get(copy);
      return new Output(
          session.getOutputNames().iterator().next(), "FP32", output.getInfo().getShape(), copy);
    }
  }
}
