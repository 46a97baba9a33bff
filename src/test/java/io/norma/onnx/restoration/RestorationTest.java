package io.norma.onnx.restoration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.NormalizationKind;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import io.norma.onnx.ImportReport;
import io.norma.onnx.ImportResult;
import io.norma.onnx.ImportWarning;
import io.norma.onnx.ImportWarning.Code;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.RestorationReport;
import io.norma.onnx.RestorationReport.LeftFolded;
import io.norma.onnx.RestorationReport.RestoredLayer;
import io.norma.onnx.restoration.FoldedModel.Trained;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RestorationTest {
  @ParameterizedTest
  @CsvSource({"1e-5, true", "1e-3, false", "2.5e-4, true", "1.2345e-3, false", "1e-6, true"})
  void bringsBackWhatWasFoldedIntoConvolutions(double epsilon, boolean hasBias) {
    FoldedModel model = new FoldedModel(1, -1, 3, 9, 9);
    Trained first = model.normalization("layer1.0.bn1", 17, epsilon);
    Trained second = model.normalization("layer1.0.bn2", 17, epsilon);
    model
        .convolution("layer1.0.conv1", 1, hasBias, first, 17, 3, 3, 3)
        .convolution("layer1.0.conv2", 1, hasBias, second, 17, 17, 3, 3);
    ImportResult imported = model.imported(-1, 17, 5, 5);

    ImportResult restored = restore(imported, model);

    assertRestored(restored.network(), "layer1.0.bn1", first);
    assertRestored(restored.network(), "layer1.0.bn2", second);
    assertSameOutputs(imported, restored, 2, 3, 9, 9);
    assertThat(
            Objects.requireNonNull(restored.network().constants().get("layer1.0.conv1.weight"))
                .toFloatArray())
        .isEqualTo(model.tensor("layer1.0.conv1.weight").toFloatArray());
    assertThat(restored.network().constants().containsKey("layer1.0.conv1.bias"))
        .isEqualTo(hasBias);
    assertThat(restored.network().constants()).doesNotContainKey("layer1.0.conv1.weight_bias");
    assertThat(restored.network().varianceConvention()).isEqualTo(VarianceConvention.UNBIASED);
  }

  @Test
  void reportsWhatItBroughtBack() {
    FoldedModel model = new FoldedModel(2, -1, 3, 9, 9);
    model.convolution("conv", 1, false, model.normalization("bn", 8, 1e-5), 8, 3, 3, 3);
    model.checkpoint.put("ema.decay_table", FoldedModel.vector(1, 2, 3));

    ImportResult imported = model.imported(-1, 8, 7, 7);
    ImportReport report = restore(imported, model).report();

    assertThat(imported.report().warnings())
        .extracting(ImportWarning::code)
        .contains(Code.NO_BATCH_NORMALIZATION);
    assertThat(report.warnings()).isEmpty();
    assertThat(report.batchNormalizations())
        .containsExactly(
            new ImportReport.BatchNormalizationSummary(
                "bn", 8, 1e-5, 0.1, "restored", List.of("bn")));
    assertThat(report.layers()).extracting("name").containsExactly("conv", "bn", "relu1");
    assertThat(report.layers().get(1).parameters())
        .extracting(ImportReport.Parameter::name)
        .containsExactly("bn.weight", "bn.bias", "bn.running_mean", "bn.running_var");
    assertThat(report.parameters()).isEqualTo(8 * 27 + 4 * 8);
    RestorationReport restoration = Objects.requireNonNull(report.restoration());
    assertThat(restoration.layers()).isEqualTo(1);
    assertThat(restoration.unfolded()).isZero();
    assertThat(restoration.leftFolded()).isEmpty();
    assertThat(restoration.unusedKeys()).containsExactly("ema.decay_table");
    assertThat(restoration.unusedKeyCount()).isEqualTo(1);
    assertThat(restoration.largestDeviation()).isBetween(0.0, 3e-7);
    RestoredLayer layer = restoration.restored().getFirst();
    assertThat(layer.node()).isEqualTo("conv");
    assertThat(layer.weights()).isEqualTo("conv.weight");
    assertThat(layer.batchNormalization()).isEqualTo("bn");
    assertThat(layer.epsilon()).isEqualTo(1e-5);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 12})
  void bringsBackWhatWasFoldedIntoGroups(int groups) {
    FoldedModel model = new FoldedModel(3, -1, 12, 8, 8);
    Trained trained = model.normalization("bn", 24, 1e-3);
    model.convolution("conv", groups, true, trained, 24, 12 / groups, 3, 3);

    assertBroughtBack(model, "bn", trained, new long[] {-1, 24, 6, 6}, 2, 12, 8, 8);
  }

  @ParameterizedTest
  @CsvSource({"1, true", "3, false", "6, true"})
  void bringsBackWhatWasFoldedIntoTransposedConvolutions(int groups, boolean hasBias) {
    FoldedModel model = new FoldedModel(4, -1, 6, 5, 5);
    Trained trained = model.normalization("bn", 12, 1e-5);
    model.transposed("up", groups, hasBias, trained, 6, 12 / groups, 2, 3);

    assertBroughtBack(model, "bn", trained, new long[] {-1, 12, 6, 7}, 2, 6, 5, 5);
  }

  @ParameterizedTest
  @CsvSource({
    "true, true, 10, 20",
    "false, true, 10, 20",
    "false, false, 16, 16",
    "true, false, 16, 16"
  })
  void bringsBackWhatWasFoldedIntoDenseLayers(boolean transposed, boolean hasBias, int m, int k) {
    FoldedModel model = new FoldedModel(5, -1, k);
    Trained trained = model.normalization("net.1", m, 1e-5);
    model.dense("net.0", transposed, hasBias, trained, m, k);

    assertBroughtBack(model, "net.1", trained, new long[] {-1, m}, 3, k);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void bringsBackWhatWasFoldedIntoAProductAndItsAddition(boolean hasBias) {
    FoldedModel model = new FoldedModel(6, -1, 14);
    Trained trained = model.normalization("bn", 9, 1e-5);
    model.product("linear", hasBias, trained, 9, 14);

    assertBroughtBack(model, "bn", trained, new long[] {-1, 9}, 3, 14);
  }

  @Test
  void bringsBackWhatWasFoldedInOneAndThreeDimensions() {
    FoldedModel line = new FoldedModel(7, -1, 4, 20);
    Trained onLine = line.normalization("bn", 6, 1e-5);
    line.convolution("conv", 2, false, onLine, 6, 2, 5);
    assertBroughtBack(line, "bn", onLine, new long[] {-1, 6, 16}, 2, 4, 20);

    FoldedModel volume = new FoldedModel(8, -1, 2, 4, 5, 6);
    Trained inVolume = volume.normalization("bn", 6, 1e-5);
    volume.convolution("conv", 1, true, inVolume, 6, 2, 2, 2, 2);
    assertBroughtBack(volume, "bn", inVolume, new long[] {-1, 6, 3, 4, 5}, 2, 2, 4, 5, 6);
  }

  /** Of more axes than two the last is no batch normalization's. */
  @Test
  void leavesProductsOfSequencesFolded() {
    FoldedModel model = new FoldedModel(9, -1, 7, 14);
    Trained trained = model.normalization("bn", 9, 1e-5);
    model.product("linear", true, trained, 9, 14);
    ImportResult imported = model.imported(-1, 7, 9);

    ImportResult restored = restore(imported, model);

    assertThat(restored.network().batchNormalizations()).isEmpty();
    assertThat(reportOf(restored).leftFolded())
        .singleElement()
        .satisfies(
            left -> assertThat(left.reason()).contains("not known that its output is a matrix"));
    assertSameOutputs(imported, restored, 2, 7, 14);
  }

  @Test
  void bringsBackChannelsThatAreZero() {
    FoldedModel model = new FoldedModel(10, -1, 3, 6, 6);
    Trained trained = model.normalization("bn", 8, 1e-3);
    trained.gamma()[2] = 0;
    trained.gamma()[5] = -trained.gamma()[5];
    Tensor weights = model.weights("conv.weight", 8, 3, 3, 3);
    for (int i = 4 * 27; i < 5 * 27; i++) {
      weights.floats()[i] = 0;
    }
    int[] channelOf = new int[weights.size()];
    for (int i = 0; i < channelOf.length; i++) {
      channelOf[i] = i / 27;
    }
    model.node(
        "Conv",
        "conv",
        FoldedModel.folded(weights, trained, channelOf, x -> x),
        FoldedModel.foldedBias(new float[0], trained, x -> x));

    assertBroughtBack(model, "bn", trained, new long[] {-1, 8, 4, 4}, 2, 3, 6, 6);
  }

  @Test
  void leavesAloneWhatWasNotFolded() {
    FoldedModel model = new FoldedModel(11, -1, 3, 6, 6);
    Trained trained = model.normalization("bn", 8, 1e-5);
    model.convolution("conv", 1, false, trained, 8, 3, 3, 3);
    Tensor plain = model.weights("plain.weight", 8, 8, 1, 1);
    float[] bias = {1, 2, 3, 4, 5, 6, 7, 8};
    model.checkpoint.put("plain.bias", FoldedModel.vector(bias));
    model.node("Conv", "plain", plain, bias);
    ImportResult imported = model.imported(-1, 8, 4, 4);

    ImportResult restored = restore(imported, model);

    assertThat(restored.network().batchNormalizations()).hasSize(1);
    assertThat(reportOf(restored).unfolded()).isEqualTo(1);
    assertThat(reportOf(restored).leftFolded()).isEmpty();
    assertThat(reportOf(restored).unusedKeys()).isEmpty();
    assertThat(restored.network().nodes())
        .filteredOn(node -> node.operator().equals("Conv"))
        .last()
        .isEqualTo(imported.network().nodes().get(2));
  }

  @Test
  void reportsWhatStaysFoldedAndWhy() {
    FoldedModel model = new FoldedModel(12, -1, 3, 6, 6);
    Trained trained = model.normalization("bn", 8, 1e-5);
    model.convolution("conv", 1, false, trained, 8, 3, 3, 3);
    Trained lost = model.normalization("lost", 8, 1e-5);
    model.convolution("scaled", 1, false, lost, 8, 8, 3, 3);
    model.checkpoint.keySet().removeIf(name -> name.startsWith("lost."));
    model.node("Conv", "computed", random(8, 8, 2, 2), new float[8]);
    ImportResult imported = model.imported(-1, 8, 1, 1);

    ImportResult restored = restore(imported, model);

    assertThat(restored.network().batchNormalizations()).hasSize(1);
    assertThat(reportOf(restored).leftFolded())
        .containsExactly(
            new LeftFolded(
                "scaled",
                "its weights are those of 'scaled.weight' times a factor per channel, but no batch"
                    + " normalization of 8 channels in the checkpoint gives these factors and"
                    + " biases"),
            new LeftFolded("computed", "the checkpoint has no weights of shape [8,8,2,2]"));
    assertSameOutputs(imported, restored, 1, 3, 6, 6);
  }

  @Test
  void tellsWhenABatchNormalizationBeforeALayerWasFolded() {
    FoldedModel model = new FoldedModel(13, -1, 3, 6, 6);
    model.convolution("conv", 1, false, model.normalization("bn", 8, 1e-5), 8, 3, 3, 3);
    Tensor weights = model.weights("next.weight", 5, 8, 3, 3);
    Tensor folded = weights.copy();
    for (int i = 0; i < folded.size(); i++) {
      folded.floats()[i] *= 0.5f + i / 9 % 8;
    }
    model.node("Conv", "next", folded, new float[] {1, 2, 3, 4, 5});

    ImportResult restored = restore(model.imported(-1, 5, 2, 2), model);

    assertThat(reportOf(restored).leftFolded())
        .singleElement()
        .satisfies(left -> assertThat(left.reason()).contains("'next.weight'", "of its input"));
  }

  @Test
  void refusesACheckpointOfAnotherNetwork() {
    FoldedModel model = twoLayers(14);
    FoldedModel other = new FoldedModel(15, -1, 3, 6, 6);
    other.convolution("stem", 1, false, other.normalization("norm", 4, 1e-5), 4, 3, 5, 5);

    CheckpointMismatchException refusal =
        catchThrowableOfType(
            CheckpointMismatchException.class, () -> restore(model.imported(-1, 8, 2, 2), other));

    assertThat(refusal)
        .hasMessageContaining("of another network: 0 of 2 convolutions and dense layers")
        .hasMessageContaining("'conv1': the checkpoint has no weights of shape [8,3,3,3]");
    assertThat(refusal.matched()).isZero();
    assertThat(refusal.layers()).isEqualTo(2);
  }

  @Test
  void refusesACheckpointOfAnotherEpoch() {
    FoldedModel model = twoLayers(16);
    FoldedModel later = twoLayers(17);

    assertThatThrownBy(() -> restore(model.imported(-1, 8, 2, 2), later))
        .isInstanceOf(CheckpointMismatchException.class)
        .hasMessageContaining(
            "'conv1': the checkpoint has 1 weights of shape [8,3,3,3], but with other numbers");
  }

  @Test
  void refusesACheckpointWhereOneLayerHasOtherWeights() {
    FoldedModel model = twoLayers(18);
    model.checkpoint.put("conv2.weight", random(8, 8, 3, 3));

    assertThatThrownBy(() -> restore(model.imported(-1, 8, 2, 2), model))
        .isInstanceOf(CheckpointMismatchException.class)
        .hasMessageContaining("other weights than the file")
        .hasMessageContaining("1 of 2")
        .hasMessageContaining("'conv2'");
  }

  /** Right weights with the running statistics of another epoch. */
  @Test
  void neverRestoresByOtherStatistics() {
    FoldedModel model = twoLayers(19);
    model.tensor("bn2.running_var").floats()[3] *= 1.001f;

    ImportResult restored = restore(model.imported(-1, 8, 2, 2), model);

    assertThat(restored.network().batchNormalizations())
        .extracting(BatchNormalizationLayer::name)
        .containsExactly("bn1");
    assertThat(reportOf(restored).leftFolded()).hasSize(1);
  }

  /** As freshly initialized, where numbers do not tell which is which. */
  @Test
  void tellsEqualBatchNormalizationsApartByNames() {
    FoldedModel model = new FoldedModel(20, -1, 8, 9, 9);
    for (String block : List.of("layer10.0", "layer2.0")) {
      for (String number : List.of("2", "1")) {
        model.fresh(block + ".bn" + number, 8);
      }
    }
    Trained fresh = model.fresh("layer10.0.downsample.1", 8);
    model
        .convolution("layer2.0.conv1", 1, false, fresh, 8, 8, 1, 1)
        .convolution("layer2.0.conv2", 1, false, fresh, 8, 8, 1, 1)
        .convolution("layer10.0.conv1", 1, false, fresh, 8, 8, 1, 1)
        .convolution("layer10.0.conv2", 1, false, fresh, 8, 8, 1, 1)
        .convolution("layer10.0.downsample.0", 1, false, fresh, 8, 8, 1, 1);

    ImportResult restored = restore(model.imported(-1, 8, 9, 9), model);

    assertThat(reportOf(restored).restored())
        .extracting(RestoredLayer::batchNormalization)
        .containsExactly(
            "layer2.0.bn1",
            "layer2.0.bn2",
            "layer10.0.bn1",
            "layer10.0.bn2",
            "layer10.0.downsample.1");
  }

  /** The file does not name its weights, and all of them are equal. */
  @Test
  void usesEqualWeightsAndBatchNormalizationsOnceEach() {
    FoldedModel model = new FoldedModel(21, -1, 4, 9, 9);
    Tensor ones = Tensor.zeros(DataType.FP32, Shape.of(4, 4, 1, 1));
    Arrays.fill(ones.floats(), 0.25f);
    for (int i = 0; i < 3; i++) {
      Trained fresh = model.fresh("blocks." + i + ".bn", 4);
      model.checkpoint.put("blocks." + i + ".conv.weight", ones);
      int[] channelOf = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
      model.node(
          "Conv",
          "onnx::Conv_" + i,
          FoldedModel.folded(ones, fresh, channelOf, x -> x),
          FoldedModel.foldedBias(new float[0], fresh, x -> x));
    }

    ImportResult restored = restore(model.imported(-1, 4, 9, 9), model);

    assertThat(reportOf(restored).restored())
        .extracting(RestoredLayer::weights)
        .containsExactly("blocks.0.conv.weight", "blocks.1.conv.weight", "blocks.2.conv.weight");
    assertThat(restored.network().batchNormalizations())
        .extracting(BatchNormalizationLayer::name)
        .containsExactly("blocks.0.bn", "blocks.1.bn", "blocks.2.bn");
  }

  @Test
  void appliesOneBatchNormalizationWhereOneFoldedPairIsUsedTwice() {
    FoldedModel model = new FoldedModel(22, -1, 6, 9, 9);
    Trained trained = model.normalization("shared.bn", 6, 1e-5);
    model
        .convolution("shared.conv", 1, true, trained, 6, 6, 3, 3)
        .apply("Conv", "again", "shared.conv.weight", "shared.conv.weight_bias");
    ImportResult imported = model.imported(-1, 6, 5, 5);

    ImportResult restored = restore(imported, model);

    assertThat(restored.network().batchNormalizations()).hasSize(1);
    assertThat(restored.report().batchNormalizations().getFirst().nodes())
        .containsExactly("shared.bn", "shared.bn_2");
    assertThat(restored.network().constants()).hasSize(2).containsKey("shared.conv.weight");
    assertSameOutputs(imported, restored, 2, 6, 9, 9);
  }

  @Test
  void stripsThePrefixesOfWrappers() {
    FoldedModel model = twoLayers(23);
    Map<String, Tensor> wrapped = new LinkedHashMap<>();
    model.checkpoint.forEach((name, tensor) -> wrapped.put("module._orig_mod." + name, tensor));

    ImportResult restored =
        Restoration.restore(
            model.imported(-1, 8, 2, 2), Checkpoint.of(wrapped), MemoryBudget.unlimited());

    assertThat(reportOf(restored).strippedPrefix()).isEqualTo("module._orig_mod.");
    assertThat(restored.network().batchNormalizations())
        .extracting(BatchNormalizationLayer::name)
        .containsExactly("bn1", "bn2");
  }

  @Test
  void keepsAPrefixThatTheFileHasToo() {
    FoldedModel model = new FoldedModel(24, -1, 3, 6, 6);
    Trained trained = model.normalization("model.1", 8, 1e-5);
    model.convolution("model.0", 1, false, trained, 8, 3, 3, 3);

    ImportResult restored = restore(model.imported(-1, 8, 4, 4), model);

    assertThat(reportOf(restored).strippedPrefix()).isEmpty();
    assertThat(restored.network().batchNormalizations().getFirst().name()).isEqualTo("model.1");
  }

  @Test
  void knowsTheModuleOfANodeThatIsNamedByItsScopes() {
    assertThat(ModulePaths.scope("/layer1/layer1.0/conv1/Conv")).isEqualTo("layer1.0.conv1");
    assertThat(ModulePaths.scope("/features/features.0/features.0.0/Conv"))
        .isEqualTo("features.0.0");
    assertThat(ModulePaths.scope("Conv_12")).isEmpty();
  }

  /** A file in half precision, whose numbers are kept as floats. */
  @Test
  void bringsBackWhatWasRoundedToHalfPrecision() {
    FoldedModel model = new FoldedModel(25, -1, 16, 6, 6);
    Trained trained = model.normalization("bn", 8, 1e-3);
    Tensor weights = model.weights("conv.weight", 8, 16, 3, 3);
    int[] channelOf = new int[weights.size()];
    for (int i = 0; i < channelOf.length; i++) {
      channelOf[i] = i / 144;
    }
    model.node(
        "Conv",
        "conv",
        FoldedModel.folded(weights, trained, channelOf, RestorationTest::half),
        FoldedModel.foldedBias(new float[0], trained, RestorationTest::half));

    ImportResult restored = restore(model.imported(-1, 8, 4, 4), model);

    assertRestored(restored.network(), "bn", trained);
  }

  private static double half(double value) {
    return Float.float16ToFloat(Float.floatToFloat16((float) value));
  }

  /** Where all variances are large many fit; others of the network tell which was meant. */
  @Test
  void takesTheEpsilonOfOtherLayersWhereVariancesAreLarge() {
    FoldedModel model = new FoldedModel(26, -1, 3, 6, 6);
    Trained clear = model.normalization("bn1", 8, 1e-3);
    Trained large = model.normalization("bn2", 8, 1e-3);
    for (int c = 0; c < 8; c++) {
      large.variance()[c] = 1e5f + c;
    }
    model
        .convolution("conv1", 1, false, clear, 8, 3, 3, 3)
        .convolution("conv2", 1, false, large, 8, 8, 3, 3);

    ImportResult restored = restore(model.imported(-1, 8, 2, 2), model);

    assertThat(restored.network().batchNormalizations())
        .extracting(BatchNormalizationLayer::epsilon)
        .containsExactly(1e-3, 1e-3);
  }

  @Test
  void reservesOriginalWeightsUntilItEnds() {
    FoldedModel model = twoLayers(27);
    ImportResult imported = model.imported(-1, 8, 2, 2);
    MemoryBudget enough = new MemoryBudget("norma.test", 20_000);
    Restoration.restore(imported, model.checkpoint(), enough);
    assertThat(enough.reserved()).isZero();

    MemoryBudget little = new MemoryBudget("norma.test", 2_000);
    assertThatThrownBy(() -> Restoration.restore(imported, model.checkpoint(), little))
        .isInstanceOf(MemoryLimitException.class)
        .hasMessageContaining("restored from a checkpoint")
        .hasMessageContaining("norma.test");
    assertThat(little.reserved()).isZero();
  }

  @Test
  void refusesANetworkThatHasNothingToRestore() {
    ImportResult imported =
        OnnxBuilder.operatorSet(17)
            .input("x", -1, 3)
            .node("relu", "Relu", List.of("x"), List.of("y"))
            .output("y", -1, 3)
            .read();

    assertThatThrownBy(() -> restore(imported, twoLayers(28)))
        .isInstanceOf(CheckpointMismatchException.class)
        .hasMessageContaining("no convolution or dense layer");
  }

  private static FoldedModel twoLayers(long seed) {
    FoldedModel model = new FoldedModel(seed, -1, 3, 6, 6);
    Trained first = model.normalization("bn1", 8, 1e-5);
    Trained second = model.normalization("bn2", 8, 1e-5);
    return model
        .convolution("conv1", 1, false, first, 8, 3, 3, 3)
        .convolution("conv2", 1, false, second, 8, 8, 3, 3);
  }

  private static Tensor random(int... shape) {
    return new FoldedModel(99, 1).weights("any", shape);
  }

  private static ImportResult restore(ImportResult imported, FoldedModel model) {
    return Restoration.restore(imported, model.checkpoint(), MemoryBudget.unlimited());
  }

  private static RestorationReport reportOf(ImportResult restored) {
    return Objects.requireNonNull(restored.report().restoration());
  }

  private static void assertBroughtBack(
      FoldedModel model, String name, Trained trained, long[] output, int... input) {
    ImportResult imported = model.imported(output);
    ImportResult restored = restore(imported, model);
    assertRestored(restored.network(), name, trained);
    assertSameOutputs(imported, restored, input);
    assertThat(reportOf(restored).leftFolded()).isEmpty();
    assertThat(reportOf(restored).largestDeviation()).isLessThan(1e-6);
  }

  private static void assertRestored(Network network, String name, Trained trained) {
    BatchNormalizationLayer layer =
        network.batchNormalizations().stream()
            .filter(one -> one.name().equals(name))
            .findFirst()
            .orElseThrow();
    assertThat(layer.gamma()).isEqualTo(trained.gamma());
    assertThat(layer.beta()).isEqualTo(trained.beta());
    assertThat(layer.epsilon()).isEqualTo(trained.epsilon());
    assertThat(layer.kind()).isEqualTo(NormalizationKind.RESTORED);
    assertThat(network.runningStatistics().layer(name))
        .isEqualTo(new ChannelStatistics(trained.mean(), trained.variance()));
  }

  private static void assertSameOutputs(
      ImportResult imported, ImportResult restored, int... shape) {
    Tensor x = Tensor.zeros(DataType.FP32, Shape.of(shape));
    Random random = new Random(7);
    for (int i = 0; i < x.size(); i++) {
      x.floats()[i] = (float) random.nextGaussian();
    }
    double[] before = run(imported.network(), x);
    double[] after = run(restored.network(), x);
    double largest = 0;
    double off = 0;
    for (int i = 0; i < before.length; i++) {
      largest = Math.max(largest, Math.abs(before[i]));
      off = Math.max(off, Math.abs(before[i] - after[i]));
    }
    assertThat(after).hasSameSizeAs(before);
    assertThat(largest).isPositive();
    assertThat(off / largest).isLessThan(2e-6);
  }

  private static double[] run(Network network, Tensor x) {
    ExecutionPlan plan = ExecutionPlan.compile(network);
    return plan.run(
            List.of(x),
            new Normalization.Frozen(plan.bind(network.runningStatistics())),
            new Workspace())
        .getFirst()
        .toDoubleArray();
  }
}
