package io.norma.kernel.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.lang.reflect.Array;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * What the tests of layers share. Each layer runs twice: on plain tensors, and on tensors that
 * start in the middle of their arrays with memory that is not zeroed; both must give the same bits.
 */
public final class LayerAssert {
  private static final int OFFSET = 3;

  private final Layer layer;
  private final @Nullable Tensor[] inputs;

  private LayerAssert(Layer layer, @Nullable Tensor[] inputs) {
    this.layer = layer;
    this.inputs = inputs;
  }

  /** A layer and its inputs, {@code null} for an absent one. */
  public static LayerAssert assertThatLayer(Layer layer, @Nullable Tensor... inputs) {
    return new LayerAssert(layer, inputs);
  }

  /** Its outputs, the same from both runs. */
  public List<Tensor> outputs() {
    List<Tensor> plain = layer.forward(Inputs.of(inputs), Memory.heap());
    @Nullable Tensor[] moved = new Tensor[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      Tensor input = inputs[i];
      moved[i] = input == null ? null : move(input);
    }
    List<Tensor> dirty = layer.forward(Inputs.of(moved), LayerAssert::dirty);
    assertThat(dirty).hasSameSizeAs(plain);
    for (int i = 0; i < plain.size(); i++) {
      assertSameBits(dirty.get(i), plain.get(i));
    }
    return plain;
  }

  /** Its first output. */
  public Tensor output() {
    return outputs().getFirst();
  }

  /** Every output has the expected type, shape and elements; NaN equals NaN. */
  public void gives(Tensor... expected) {
    givesWithin(0, expected);
  }

  /** As {@link #gives}, each real element within {@code tolerance · max(1, |expected|)}. */
  public void givesWithin(double tolerance, Tensor... expected) {
    List<Tensor> actual = outputs();
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertClose(actual.get(i), expected[i], tolerance);
    }
  }

  /** It refuses these inputs, with all of these words in the message. */
  public void refuses(String... words) {
    assertThatThrownBy(() -> layer.forward(Inputs.of(inputs), Memory.heap()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(words);
  }

  /** Same type and shape, and elements within {@code tolerance · max(1, |expected|)}. */
  public static void assertClose(Tensor actual, Tensor expected, double tolerance) {
    assertThat(actual.toString()).isEqualTo(expected.toString());
    for (int i = 0; i < expected.size(); i++) {
      if (!expected.dataType().isFloatingPoint()) {
        assertThat(actual.getLong(i)).as("element %d", i).isEqualTo(expected.getLong(i));
        continue;
      }
      double wanted = expected.getDouble(i);
      double got = actual.getDouble(i);
      boolean same = got == wanted || (Double.isNaN(got) && Double.isNaN(wanted));
      if (!same) {
        assertThat(Math.abs(got - wanted))
            .as("element %d: expected %s, got %s", i, wanted, got)
            .isLessThanOrEqualTo(tolerance * Math.max(1, Math.abs(wanted)));
      }
    }
  }

  /** Same type, shape and bits. */
  public static void assertSameBits(Tensor actual, Tensor expected) {
    assertThat(actual.toString()).isEqualTo(expected.toString());
    for (int i = 0; i < expected.size(); i++) {
      Object got = Array.get(actual.array(), actual.offset() + i);
      Object wanted = Array.get(expected.array(), expected.offset() + i);
      assertThat(got).as("element %d", i).isEqualTo(wanted);
    }
  }

  /** Normally distributed FP32 elements, the same for the same seed. */
  public static Tensor random(long seed, int... shape) {
    Tensor tensor = Tensor.zeros(DataType.FP32, Shape.of(shape));
    Random random = new Random(seed);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, random.nextGaussian());
    }
    return tensor;
  }

  /** The same elements in the middle of a larger array. */
  public static Tensor move(Tensor tensor) {
    Tensor moved = dirty(tensor.dataType(), tensor.shape());
    System.arraycopy(tensor.array(), tensor.offset(), moved.array(), moved.offset(), tensor.size());
    return moved;
  }

  private static Tensor dirty(DataType type, Shape shape) {
    Object array = type.newArray(shape.size() + 2 * OFFSET);
    Tensor all = Tensor.of(type, Shape.of(shape.size() + 2 * OFFSET), array, 0);
    for (int i = 0; i < all.size(); i++) {
      if (type.isFloatingPoint()) {
        all.setDouble(i, Double.NaN);
      } else {
        all.setLong(i, 77);
      }
    }
    return Tensor.of(type, shape, array, OFFSET);
  }
}
