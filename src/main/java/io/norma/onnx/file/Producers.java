package io.norma.onnx.file;

import io.norma.kernel.statistics.VarianceConvention;
import java.util.List;

/** What the programs that write files mean where the format does not say. */
public final class Producers {
  private Producers() {}

  /**
   * What running variances were divided by. ONNX's are those of populations, and so are Keras's;
   * but PyTorch writes its own {@code running_var}, unbiased, into files.
   *
   * @param producer the file's {@code producer_name}
   */
  public static VarianceConvention varianceConvention(String producer) {
    return varianceConvention(producer, List.of());
  }

  /**
   * What running variances were divided by, where their names tell more than the producer: Keras on
   * PyTorch exports by PyTorch's exporter, but keeps its own variances, those of populations.
   *
   * @param producer the file's {@code producer_name}
   * @param variances what the file calls them
   */
  public static VarianceConvention varianceConvention(String producer, List<String> variances) {
    boolean ofKeras =
        !variances.isEmpty() && variances.stream().allMatch(name -> name.contains("moving_var"));
    return !ofKeras && producer.strip().equalsIgnoreCase("pytorch")
        ? VarianceConvention.UNBIASED
        : VarianceConvention.POPULATION;
  }
}
