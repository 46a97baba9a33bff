package io.norma.network.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.kernel.layer.Expand;
import io.norma.kernel.layer.Layer;
import io.norma.kernel.layer.Negate;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Network;
import io.norma.network.Node;
import io.norma.network.Normalization;
import io.norma.network.TensorMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class WorkspaceTest {
  private static final int VALUE = 4 * 1000;

  private final List<Node> nodes = new ArrayList<>();

  /** Twenty values, of which two are alive at a time: in a first run too, that lays nothing out. */
  @Test
  void countsWhatIsAliveAndNotWhatWas() {
    for (int i = 0; i < 20; i++) {
      node(new Negate(), "v" + i, i == 0 ? "x" : "v" + (i - 1));
    }
    MemoryBudget budget = new MemoryBudget("test", 4 * VALUE);
    Workspace workspace = new Workspace(budget);
    ExecutionPlan plan = plan("v19");
    for (int run = 0; run < 3; run++) {
      assertThat(run(plan, workspace, x()).getFirst().getDouble(7)).isEqualTo(7);
    }
    assertThat(budget.reserved()).isEqualTo(workspace.bytes());
    workspace.free();
    assertThat(budget.reserved()).isZero();
  }

  @Test
  void refusesAValueBeforeItIsAllocatedAndGoesOn() {
    node(new Negate(), "a", "x");
    node(new Expand(), "y", "a", "size");
    MemoryBudget budget = new MemoryBudget("test", 100 * VALUE);
    Workspace workspace = new Workspace(budget);
    ExecutionPlan plan = plan("y");
    long largest = Integer.MAX_VALUE / 1000;
    for (int run = 0; run < 2; run++) {
      assertThatThrownBy(() -> run(plan, workspace, x(), Tensor.of(Shape.of(2), largest, 1000L)))
          .isInstanceOfSatisfying(
              MemoryLimitException.class, e -> assertThat(e.neverFits()).isTrue())
          .hasMessageContainingAll("layer 'y'", "FP32[" + largest + ",1000]", "test");
      assertThat(run(plan, workspace, x(), Tensor.of(Shape.of(2), 3L, 1000L)).getFirst().size())
          .isEqualTo(3000);
    }
  }

  @Test
  void runsThatShareABudgetAreToldToComeLater() {
    node(new Negate(), "y", "x");
    MemoryBudget budget = new MemoryBudget("test", 3 * VALUE);
    budget.reserve(VALUE * 5 / 2, 0);
    Workspace workspace = new Workspace(budget);
    assertThatThrownBy(() -> run(plan("y"), workspace, x()))
        .isInstanceOfSatisfying(
            MemoryLimitException.class, e -> assertThat(e.neverFits()).isFalse());
    assertThat(budget.reserved()).isEqualTo(VALUE * 5 / 2);
  }

  private static Tensor x() {
    Tensor x = Tensor.zeros(DataType.FP32, Shape.of(1, 1000));
    for (int i = 0; i < x.size(); i++) {
      x.floats()[i] = i;
    }
    return x;
  }

  private void node(Layer layer, String output, String... inputs) {
    nodes.add(new Node(output, layer.toString(), layer, List.of(inputs), List.of(output)));
  }

  private ExecutionPlan plan(String output) {
    List<TensorMetadata> inputs = new ArrayList<>();
    inputs.add(new TensorMetadata("x", DataType.FP32, List.of(1L, 1000L)));
    if (nodes.getLast().inputs().contains("size")) {
      inputs.add(new TensorMetadata("size", DataType.INT64, List.of(2L)));
    }
    return ExecutionPlan.compile(
        new Network(
            "n",
            inputs,
            List.of(new TensorMetadata(output, DataType.FP32, List.of(-1L, 1000L))),
            nodes,
            Map.of(),
            List.of(),
            new RunningStatistics(Map.of())));
  }

  private static List<Tensor> run(ExecutionPlan plan, Workspace workspace, Tensor... inputs) {
    return plan.run(
        List.of(inputs),
        new Normalization.Frozen(plan.bind(plan.network().runningStatistics())),
        workspace);
  }
}
