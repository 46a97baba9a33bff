package io.norma.inference.batching;

import io.norma.kernel.tensor.LimitException;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ComputeCost;
import io.norma.models.ServedModel;
import io.norma.network.BoundStatistics;
import io.norma.network.LayerException;
import io.norma.network.Normalization;
import io.norma.network.RowStatistics;
import io.norma.network.run.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Requests that run as one: their rows one below the other, each with the running statistics that
 * its request asked for. A row's result has the bits that it has alone.
 */
final class Batch {
  private final ServedModel model;

  Batch(ServedModel model) {
    this.model = model;
  }

  /** What runs of its model take. */
  ComputeCost cost() {
    return model.cost();
  }

  /** Runs requests, after which they are done; whoever calls has a slot. */
  void run(List<RunRequest> requests) {
    if (requests.size() > 1 && runTogether(requests)) {
      return;
    }
    for (RunRequest request : requests) {
      runAlone(request);
    }
  }

  private void runAlone(RunRequest request) {
    try {
      request.succeed(run(request.inputs, request.statistics, request.rows));
    } catch (RuntimeException | Error e) {
      request.fail(e);
    }
  }

  /** Whether it came to something: if not, it is not known whose fault it is. */
  private boolean runTogether(List<RunRequest> requests) {
    int rows = requests.stream().mapToInt(request -> request.rows).sum();
    long bytes =
        requests.stream()
            .flatMap(request -> request.inputs.stream())
            .mapToLong(input -> (long) input.size() * input.dataType().bytes())
            .sum();
    BatchRun run;
    try {
      model.memory().reserve(bytes, 0);
      try {
        run = run(inputs(requests, rows), statistics(requests, rows), rows);
      } finally {
        model.memory().release(bytes);
      }
    } catch (LayerException | LimitException _) {
      return false;
    } catch (RuntimeException | Error e) {
      requests.forEach(request -> request.fail(e));
      return true;
    }
    int from = 0;
    for (RunRequest request : requests) {
      int to = from + request.rows;
      List<Tensor> own = new ArrayList<>(run.outputs().size());
      for (Tensor output : run.outputs()) {
        own.add(output.rows(from, to));
      }
      request.succeed(new BatchRun(own, rows, from == 0, run.begin(), run.end()));
      from = to;
    }
    return true;
  }

  private BatchRun run(List<Tensor> inputs, RowStatistics statistics, int rows) {
    Normalization normalization = new Normalization.Frozen(statistics);
    long begin = System.nanoTime();
    Workspace workspace = model.takeWorkspace();
    try {
      List<Tensor> outputs = model.plan().run(inputs, normalization, workspace);
      BatchRun run = BatchRun.alone(outputs, rows, begin);
      model.cost().ran(inputs, run.end() - begin);
      return run;
    } finally {
      model.giveBack(workspace);
    }
  }

  private static List<Tensor> inputs(List<RunRequest> requests, int rows) {
    List<Tensor> first = requests.getFirst().inputs;
    List<Tensor> inputs = new ArrayList<>(first.size());
    for (int i = 0; i < first.size(); i++) {
      Tensor whole = Tensor.zeros(first.get(i).dataType(), first.get(i).shape().with(0, rows));
      int from = 0;
      for (RunRequest request : requests) {
        Tensor part = request.inputs.get(i);
        Tensor place = whole.rows(from, from + request.rows);
        System.arraycopy(part.array(), part.offset(), place.array(), place.offset(), part.size());
        from += request.rows;
      }
      inputs.add(whole);
    }
    return inputs;
  }

  private static RowStatistics statistics(List<RunRequest> requests, int rows) {
    RowStatistics first = requests.getFirst().statistics;
    if (requests.stream().allMatch(request -> request.statistics.isSame(first))) {
      return first;
    }
    BoundStatistics[] perRow = new BoundStatistics[rows];
    int from = 0;
    for (RunRequest request : requests) {
      int to = from + request.rows;
      if (request.statistics.isUniform()) {
        Arrays.fill(perRow, from, to, request.statistics.of(0, 1));
      } else {
        for (int row = from; row < to; row++) {
          perRow[row] = request.statistics.of(row - from, request.rows);
        }
      }
      from = to;
    }
    return RowStatistics.perRow(perRow);
  }
}
