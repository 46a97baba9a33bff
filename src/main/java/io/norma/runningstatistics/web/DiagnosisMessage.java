package io.norma.runningstatistics.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.norma.kernel.statistics.LayerDistance;
import io.norma.runningstatistics.diagnosis.Diagnosis;
import io.norma.runningstatistics.diagnosis.LayerDiagnosis;
import io.norma.runningstatistics.diagnosis.LayerDiagnosis.Chance;
import io.norma.runningstatistics.diagnosis.OutputDifference;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Why training and evaluation differ on a batch, as it is answered. */
@JsonNaming(SnakeCaseStrategy.class)
public record DiagnosisMessage(
    String model,
    String version,
    String runningStatistics,
    int rows,
    List<Finding> findings,
    List<Layer> layers,
    List<Output> outputs) {
  static DiagnosisMessage of(Diagnosis diagnosis) {
    return new DiagnosisMessage(
        diagnosis.model(),
        Long.toString(diagnosis.version()),
        diagnosis.runningStatistics().toString(),
        diagnosis.rows(),
        diagnosis.findings().stream().map(Finding::of).toList(),
        diagnosis.layers().stream().map(Layer::of).toList(),
        diagnosis.outputs().stream().map(Output::of).toList());
  }

  /** Something that was found. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Finding(
      String code,
      String message,
      @Nullable String layer,
      List<String> layers,
      Map<String, Number> numbers) {
    static Finding of(io.norma.runningstatistics.diagnosis.Finding finding) {
      return new Finding(
          finding.code().name(),
          finding.message(),
          finding.layer(),
          finding.layers(),
          finding.numbers());
    }
  }

  /** What the batch tells of a layer's running statistics. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Layer(
      String layer,
      long valuesPerChannel,
      @Nullable Double symmetricKl,
      @Nullable Double chanceSymmetricKl,
      @Nullable Boolean beyondChance,
      @Nullable Double largestMeanShift,
      @Nullable Integer shiftedChannel,
      @Nullable Double largestVarianceRatio,
      @Nullable Integer rescaledChannel,
      @Nullable Double chanceMeanShift,
      boolean unset,
      int nearZeroVariances,
      int constantInBatch,
      @Nullable Double outputDifference,
      @Nullable Double chanceOutputDifference) {
    static Layer of(LayerDiagnosis layer) {
      LayerDistance distance = layer.distance();
      Chance chance = layer.chance();
      return new Layer(
          layer.layer(),
          layer.valuesPerChannel(),
          distance == null ? null : distance.symmetricKullbackLeibler(),
          chance == null ? null : chance.symmetricKullbackLeibler(),
          layer.beyondChance(),
          distance == null ? null : distance.largestMeanShift(),
          distance == null ? null : distance.shiftedChannel(),
          distance == null ? null : distance.largestVarianceRatio(),
          distance == null ? null : distance.rescaledChannel(),
          chance == null ? null : chance.meanShift(),
          layer.unset(),
          layer.nearZeroVariances(),
          layer.constantInBatch(),
          layer.outputDifference(),
          chance == null ? null : chance.outputDifference());
    }
  }

  /** How an output of the network differs. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Output(
      String name,
      @Nullable Difference training,
      @Nullable Difference calibration,
      @Nullable Difference remainder) {
    static Output of(Diagnosis.Output output) {
      return new Output(
          output.name(),
          Difference.of(output.training()),
          Difference.of(output.calibration()),
          Difference.of(output.remainder()));
    }
  }

  /** How two answers differ. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Difference(
      @Nullable Double changedAnswers, double largestDifference, double relativeDifference) {
    static @Nullable Difference of(@Nullable OutputDifference difference) {
      return difference == null
          ? null
          : new Difference(
              difference.changedAnswers(), difference.largest(), difference.relative());
    }
  }
}
