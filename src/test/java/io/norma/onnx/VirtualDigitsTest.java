package io.norma.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Folding;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.VirtualNormalizations;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The bundled digits as an exporter would have folded them, adapted without a checkpoint. */
final class VirtualDigitsTest {
  private static final Path EXAMPLES = Path.of("examples/digits");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PIXELS = 64;
  private static final int REFERENCES = 64;

  /** 64 clean and 64 shifted images bring back what another gain and offset took away. */
  @Test
  void recognizesShiftedDigitsAgain() throws IOException {
    Network folded = Folding.fold(digits());
    assertThat(folded.batchNormalizations()).isEmpty();
    Images clean = images("clean");
    Images shifted = images("shifted");

    List<String> layers = VirtualNormalizations.candidates(folded);
    assertThat(layers).hasSize(4);
    Network measured = VirtualNormalizations.insert(folded, layers);
    Map<String, ChannelStatistics> references = new LinkedHashMap<>();
    List<ChannelMoments> onClean = moments(measured, clean.first(REFERENCES));
    for (int i = 0; i < layers.size(); i++) {
      references.put(layers.get(i), VirtualNormalizations.reference(measured, onClean.get(i)));
    }
    Network virtual = VirtualNormalizations.insert(folded, references);
    RunningStatistics target = statistics(virtual, calibration());

    double frozen = accuracy(folded, folded.runningStatistics(), shifted);
    double adapted = accuracy(virtual, target, shifted);
    double cleanFrozen = accuracy(virtual, virtual.runningStatistics(), clean);
    System.out.printf(
        "shifted digits %.1f %% right frozen, %.1f %% by virtual batch normalizations; clean %.1f"
            + " %%%n",
        100 * frozen, 100 * adapted, 100 * cleanFrozen);
    assertThat(frozen).isLessThan(0.5);
    assertThat(adapted).isGreaterThan(0.95);
    assertThat(cleanFrozen).isGreaterThan(0.98);
    assertThat(bits(run(virtual, virtual.runningStatistics(), clean.all())))
        .isEqualTo(bits(run(folded, folded.runningStatistics(), clean.all())));
  }

  private static Network digits() throws IOException {
    try (InputStream file =
        VirtualDigitsTest.class.getResourceAsStream("/models/digits/1/model.onnx")) {
      assertThat(file).isNotNull();
      return OnnxImporter.read(file, "digits").network();
    }
  }

  private static List<ChannelMoments> moments(Network network, Tensor images) {
    ExecutionPlan plan = ExecutionPlan.compileForObservation(network);
    ChannelMoments[] moments = new ChannelMoments[network.batchNormalizations().size()];
    plan.run(
        List.of(images),
        new Normalization.Frozen(plan.bind(network.runningStatistics())),
        new Workspace(),
        (layer, x) -> moments[layer] = ChannelMoments.of(x, 1));
    return Arrays.asList(moments);
  }

  /** A calibration: each layer sees what the ones before it make of the batch. */
  private static RunningStatistics statistics(Network network, Tensor images) {
    ExecutionPlan plan = ExecutionPlan.compileForObservation(network);
    Map<String, ChannelStatistics> statistics = new LinkedHashMap<>();
    List<BatchNormalizationLayer> layers = network.batchNormalizations();
    plan.run(
        List.of(images),
        new Normalization.Batch(),
        new Workspace(),
        (layer, x) ->
            statistics.put(
                layers.get(layer).name(),
                VirtualNormalizations.reference(network, ChannelMoments.of(x, 1))));
    return new RunningStatistics(statistics);
  }

  private static Tensor run(Network network, RunningStatistics statistics, Tensor images) {
    ExecutionPlan plan = ExecutionPlan.compile(network);
    return plan.run(
            List.of(images), new Normalization.Frozen(plan.bind(statistics)), new Workspace())
        .getFirst();
  }

  private static double accuracy(Network network, RunningStatistics statistics, Images images) {
    Tensor y = run(network, statistics, images.all());
    int right = 0;
    for (int row = 0; row < images.labels().size(); row++) {
      int best = 0;
      for (int digit = 1; digit < 10; digit++) {
        best = y.getDouble(10 * row + digit) > y.getDouble(10 * row + best) ? digit : best;
      }
      right += best == images.labels().get(row) ? 1 : 0;
    }
    return (double) right / images.labels().size();
  }

  private static int[] bits(Tensor tensor) {
    float[] values = tensor.toFloatArray();
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
    return bits;
  }

  private record Images(List<Float> pixels, List<Integer> labels) {
    Tensor first(int count) {
      return tensor(pixels.subList(0, count * PIXELS));
    }

    Tensor all() {
      return tensor(pixels);
    }
  }

  private static Images images(String folder) {
    List<Float> pixels = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    JsonNode files = JSON.readTree(EXAMPLES.resolve(folder).resolve("labels.json"));
    for (String file : files.propertyNames()) {
      pixels.addAll(pixels(EXAMPLES.resolve(folder).resolve(file)));
      files.get(file).forEach(label -> labels.add(label.asInt()));
    }
    return new Images(pixels, labels);
  }

  private static Tensor calibration() {
    return tensor(pixels(EXAMPLES.resolve("shifted/calibration.json")));
  }

  private static List<Float> pixels(Path file) {
    List<Float> pixels = new ArrayList<>();
    JSON.readTree(file).get("inputs").get(0).get("data").forEach(p -> pixels.add(p.floatValue()));
    return pixels;
  }

  private static Tensor tensor(List<Float> pixels) {
    float[] elements = new float[pixels.size()];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = pixels.get(i);
    }
    return Tensor.of(Shape.of(elements.length / PIXELS, 1, 8, 8), elements);
  }
}
