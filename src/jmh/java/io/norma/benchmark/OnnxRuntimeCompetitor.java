package io.norma.benchmark;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.norma.kernel.tensor.Tensor;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/** ONNX Runtime, all its optimizations on. */
final class OnnxRuntimeCompetitor implements Competitor {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final Tensor input;

  OnnxRuntimeCompetitor(Path model, Tensor input, int threads) throws OrtException {
    this.input = input;
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
      session = environment.createSession(model.toString(), options);
    }
  }

  @Override
  public String name() {
    return "onnxruntime";
  }

  @Override
  public float[] run() throws OrtException {
    String name = session.getInputNames().iterator().next();
    try (OnnxTensor x =
            OnnxTensor.createTensor(
                environment, FloatBuffer.wrap(input.floats()), input.shape().toLongs());
        OrtSession.Result result = session.run(Map.of(name, x))) {
      FloatBuffer y = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] values = new float[y.remaining()];
      y.get(values);
      return values;
    }
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
