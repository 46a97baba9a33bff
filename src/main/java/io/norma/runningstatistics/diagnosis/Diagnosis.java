package io.norma.runningstatistics.diagnosis;

import io.norma.runningstatistics.RevisionName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why training and evaluation differ on a batch.
 *
 * @param model its name
 * @param version its version
 * @param runningStatistics what evaluation normalizes by
 * @param rows of the batch
 * @param findings what explains it, the most telling first; never empty
 * @param layers in the order that they are used in
 * @param outputs of the network, in its order
 */
public record Diagnosis(
    String model,
    long version,
    RevisionName runningStatistics,
    int rows,
    List<Finding> findings,
    List<LayerDiagnosis> layers,
    List<Output> outputs) {
  /**
   * How an output differs. All are absent where nothing can be compared.
   *
   * @param training from evaluation to training: the whole of it
   * @param calibration from evaluation to evaluation by what calibrating with these rows gives
   * @param remainder from that to training: what calibrating leaves
   */
  public record Output(
      String name,
      @Nullable OutputDifference training,
      @Nullable OutputDifference calibration,
      @Nullable OutputDifference remainder) {}

  /**
   * How training counted, where the caller knows.
   *
   * @param momentum weight of a new batch, PyTorch's convention
   * @param batches how many batches it had, {@code num_batches_tracked}; {@code null} if unknown
   */
  public record Training(double momentum, @Nullable Long batches) {}
}
