package io.norma.benchmark;

import ai.djl.MalformedModelException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import io.norma.kernel.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;

/** PyTorch through DJL, on a traced network. */
final class PyTorchCompetitor implements Competitor {
  private final ZooModel<NDList, NDList> model;
  private final Predictor<NDList, NDList> predictor;
  private final NDArray input;

  PyTorchCompetitor(Path traced, Tensor input)
      throws IOException, ModelNotFoundException, MalformedModelException {
    model =
        Criteria.builder()
            .setTypes(NDList.class, NDList.class)
            .optModelPath(traced)
            .optEngine("PyTorch")
            .optTranslator(new NoopTranslator())
            .build()
            .loadModel();
    predictor = model.newPredictor();
    this.input =
        model
            .getNDManager()
            .create(input.floats(), new ai.djl.ndarray.types.Shape(input.shape().toLongs()));
  }

  @Override
  public String name() {
    return "pytorch";
  }

  @Override
  public float[] run() throws TranslateException {
    try (NDList result = predictor.predict(new NDList(input))) {
      return result.getFirst().toFloatArray();
    }
  }

  @Override
  public void close() {
    predictor.close();
    model.close();
  }
}
