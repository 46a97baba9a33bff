package io.norma.benchmark;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;

/**
 * PyTorch's {@code torch.batch_norm} and its gradient through DJL, each timed alone: calls reach
 * the operator directly, so that nothing of DJL's blocks and lists is part of a time. Channels last
 * are PyTorch's memory format of that name: (N, C, H, W) by its shape, (N, H, W, C) in memory.
 */
final class PyTorchBatchNormalization implements AutoCloseable {
  private static final double MOMENTUM = 0.1;

  private final int channelAxis;
  private final double epsilon;
  private final NDManager manager;
  private final Tensor input;
  private final PtNDArray x;
  private final PtNDArray dy;
  private final PtNDArray gamma;
  private final PtNDArray beta;
  private final PtNDArray mean;
  private final PtNDArray variance;
  private final PtNDArray runningMean;
  private final PtNDArray runningVariance;
  private PtNDArray result;

  PyTorchBatchNormalization(
      Tensor x,
      Tensor dy,
      Tensor gamma,
      Tensor beta,
      Tensor mean,
      Tensor variance,
      int channelAxis,
      double epsilon) {
    this.channelAxis = channelAxis;
    this.epsilon = epsilon;
    manager = Engine.getEngine("PyTorch").newBaseManager();
    input = x;
    this.x = batch(x);
    this.dy = batch(dy);
    this.gamma = array(gamma);
    this.beta = array(beta);
    this.mean = array(mean);
    this.variance = array(variance);
    runningMean = array(mean);
    runningVariance = array(variance);
    result = array(mean);
  }

  private PtNDArray batch(Tensor tensor) {
    if (channelAxis == 1) {
      return array(tensor);
    }
    // A copy keeps the order in memory; the view would not outlive the array, nor keep its values.
    try (PtNDArray channelsLast = array(tensor);
        NDArray view = channelsLast.transpose(0, 3, 1, 2)) {
      return (PtNDArray) view.duplicate();
    }
  }

  private PtNDArray array(Tensor tensor) {
    Shape shape = tensor.shape();
    float[] floats = new float[tensor.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) tensor.getDouble(i);
    }
    return (PtNDArray) manager.create(floats, new ai.djl.ndarray.types.Shape(shape.toLongs()));
  }

  /** Nanoseconds of training mode, running statistics included. */
  long forward() {
    return timed(x, runningMean, runningVariance, true);
  }

  /** Nanoseconds of inference mode. */
  long frozen() {
    return timed(x, mean, variance, false);
  }

  /** Nanoseconds from the gradient of y to those of x, γ and β; the forward pass is not timed. */
  long backward() {
    try (GradientCollector _ = Engine.getEngine("PyTorch").newGradientCollector();
        // New leaves each time: gradients are added to those that a leaf has already.
        PtNDArray leaf = batch(input);
        PtNDArray leafGamma = (PtNDArray) gamma.duplicate();
        PtNDArray leafBeta = (PtNDArray) beta.duplicate()) {
      leaf.setRequiresGradient(true);
      leafGamma.setRequiresGradient(true);
      leafBeta.setRequiresGradient(true);
      try (PtNDArray y =
          JniUtils.batchNorm(
              leaf, runningMean, runningVariance, leafGamma, leafBeta, true, MOMENTUM, epsilon)) {
        long start = System.nanoTime();
        JniUtils.backward(y, dy, false, false);
        long time = System.nanoTime() - start;
        replaceResult(leaf.getGradient());
        return time;
      }
    }
  }

  /** What was computed last: y, or the gradient of x, in the order of the input's memory. */
  float[] result() {
    if (channelAxis == 1) {
      return result.toFloatArray();
    }
    try (NDArray channelsLast = result.transpose(0, 2, 3, 1)) {
      return channelsLast.toFloatArray();
    }
  }

  // DJL names the parameters of this call in another order than it hands them on in.
  @SuppressWarnings("ArgumentSelectionDefectChecker")
  private long timed(PtNDArray x, PtNDArray mean, PtNDArray variance, boolean training) {
    long start = System.nanoTime();
    PtNDArray y = JniUtils.batchNorm(x, mean, variance, gamma, beta, training, MOMENTUM, epsilon);
    long time = System.nanoTime() - start;
    replaceResult(y);
    return time;
  }

  private void replaceResult(NDArray next) {
    result.close();
    result = (PtNDArray) next;
  }

  @Override
  public void close() {
    manager.close();
  }
}
