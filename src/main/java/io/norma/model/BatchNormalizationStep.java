package io.norma.model;

import io.norma.kernel.compute.AffineLoops;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.List;

/**
 * A batch normalization that stands by itself, on x of shape (N, C, …).
 *
 * @param index position of its layer in {@link Network#batchNormalizations()}
 */
record BatchNormalizationStep(Node node, BatchNormalizationLayer layer, int index) implements Step {
  @Override
  public String name() {
    return node.name();
  }

  @Override
  public List<String> inputs() {
    return node.inputs();
  }

  @Override
  public List<String> outputs() {
    return node.outputs();
  }

  @Override
  public List<Tensor> execute(Inputs inputs, Run run) {
    Tensor x = inputs.get(0);
    Shape shape = x.shape();
    if (shape.rank() < 2 || shape.dimension(1) != layer.channels()) {
      throw new IllegalArgumentException(
          "expected an input of shape (N, %d, …), got %s".formatted(layer.channels(), shape));
    }
    run.observer().beforeBatchNormalization(index, x);
    Tensor y = run.memory().allocate(DataType.FP32, shape);
    switch (run.normalization()) {
      case Normalization.Frozen frozen -> normalize(x, y, frozen.rows());
      case Normalization.Batch batch ->
          throw new UnsupportedOperationException("batch statistics: " + batch);
    }
    return List.of(y);
  }

  private void normalize(Tensor x, Tensor y, RowStatistics rows) {
    int rowCount = x.shape().dimension(0);
    int channels = layer.channels();
    int positions = x.shape().size(2, x.shape().rank());
    AffineLoops loops = AffineLoops.get();
    for (int n = 0; n < rowCount; n++) {
      ScaleAndShift vectors = rows.of(n, rowCount).layer(index);
      int row = n * channels * positions;
      if (positions == 1) {
        loops.channels(
            x.floats(),
            x.offset() + row,
            y.floats(),
            y.offset() + row,
            vectors.scale(),
            vectors.shift());
        continue;
      }
      for (int c = 0; c < channels; c++) {
        int channel = row + c * positions;
        loops.channel(
            x.floats(),
            x.offset() + channel,
            y.floats(),
            y.offset() + channel,
            positions,
            vectors.scale()[c],
            vectors.shift()[c]);
      }
    }
  }
}
