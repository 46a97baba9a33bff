package io.norma.onnx.file;

import io.norma.kernel.statistics.VarianceConvention;

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
    return producer.strip().equalsIgnoreCase("pytorch")
        ? VarianceConvention.UNBIASED
        : VarianceConvention.POPULATION;
  }
}
