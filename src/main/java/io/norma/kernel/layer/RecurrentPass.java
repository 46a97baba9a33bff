package io.norma.kernel.layer;

import io.norma.kernel.compute.matrix.MatrixProduct;
import io.norma.kernel.layer.support.Recurrence;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.WorkLimit;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One pass of a recurrent layer over its sequences. States and gates are matrices with a column per
 * sequence, (H, N) and (gates·H, N), so that a step is a product of the weights as they are stored
 * with them.
 */
final class RecurrentPass {
  /** One step of a layer. */
  @FunctionalInterface
  interface Cell {
    /** Reads {@link #gates}, {@link #hidden} and {@link #cell}, writes the next of both states. */
    void step(int direction);
  }

  private final Recurrence recurrence;
  private final int gateCount;
  private final Memory memory;
  private final Tensor x;
  private final Tensor w;
  private final Tensor r;
  private final @Nullable Tensor b;
  private final @Nullable Tensor lengths;
  private final Tensor panel;
  private final float[] column;
  private final int steps;

  final int batch;
  final int inputSize;
  final int hiddenSize;
  final float[] hidden;
  final float[] cell;
  final float[] nextHidden;
  final float[] nextCell;
  final float[] gates;

  /** Takes inputs x, w, r, b, sequence lengths in ONNX's order and checks them. */
  RecurrentPass(Recurrence recurrence, int gateCount, Inputs inputs, Memory memory) {
    this.recurrence = recurrence;
    this.gateCount = gateCount;
    this.memory = memory;
    x = inputs.get(0);
    w = inputs.get(1);
    r = inputs.get(2);
    b = inputs.optional(3);
    lengths = inputs.optional(4);
    if (x.shape().rank() != 3 || r.shape().rank() != 3) {
      throw new IllegalArgumentException(
          "expected x and recurrent weights of rank 3, got " + x.shape() + " and " + r.shape());
    }
    steps = x.shape().dimension(recurrence.batchFirst() ? 1 : 0);
    batch = x.shape().dimension(recurrence.batchFirst() ? 0 : 1);
    inputSize = x.shape().dimension(2);
    hiddenSize = r.shape().dimension(2);
    int directions = recurrence.directions();
    if (recurrence.hiddenSize() != 0 && recurrence.hiddenSize() != hiddenSize) {
      throw new IllegalArgumentException(
          "hidden_size is %d, but the recurrent weights have shape %s"
              .formatted(recurrence.hiddenSize(), r.shape()));
    }
    require("weights", w, directions, gateCount * hiddenSize, inputSize);
    require("recurrent weights", r, directions, gateCount * hiddenSize, hiddenSize);
    if (b != null) {
      require("bias", b, directions, 2 * gateCount * hiddenSize);
    }
    if (lengths != null && !lengths.shape().equals(Shape.of(batch))) {
      throw new IllegalArgumentException(
          "expected %d sequence lengths, got shape %s".formatted(batch, lengths.shape()));
    }
    memory.work(
        WorkLimit.product(
            directions, steps, batch, (long) gateCount * hiddenSize, inputSize + hiddenSize));
    panel = memory.scratch(Shape.of(MatrixProduct.PANEL_LENGTH));
    memory.reserve(4L * batch * (inputSize + (4L + gateCount) * hiddenSize));
    column = new float[inputSize * batch];
    hidden = new float[hiddenSize * batch];
    cell = new float[hiddenSize * batch];
    nextHidden = new float[hiddenSize * batch];
    nextCell = new float[hiddenSize * batch];
    gates = new float[gateCount * hiddenSize * batch];
  }

  static void require(String name, Tensor tensor, int... dimensions) {
    if (!tensor.shape().equals(Shape.of(dimensions))) {
      throw new IllegalArgumentException(
          "expected %s of shape %s, got %s".formatted(name, Shape.of(dimensions), tensor.shape()));
    }
  }

  /** {@code gates[from·H …] (rows·H, N) += Wx}, of the gates from {@code first} on. */
  void addInput(int direction, int first, int count) {
    int row = (direction * gateCount + first) * hiddenSize;
    multiply(w, row, count * hiddenSize, inputSize, column, gates, first * hiddenSize);
  }

  /** {@code target += R·state}, of the gates from {@code first} on. */
  void addRecurrent(
      int direction, int first, int count, float[] state, float[] target, int targetRow) {
    int row = (direction * gateCount + first) * hiddenSize;
    multiply(r, row, count * hiddenSize, hiddenSize, state, target, targetRow);
  }

  private void multiply(
      Tensor weights, int row, int rows, int k, float[] state, float[] target, int targetRow) {
    MatrixProduct.get()
        .multiply(
            rows,
            batch,
            k,
            weights.floats(),
            weights.offset() + row * k,
            k,
            state,
            0,
            batch,
            target,
            targetRow * batch,
            batch,
            true,
            panel.floats(),
            panel.offset());
  }

  /** The bias of a row of the gates: with recurrent ones where {@code recurrent}. */
  float bias(int direction, int row, boolean recurrent) {
    if (b == null) {
      return 0;
    }
    int rows = gateCount * hiddenSize;
    return b.floats()[b.offset() + (2 * direction + (recurrent ? 1 : 0)) * rows + row];
  }

  /** Fills rows of the gates with both biases. */
  void fillWithBiases(int direction, int first, int count) {
    for (int row = first * hiddenSize; row < (first + count) * hiddenSize; row++) {
      float sum = bias(direction, row, false) + bias(direction, row, true);
      Arrays.fill(gates, row * batch, (row + 1) * batch, sum);
    }
  }

  /**
   * Runs all steps of all directions.
   *
   * @param withCell whether the cell state is an output
   * @return y, the last hidden state, and the last cell state if asked for
   */
  List<Tensor> run(
      @Nullable Tensor firstHidden, @Nullable Tensor firstCell, boolean withCell, Cell step) {
    int directions = recurrence.directions();
    Shape outputs =
        recurrence.batchFirst()
            ? Shape.of(batch, steps, directions, hiddenSize)
            : Shape.of(steps, directions, batch, hiddenSize);
    Shape states =
        recurrence.batchFirst()
            ? Shape.of(batch, directions, hiddenSize)
            : Shape.of(directions, batch, hiddenSize);
    Tensor y = memory.allocate(DataType.FP32, outputs);
    Tensor lastHidden = memory.allocate(DataType.FP32, states);
    Tensor lastCell = withCell ? memory.allocate(DataType.FP32, states) : lastHidden;
    for (int d = 0; d < directions; d++) {
      load("initial_h", firstHidden, states, d, hidden);
      load("initial_c", firstCell, states, d, cell);
      for (int s = 0; s < steps; s++) {
        int t = recurrence.isReverse(d) ? steps - 1 - s : s;
        loadInput(t);
        step.step(d);
        advance(t);
        for (int n = 0; n < batch; n++) {
          int place =
              recurrence.batchFirst()
                  ? (n * steps + t) * directions + d
                  : (t * directions + d) * batch + n;
          storeColumn(hidden, n, y, place, t < length(n));
        }
      }
      for (int n = 0; n < batch; n++) {
        storeColumn(hidden, n, lastHidden, statePlace(n, d), true);
        if (withCell) {
          storeColumn(cell, n, lastCell, statePlace(n, d), true);
        }
      }
    }
    return withCell ? List.of(y, lastHidden, lastCell) : List.of(y, lastHidden);
  }

  private int statePlace(int n, int direction) {
    return recurrence.batchFirst()
        ? n * recurrence.directions() + direction
        : direction * batch + n;
  }

  private long length(int n) {
    return lengths == null ? steps : lengths.getLong(n);
  }

  private void load(
      String name, @Nullable Tensor first, Shape states, int direction, float[] state) {
    if (first == null) {
      Arrays.fill(state, 0);
      return;
    }
    if (!first.shape().equals(states)) {
      throw new IllegalArgumentException(
          "expected %s of shape %s, got %s".formatted(name, states, first.shape()));
    }
    for (int n = 0; n < batch; n++) {
      int from = first.offset() + statePlace(n, direction) * hiddenSize;
      for (int j = 0; j < hiddenSize; j++) {
        state[j * batch + n] = first.floats()[from + j];
      }
    }
  }

  private void loadInput(int t) {
    float[] source = x.floats();
    for (int n = 0; n < batch; n++) {
      int place = recurrence.batchFirst() ? n * steps + t : t * batch + n;
      int from = x.offset() + place * inputSize;
      for (int i = 0; i < inputSize; i++) {
        column[i * batch + n] = source[from + i];
      }
    }
  }

  /** A sequence that has ended keeps its states. */
  private void advance(int t) {
    for (int n = 0; n < batch; n++) {
      if (t < length(n)) {
        for (int i = n; i < hidden.length; i += batch) {
          hidden[i] = nextHidden[i];
          cell[i] = nextCell[i];
        }
      }
    }
  }

  private void storeColumn(float[] state, int n, Tensor y, int place, boolean running) {
    float[] target = y.floats();
    int to = y.offset() + place * hiddenSize;
    for (int j = 0; j < hiddenSize; j++) {
      target[to + j] = running ? state[j * batch + n] : 0;
    }
  }
}
