package io.norma.runningstatistics.recalibration;

import io.norma.models.ServedModel;
import io.norma.network.TensorMetadata;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The rows of a request, cut into batches as a data loader cuts them: in the order that they come
 * in, and the last batch has what is left over. Inputs that count no rows are part of every batch.
 */
final class RowBatches {
  private final InferenceRequest request;
  private final Set<String> cut;
  private final int rows;
  private final int size;

  private RowBatches(InferenceRequest request, Set<String> cut, int rows, int size) {
    this.request = request;
    this.cut = cut;
    this.rows = rows;
    this.size = size;
  }

  /**
   * Of a request to a model.
   *
   * @param size rows of a batch, above 0
   * @throws ServingException.Invalid if no input counts rows, two have different numbers of them,
   *     or there are fewer than two
   */
  static RowBatches of(ServedModel model, InferenceRequest request, int size) {
    Set<String> cut = countingRows(model);
    NamedTensor first = null;
    for (NamedTensor input : request.inputs()) {
      if (!cut.contains(input.name()) || input.tensor().shape().rank() == 0) {
        continue;
      }
      if (first != null && rows(first) != rows(input)) {
        throw new ServingException.Invalid(
            "got input '%s' with %d rows, but input '%s' with %d: rows are cut into batches here, so all inputs need the same number"
                .formatted(input.name(), rows(input), first.name(), rows(first)));
      }
      first = input;
    }
    if (first == null) {
      throw new ServingException.Invalid(
          "the request has no input of model '%s' whose first axis counts rows, so that it cannot be cut into batches: send each batch to a calibration"
              .formatted(model.name()));
    }
    if (rows(first) < 2) {
      throw new ServingException.Invalid(
          "running statistics need 2 rows or more, but input '%s' has %d"
              .formatted(first.name(), rows(first)));
    }
    return new RowBatches(request, cut, rows(first), size);
  }

  private static int rows(NamedTensor input) {
    return input.tensor().shape().dimension(0);
  }

  /**
   * Names of the inputs whose first axis is the batch's. A vector of open length is a list of
   * sizes, indices and the like as often as a batch: it counts where the file calls its axis as the
   * batch's, or where there are only vectors.
   */
  private static Set<String> countingRows(ServedModel model) {
    List<TensorMetadata> declared = model.network().inputs();
    Set<String> counting = new HashSet<>();
    Set<String> axes = new HashSet<>();
    for (int i = 0; i < declared.size(); i++) {
      TensorMetadata input = declared.get(i);
      if (input.hasDynamicBatch() && input.shape().size() > 1) {
        counting.add(input.name());
        axes.add(axis(model, i));
      }
    }
    for (int i = 0; i < declared.size(); i++) {
      TensorMetadata input = declared.get(i);
      String axis = axis(model, i);
      if (input.hasDynamicBatch() && (axes.isEmpty() || (!axis.isEmpty() && axes.contains(axis)))) {
        counting.add(input.name());
      }
    }
    return counting;
  }

  /** What the file calls an input's first axis; empty where it has no name for it. */
  private static String axis(ServedModel model, int input) {
    List<String> names = model.report().inputs().get(input).dimensionNames();
    return names.isEmpty() ? "" : names.getFirst();
  }

  /** How many batches there are. */
  int count() {
    return Math.ceilDiv(rows, size);
  }

  /** The first row of a batch. */
  int from(int batch) {
    return batch * size;
  }

  /** The row behind the last one of a batch. */
  int to(int batch) {
    return (int) Math.min(rows, from(batch) + (long) size);
  }

  /** A batch, which shares the elements of the whole. */
  InferenceRequest get(int batch) {
    List<NamedTensor> inputs = new ArrayList<>();
    for (NamedTensor whole : request.inputs()) {
      inputs.add(
          cut.contains(whole.name()) && whole.tensor().shape().rank() > 0
              ? new NamedTensor(
                  whole.name(), whole.tensor().rows(from(batch), to(batch)), whole.elementType())
              : whole);
    }
    return new InferenceRequest(request.id(), request.parameters(), inputs, request.outputs());
  }
}
