package io.norma.onnx.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.statistics.VarianceConvention;
import io.norma.onnx.OnnxBuilder;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProducersTest {
  @ParameterizedTest
  @CsvSource({
    "pytorch, UNBIASED",
    "PyTorch, UNBIASED",
    "tf2onnx, POPULATION",
    "keras2onnx, POPULATION",
    "'', POPULATION"
  })
  void takesRunningVariancesForWhatTheirExporterMeans(
      String producer, VarianceConvention expected) {
    OnnxBuilder model =
        OnnxBuilder.operatorSet(15)
            .input("x", -1, 1)
            .floats("p", 1)
            .node("bn", "BatchNormalization", List.of("x", "p", "p", "p", "p"), List.of("y"))
            .output("y", -1, 1);
    model.model().setProducerName(producer);

    assertThat(model.read().network().varianceConvention()).isEqualTo(expected);
  }
}
