package io.norma.runningstatistics.diagnosis;

import io.norma.runningstatistics.diagnosis.Diagnosis.Output;
import io.norma.runningstatistics.diagnosis.Finding.Code;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Whether training and evaluation agree in what they put out, or from which layer on they part. */
final class ModesFinding {
  /** From here on what a layer puts out in training and in evaluation is not the same. */
  private static final double PARTED = 0.1;

  /** Chance alone exceeds so many times what is expected of it in one of 370 layers or less. */
  private static final double BEYOND_CHANCE = 3;

  private final List<LayerDiagnosis> layers;
  private final List<Output> outputs;
  private final boolean isOneRow;

  /**
   * Of a batch that could be run in both modes.
   *
   * @param layers in the order that they are used in
   * @param isOneRow whether nothing can be told of chance
   */
  ModesFinding(List<LayerDiagnosis> layers, List<Output> outputs, boolean isOneRow) {
    this.layers = layers;
    this.outputs = outputs;
    this.isOneRow = isOneRow;
  }

  /** Whether and from which layer on the two put out something else. */
  @Nullable Finding find() {
    if (layers.stream().allMatch(layer -> layer.outputDifference() == null)) {
      return null;
    }
    double chance = 0;
    LayerDiagnosis first = null;
    LayerDiagnosis most = null;
    double chanceOfMost = 0;
    for (LayerDiagnosis layer : layers) {
      chance = Math.hypot(chance, layer.chance() == null ? 0 : layer.chance().outputDifference());
      double difference = layer.outputDifference() == null ? 0 : layer.outputDifference();
      if (first == null && difference >= PARTED && difference > BEYOND_CHANCE * chance) {
        first = layer;
      }
      if (most == null || difference > Objects.requireNonNullElse(most.outputDifference(), 0.0)) {
        most = layer;
        chanceOfMost = chance;
      }
    }
    return first == null
        ? agree(Objects.requireNonNull(most), chanceOfMost)
        : part(first, layers.getLast());
  }

  private Finding agree(LayerDiagnosis most, double chance) {
    double difference = Objects.requireNonNullElse(most.outputDifference(), 0.0);
    Map<String, Number> numbers = answers();
    Findings.put(numbers, "output_difference", difference);
    Findings.put(numbers, "chance_output_difference", chance);
    return new Finding(
        Code.MODES_AGREE,
        most.layer(),
        List.of(),
        String.format(
            Locale.ROOT,
            "training and evaluation agree: what layers put out differs by %s at most, in layer"
                + " '%s', where chance alone makes it about %s%s",
            Findings.percent(difference),
            most.layer(),
            Findings.percent(chance),
            changed(numbers)),
        numbers);
  }

  private Finding part(LayerDiagnosis first, LayerDiagnosis last) {
    double from = Objects.requireNonNull(first.outputDifference());
    double to = Objects.requireNonNullElse(last.outputDifference(), 0.0);
    Map<String, Number> numbers = answers();
    Findings.put(numbers, "output_difference", from);
    Findings.put(numbers, "last_output_difference", to);
    Findings.put(numbers, "growth", to / from);
    return new Finding(
        Code.MODES_PART,
        first.layer(),
        List.of(),
        String.format(
            Locale.ROOT,
            "training and evaluation part in layer '%s', the first whose outputs differ by %s or"
                + " more%s: by %s%s%s",
            first.layer(),
            Findings.percent(PARTED),
            isOneRow ? "" : " and beyond chance",
            Findings.percent(from),
            first.equals(last)
                ? ""
                : String.format(
                    Locale.ROOT,
                    "; in layer '%s', the last, by %s, %.2g times as much",
                    last.layer(),
                    Findings.percent(to),
                    to / from),
            changed(numbers)),
        numbers);
  }

  /** Of the output that changes most. */
  private Map<String, Number> answers() {
    Map<String, Number> numbers = new LinkedHashMap<>();
    double changed = -1;
    double left = -1;
    for (Output output : outputs) {
      OutputDifference all = output.training();
      OutputDifference remainder = output.remainder();
      if (all != null && all.changedAnswers() != null && all.changedAnswers() > changed) {
        changed = all.changedAnswers();
        left =
            remainder == null || remainder.changedAnswers() == null
                ? -1
                : remainder.changedAnswers();
      }
    }
    if (changed >= 0) {
      numbers.put("changed_answers", changed);
    }
    if (left >= 0) {
      numbers.put("changed_answers_after_calibration", left);
    }
    return numbers;
  }

  private static String changed(Map<String, Number> numbers) {
    Number changed = numbers.get("changed_answers");
    Number left = numbers.get("changed_answers_after_calibration");
    if (changed == null) {
      return "";
    }
    return "; %s of the rows get another class".formatted(Findings.percent(changed.doubleValue()))
        + (left == null
            ? ""
            : ", %s once it is calibrated with them"
                .formatted(Findings.percent(left.doubleValue())));
  }
}
