package io.norma.network.control;

import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.ValueLayer;
import io.norma.kernel.layer.support.RandomSource;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.NestedMemory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Computes a graph again and again, each time with what it made the time before, as often as a
 * count says and as long as a condition holds.
 *
 * <p>Inputs: the count, one whole number, optional; the condition, one element of BOOL, optional;
 * the first values that are carried, tensors or sequences; the captured values in their order. The
 * body takes the iteration from 0 on (INT64, no axes), the condition and the carried values; it
 * makes the next condition, the next carried values, and values that are scanned out. Outputs: the
 * carried values at the end; the scanned ones, each stacked along a new axis 0. Source: ONNX {@code
 * Loop}.
 *
 * @param captured names that the body reads of the graph around it
 * @param scanned the last outputs of the body
 */
public record Loop(Subgraph body, List<String> captured, List<ScanOutput> scanned)
    implements ValueLayer, GraphLayer {
  private static final int FIRST_CARRIED = 2;

  /** Iterations whose scanned values are reserved for at a time. */
  private static final int CHUNK = 1024;

  /**
   * @throws IllegalArgumentException if the body's inputs and outputs do not fit together
   */
  public Loop {
    captured = List.copyOf(captured);
    scanned = List.copyOf(scanned);
    int carried = body.inputs() - FIRST_CARRIED;
    if (carried < 0 || body.outputs() != 1 + carried + scanned.size()) {
      throw new IllegalArgumentException(
          "a loop's body of %d inputs must make 1 condition, %d carried values and what is scanned out, but makes %d values"
              .formatted(body.inputs(), Math.max(0, carried), body.outputs()));
    }
  }

  public Loop(Subgraph body, List<ScanOutput> scanned) {
    this(body, body.captured(), scanned);
  }

  @Override
  public List<Subgraph> graphs() {
    return List.of(body);
  }

  @Override
  public List<? extends Value> values(Inputs inputs, Memory memory) {
    Tensor count = inputs.optionalScalar(0);
    Tensor condition = inputs.optional(1);
    int carried = body.inputs() - FIRST_CARRIED;
    Map<String, Value> around = Captured.values(captured, inputs, FIRST_CARRIED + carried);
    Value random = around.get(RandomSource.NAME);
    NestedMemory nested = memory.nested();
    List<Value> state = new ArrayList<>();
    for (int i = 0; i < carried; i++) {
      state.add(inputs.value(FIRST_CARRIED + i));
    }
    state.forEach(nested::keep);
    List<List<Value>> made = new ArrayList<>();
    scanned.forEach(output -> made.add(new ArrayList<>()));
    long trips = count == null ? Long.MAX_VALUE : count.getLong(0);
    boolean goesOn = condition == null || Conditional.holds(condition);
    for (long i = 0; i < trips && goesOn; i++) {
      nested.countIteration();
      if (i % CHUNK == 0 && !scanned.isEmpty()) {
        memory.reserve(CHUNK * ScanOutput.BYTES_EACH * scanned.size());
      }
      if (random != null) {
        around.put(RandomSource.NAME, RandomSource.inIteration((Tensor) random, i));
      }
      List<Value> given = new ArrayList<>(body.inputs());
      given.add(scalar(DataType.INT64, i, nested));
      given.add(scalar(DataType.BOOL, 1, nested));
      given.addAll(state);
      List<Value> results = body.run(given, around, nested);
      List<Value> next = results.subList(1, results.size());
      next.forEach(nested::keep);
      state.forEach(nested::drop);
      goesOn = Conditional.holds(tensor(results.getFirst()));
      state = new ArrayList<>(next.subList(0, carried));
      for (int s = 0; s < made.size(); s++) {
        made.get(s).add(next.get(carried + s));
      }
      nested.endNode();
    }
    for (int s = 0; s < made.size(); s++) {
      Tensor stacked = scanned.get(s).stack(made.get(s), nested);
      nested.keep(stacked);
      made.get(s).forEach(nested::drop);
      state.add(stacked);
    }
    nested.end(state);
    return state;
  }

  private static Tensor scalar(DataType dataType, long value, Memory memory) {
    Tensor scalar = memory.allocate(dataType, Shape.of());
    scalar.setLong(0, value);
    return scalar;
  }

  private static Tensor tensor(@Nullable Value value) {
    if (value instanceof Tensor tensor) {
      return tensor;
    }
    throw new IllegalArgumentException("expected a condition of one element of BOOL, got " + value);
  }
}
