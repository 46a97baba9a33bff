package io.norma.network.control;

import io.norma.kernel.layer.Gather;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.layer.Transpose;
import io.norma.kernel.layer.ValueLayer;
import io.norma.kernel.layer.support.RandomSource;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.NestedMemory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Computes a graph for each slice of tensors along an axis, with what it made for the slice before.
 *
 * <p>Inputs: the first states; the tensors that are scanned, of one extent along their axes; the
 * captured values in their order. The body takes the states and one slice of each scanned tensor,
 * without the axis; it makes the next states and slices. Outputs: the states at the end; the slices
 * stacked along an axis. Source: ONNX {@code Scan} since version 9.
 *
 * @param captured names that the body reads of the graph around it
 * @param inputs how each scanned input is cut
 * @param outputs how each slice that is made is stacked
 * @param scanned what the slices are, for a scan of nothing
 */
public record Scan(
    Subgraph body,
    List<String> captured,
    List<Direction> inputs,
    List<Direction> outputs,
    List<ScanOutput> scanned)
    implements ValueLayer, GraphLayer {
  /**
   * How slices lie in a tensor.
   *
   * @param axis of the tensor; a negative one counts from the end
   * @param reverse whether the last one comes first
   */
  public record Direction(int axis, boolean reverse) {}

  /**
   * @throws IllegalArgumentException if the body's inputs and outputs do not fit together
   */
  public Scan {
    captured = List.copyOf(captured);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    scanned = List.copyOf(scanned);
    int states = body.inputs() - inputs.size();
    if (states < 0 || inputs.isEmpty() || body.outputs() - outputs.size() != states) {
      throw new IllegalArgumentException(
          "a scan's body of %d inputs, %d of them scanned, makes %d outputs, %d of them scanned"
              .formatted(body.inputs(), inputs.size(), body.outputs(), outputs.size()));
    }
  }

  @Override
  public List<Subgraph> graphs() {
    return List.of(body);
  }

  @Override
  public List<? extends Value> values(Inputs given, Memory memory) {
    int states = body.inputs() - inputs.size();
    Map<String, Value> around = Captured.values(captured, given, body.inputs());
    Value random = around.get(RandomSource.NAME);
    NestedMemory nested = memory.nested();
    List<Value> state = new ArrayList<>();
    for (int i = 0; i < states; i++) {
      state.add(given.value(i));
    }
    state.forEach(nested::keep);
    List<List<Value>> made = new ArrayList<>();
    outputs.forEach(output -> made.add(new ArrayList<>()));
    int extent = extent(given, states);
    memory.reserve(ScanOutput.BYTES_EACH * extent * outputs.size());
    for (int i = 0; i < extent; i++) {
      nested.countIteration();
      if (random != null) {
        around.put(RandomSource.NAME, RandomSource.inIteration((Tensor) random, i));
      }
      List<Value> arguments = new ArrayList<>(state);
      for (int s = 0; s < inputs.size(); s++) {
        int at = inputs.get(s).reverse() ? extent - 1 - i : i;
        Tensor position = Tensor.of(Shape.of(), new long[] {at});
        arguments.addAll(
            new Gather(inputs.get(s).axis())
                .forward(Inputs.of(given.get(states + s), position), nested));
      }
      List<Value> next = body.run(arguments, around, nested);
      next.forEach(nested::keep);
      state.forEach(nested::drop);
      state = new ArrayList<>(next.subList(0, states));
      for (int s = 0; s < made.size(); s++) {
        made.get(s).add(next.get(states + s));
      }
      nested.endNode();
    }
    for (int s = 0; s < made.size(); s++) {
      Tensor stacked = stack(s, made.get(s), nested);
      nested.keep(stacked);
      made.get(s).forEach(nested::drop);
      state.add(stacked);
    }
    nested.end(state);
    return state;
  }

  private int extent(Inputs given, int states) {
    int extent = given.get(states).shape().dimension(inputs.getFirst().axis());
    for (int s = 1; s < inputs.size(); s++) {
      Tensor other = given.get(states + s);
      if (other.shape().dimension(inputs.get(s).axis()) != extent) {
        throw new IllegalArgumentException(
            "scanned inputs must have one extent along their axes, but %s has not the %d of %s"
                .formatted(other, extent, given.get(states)));
      }
    }
    return extent;
  }

  private Tensor stack(int output, List<Value> made, Memory memory) {
    Direction direction = outputs.get(output);
    Tensor stacked =
        scanned.get(output).stack(direction.reverse() ? made.reversed() : made, memory);
    int rank = stacked.shape().rank();
    int to = stacked.shape().axis(direction.axis());
    if (to == 0) {
      return stacked;
    }
    int[] order = new int[rank];
    for (int axis = 0; axis < rank; axis++) {
      order[axis] = axis == to ? 0 : axis < to ? axis + 1 : axis;
    }
    return new Transpose(order).forward(Inputs.of(stacked), memory).getFirst();
  }
}
