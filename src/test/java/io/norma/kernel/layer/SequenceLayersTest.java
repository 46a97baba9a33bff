package io.norma.kernel.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.kernel.tensor.TensorSequence;
import io.norma.kernel.tensor.Value;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Layers that make, change and read sequences. */
final class SequenceLayersTest {
  private static final Tensor A = Tensor.of(Shape.of(2), 1f, 2f);
  private static final Tensor B = Tensor.of(Shape.of(1), 3f);
  private static final Tensor C = Tensor.of(Shape.of(0), new float[0]);

  private static Value of(Layer layer, Value... inputs) {
    return layer.values(Inputs.of(inputs), Memory.heap()).getFirst();
  }

  private static TensorSequence sequence(Tensor... tensors) {
    return (TensorSequence) of(new SequenceConstruct(), tensors);
  }

  private static Tensor at(long position) {
    return Tensor.of(Shape.of(), new long[] {position});
  }

  @Test
  void holdsTheTensorsThemselves() {
    assertThat(sequence(A, B).tensors()).containsExactly(A, B);
    assertThat(of(new SequenceAt(), sequence(A, B), at(-2))).isSameAs(A);
    assertThat(of(new SequenceLength(), sequence(A, B, C)).tensors().getFirst().toLongArray())
        .containsExactly(3);
  }

  @Test
  void insertsAndErasesWithoutAChangeToWhatWasThere() {
    TensorSequence before = sequence(A, B);

    assertThat(of(new SequenceInsert(), before, C).tensors()).containsExactly(A, B, C);
    assertThat(of(new SequenceInsert(), before, C, at(0)).tensors()).containsExactly(C, A, B);
    assertThat(of(new SequenceInsert(), before, C, at(-1)).tensors()).containsExactly(A, C, B);
    assertThat(of(new SequenceErase(), before).tensors()).containsExactly(A);
    assertThat(of(new SequenceErase(), before, at(-2)).tensors()).containsExactly(B);
    assertThat(before.tensors()).containsExactly(A, B);
  }

  @Test
  void refusesPositionsOutside() {
    assertThatThrownBy(() -> of(new SequenceAt(), sequence(A, B), at(2)))
        .hasMessage("position 2 is out of range for a sequence of 2 tensors");
    assertThatThrownBy(() -> of(new SequenceInsert(), sequence(A, B), C, at(3)))
        .hasMessageContaining("position 3 is out of range");
    assertThatThrownBy(() ->
            of(
                new SequenceErase(),
                new SequenceEmpty(DataType.FP32).values(Inputs.of(), Memory.heap()).getFirst()))
        .hasMessageContaining("cannot erase from a sequence of 0 tensors of FP32");
  }

  @Test
  void refusesTensorsOfAnotherType() {
    assertThatThrownBy(() -> sequence(A, at(1)))
        .hasMessage("expected tensors of FP32 in a sequence, got INT64[]");
  }

  @Test
  void refusesToJoinNothing() {
    Value nothing = of(new SequenceEmpty(DataType.FP32));

    assertThatThrownBy(() -> of(new ConcatFromSequence(0, false), nothing))
        .hasMessageContaining("one tensor or more");
  }

  @Test
  void splitsAlongAnAxis() {
    Tensor x = Tensor.of(Shape.of(2, 3), 1f, 2f, 3f, 4f, 5f, 6f);

    List<Tensor> columns = of(new SplitToSequence(1, false), x).tensors();
    assertThat(columns).extracting(Tensor::shape).containsOnly(Shape.of(2)).hasSize(3);
    assertThat(columns.get(1).toFloatArray()).containsExactly(2, 5);
    List<Tensor> parts = of(new SplitToSequence(-1, true), x, at(2)).tensors();
    assertThat(parts).extracting(Tensor::shape).containsExactly(Shape.of(2, 2), Shape.of(2, 1));
    assertThatThrownBy(() -> of(new SplitToSequence(1, true), x, at(0)))
        .hasMessageContaining("split is 0");
  }

  @Test
  void refusesATensorWhereASequenceBelongs() {
    assertThatThrownBy(() -> of(new SequenceLength(), A))
        .hasMessage("expected a sequence as input 0, got FP32[2]");
  }
}
