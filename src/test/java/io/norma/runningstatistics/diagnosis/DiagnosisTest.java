package io.norma.runningstatistics.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.OperatorSetIdProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.onnx.proto.TensorShapeProto;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import io.norma.service.RunningService;
import io.norma.service.StatisticsClient;
import io.norma.service.StatisticsClient.Answer;
import io.norma.store.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Faults that are made on purpose are found, and numbers are those of their definitions. */
final class DiagnosisTest {
  private static final String DIGITS = "/v1/models/digits";
  private static final String COLOURS = "/v1/models/colours";
  private static final int PIXELS = 4;

  /** Of the network of colours: γ, β, mean and variance of its one batch normalization. */
  private static final float[][] PARAMETERS = {
    {2, 1, 0.5f}, {0, 1, -1}, {0.5f, 0.4f, 0.2f}, {0.04f, 0.09f, 0.01f}
  };

  private static final double EPSILON = 1e-5;

  private static RunningService service;
  private static StatisticsClient client;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    service = RunningService.start(directory, TestDatabase.H2.url(directory));
    client = service.client();
    upload(DIGITS, Files.readAllBytes(Path.of("src/main/resources/models/digits/1/model.onnx")));
    upload(
        COLOURS,
        network(
            node("BatchNormalization")
                .addAllInput(List.of("x", "gamma", "beta", "mean", "variance"))));
    upload("/v1/models/plain", network(node("Relu").addInput("x")));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static void upload(String model, byte[] bytes) {
    Answer uploaded = client.put(model + "/versions/1", bytes, "application/octet-stream");
    assertThat(uploaded.status()).as(uploaded.text()).isEqualTo(201);
  }

  private static NodeProto.Builder node(String type) {
    return NodeProto.newBuilder().setOpType(type).setName("bn").addOutput("y");
  }

  /** Pictures of 2 by 2 in three colours. */
  private static byte[] network(NodeProto.Builder node) {
    GraphProto.Builder graph =
        GraphProto.newBuilder().addInput(picture("x")).addOutput(picture("y")).addNode(node);
    List<String> names = List.of("gamma", "beta", "mean", "variance");
    for (int i = 0; i < names.size(); i++) {
      TensorProto.Builder tensor =
          TensorProto.newBuilder()
              .setName(names.get(i))
              .addDims(3)
              .setDataType(TensorProto.DataType.FLOAT_VALUE);
      for (float value : PARAMETERS[i]) {
        tensor.addFloatData(value);
      }
      graph.addInitializer(tensor);
    }
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(15))
        .setGraph(graph)
        .build()
        .toByteArray();
  }

  private static ValueInfoProto picture(String name) {
    TensorShapeProto.Builder shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"));
    for (int extent : new int[] {3, 2, 2}) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(extent));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT_VALUE)
                        .setShape(shape)))
        .build();
  }

  /** Pictures as the running statistics have them, of independent pixels. */
  private static double[] pictures(int rows) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(rows);
    double[] pictures = new double[rows * 3 * PIXELS];
    for (int i = 0; i < pictures.length; i++) {
      int c = i / PIXELS % 3;
      pictures[i] = (float) random.nextGaussian(PARAMETERS[2][c], Math.sqrt(PARAMETERS[3][c]));
    }
    return pictures;
  }

  private static String request(String input, double[] values, int... row) {
    int size = Arrays.stream(row).reduce(1, (a, b) -> a * b);
    return "{\"inputs\": [{\"name\": \"%s\", \"shape\": [%d, %s], \"datatype\": \"FP32\", \"data\": %s}]}"
        .formatted(
            input,
            values.length / size,
            Arrays.stream(row).mapToObj(String::valueOf).collect(Collectors.joining(", ")),
            Arrays.toString(values));
  }

  private static JsonNode colours(String query, double[] pictures) {
    return succeed(client.post(COLOURS + "/diagnosis" + query, request("x", pictures, 3, 2, 2)));
  }

  private static double[] digits() {
    List<Double> pixels = new ArrayList<>();
    for (int file = 1; file <= 7; file++) {
      try {
        StatisticsClient.JSON
            .readTree(Files.readString(Path.of("examples/digits/clean/test-" + file + ".json")))
            .get("inputs")
            .get(0)
            .get("data")
            .forEach(pixel -> pixels.add(pixel.asDouble()));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
    return pixels.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static JsonNode digits(String query, DoubleUnaryOperator change) {
    return succeed(
        client.post(
            DIGITS + "/diagnosis" + query,
            request("image", DoubleStream.of(digits()).map(change).toArray(), 1, 8, 8)));
  }

  private static JsonNode digitsBy(String set, String layers) {
    Answer loaded =
        client.put(
            DIGITS + "/running-statistics/" + set,
            "{\"base\": \"default\", \"layers\": {" + layers + "}}");
    assertThat(loaded.status()).as(loaded.text()).isEqualTo(201);
    return succeed(
        client.post(
            DIGITS + "/diagnosis",
            request("image", digits(), 1, 8, 8)
                .replaceFirst(
                    "\\{", "{\"parameters\": {\"running_statistics\": \"" + set + "\"}, ")));
  }

  private static JsonNode succeed(Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    return answer.json();
  }

  private static List<String> codes(JsonNode diagnosis) {
    return StreamSupport.stream(diagnosis.get("findings").spliterator(), false)
        .map(finding -> finding.get("code").asString())
        .toList();
  }

  private static JsonNode finding(JsonNode diagnosis, String code) {
    assertThat(codes(diagnosis)).as(diagnosis.toPrettyString()).contains(code);
    return diagnosis.get("findings").get(codes(diagnosis).indexOf(code));
  }

  private static List<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asString).toList();
  }

  /** A picture's values of one channel, over all rows. */
  private static double[] channel(double[] pictures, int c) {
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < pictures.length; i++) {
      if (i / PIXELS % 3 == c) {
        values.add(pictures[i]);
      }
    }
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Test
  void givesNumbersByTheirDefinitions() {
    int rows = 20;
    double[] pictures = DoubleStream.of(pictures(rows)).map(x -> 1.3 * x + 0.1).toArray();
    for (int i = 0; i < pictures.length; i++) {
      pictures[i] = (float) pictures[i];
    }
    JsonNode diagnosis = colours("", pictures);

    double divergence = 0;
    double chance = 0;
    double chanceShift = 0;
    double squares = 0;
    double size = 0;
    double largest = 0;
    for (int c = 0; c < 3; c++) {
      double[] x = channel(pictures, c);
      double mean = Arrays.stream(x).average().orElseThrow();
      double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
      double p = PARAMETERS[3][c] + EPSILON;
      double q = variance + EPSILON;
      double shift = mean - PARAMETERS[2][c];
      divergence += 0.5 * (p / q + q / p - 2 + shift * shift * (1 / p + 1 / q)) / 3;
      double ofMean = 0;
      double ofVariance = 0;
      for (int n = 0; n < rows; n++) {
        double[] row = Arrays.copyOfRange(x, n * PIXELS, (n + 1) * PIXELS);
        double own = Arrays.stream(row).average().orElseThrow() - mean;
        double square =
            Arrays.stream(row).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        ofMean += own * own / (rows * (rows - 1.0));
        ofVariance += (square - variance) * (square - variance) / (rows * (rows - 1.0));
      }
      chance += (ofMean / q + ofVariance / (2 * q * q)) / 3;
      chanceShift += ofMean / q / 3;
      for (double value : x) {
        double trained = (value - mean) / Math.sqrt(q) * PARAMETERS[0][c] + PARAMETERS[1][c];
        double evaluated =
            (value - PARAMETERS[2][c]) / Math.sqrt(p) * PARAMETERS[0][c] + PARAMETERS[1][c];
        squares += Math.pow(trained - evaluated, 2);
        size += trained * trained;
        largest = Math.max(largest, Math.abs(trained - evaluated));
      }
    }
    JsonNode layer = diagnosis.get("layers").get(0);
    assertThat(layer.get("values_per_channel").asInt()).isEqualTo(rows * PIXELS);
    requireClose(layer.get("symmetric_kl"), divergence);
    requireClose(layer.get("chance_symmetric_kl"), chance);
    requireClose(layer.get("chance_mean_shift"), Math.sqrt(chanceShift));
    requireClose(layer.get("output_difference"), Math.sqrt(squares / size));
    assertThat(layer.get("beyond_chance").asBoolean()).isTrue();
    JsonNode training = diagnosis.get("outputs").get(0).get("training");
    requireClose(training.get("largest_difference"), largest);
    requireClose(training.get("relative_difference"), Math.sqrt(squares / size));
    // Calibrating gives unbiased variances, n − 1 in place of n: that alone is left.
    double n = rows * PIXELS;
    assertThat(
            diagnosis.get("outputs").get(0).get("remainder").get("relative_difference").asDouble())
        .isBetween(0.2 * (1 - Math.sqrt((n - 1) / n)), 1 - Math.sqrt((n - 1) / n));
  }

  private static void requireClose(JsonNode actual, double expected) {
    assertThat(actual.asDouble()).isCloseTo(expected, within(1e-5 * expected));
  }

  @Test
  void findsThatTheModesAgree() {
    JsonNode diagnosis = digits("", x -> x);

    assertThat(codes(diagnosis)).containsExactly("MODES_AGREE");
    assertThat(diagnosis.get("running_statistics").asString()).isEqualTo("default@1");
    assertThat(diagnosis.get("rows").asInt()).isEqualTo(digits().length / 64);
    assertThat(diagnosis.get("outputs").get(0).get("training").get("changed_answers").asDouble())
        .isLessThan(0.01);
    diagnosis
        .get("layers")
        .forEach(
            layer -> assertThat(layer.get("beyond_chance").asBoolean()).as("%s", layer).isFalse());
  }

  @Test
  void findsAnInputThatIs255TimesAsLarge() {
    JsonNode diagnosis = digits("", x -> 255 * x);

    assertThat(codes(diagnosis)).containsExactly("SHIFTED_INPUT", "MODES_PART");
    JsonNode finding = diagnosis.get("findings").get(0);
    assertThat(finding.get("layer").asString()).isEqualTo("bn1");
    assertThat(finding.get("numbers").get("factor").asDouble()).isBetween(240.0, 270.0);
    assertThat(finding.get("message").asString()).contains("divide the input by 255");
    JsonNode part = diagnosis.get("findings").get(1);
    assertThat(part.get("layer").asString()).isEqualTo("bn1");
    assertThat(part.get("numbers").get("changed_answers").asDouble()).isGreaterThan(0.4);
    assertThat(part.get("numbers").get("changed_answers_after_calibration").asDouble())
        .isLessThan(0.01);
    assertThat(finding(digits("", x -> x / 255), "SHIFTED_INPUT").get("message").asString())
        .contains("multiply the input by 255");
  }

  @Test
  void findsAnInputThatIsBrighter() {
    JsonNode diagnosis = digits("", x -> x + 0.3);

    assertThat(codes(diagnosis)).startsWith("SHIFTED_INPUT");
    assertThat(diagnosis.get("findings").get(0).get("numbers").has("factor")).isFalse();
  }

  @Test
  void findsColoursInReverseOrder() {
    double[] pictures = pictures(60);
    double[] reversed = pictures.clone();
    for (int i = 0; i < pictures.length; i++) {
      reversed[i] = pictures[i + (2 - 2 * (i / PIXELS % 3)) * PIXELS];
    }
    assertThat(codes(colours("", pictures))).startsWith("MODES_AGREE");
    JsonNode finding = colours("", reversed).get("findings").get(0);

    assertThat(finding.get("code").asString()).isEqualTo("SHIFTED_INPUT");
    assertThat(finding.get("message").asString()).contains("reverse order");
    assertThat(finding.get("numbers").get("reversed_symmetric_kl").asDouble()).isLessThan(0.02);
  }

  private static String constant(String layer, int channels, double mean, double variance) {
    return "\"%s\": {\"mean\": %s, \"variance\": %s}"
        .formatted(
            layer,
            DoubleStream.generate(() -> mean).limit(channels).boxed().toList(),
            DoubleStream.generate(() -> variance).limit(channels).boxed().toList());
  }

  @Test
  void findsStatisticsThatWereNeverSet() {
    JsonNode diagnosis =
        digitsBy("unset", constant("bn2", 32, 0, 1) + ", " + constant("bn3", 64, 0, 1));

    assertThat(codes(diagnosis)).containsExactly("UNSET_STATISTICS", "MODES_PART");
    assertThat(texts(diagnosis.get("findings").get(0).get("layers"))).containsExactly("bn2", "bn3");
    assertThat(diagnosis.get("findings").get(1).get("layer").asString()).isEqualTo("bn2");
    assertThat(diagnosis.get("layers").get(1).get("unset").asBoolean()).isTrue();
    assertThat(diagnosis.get("layers").get(0).get("unset").asBoolean()).isFalse();
  }

  @Test
  void findsWhichLayerIsStale() {
    JsonNode diagnosis = digitsBy("stale", constant("bn3", 64, 0.5, 2));

    assertThat(codes(diagnosis)).containsExactly("STALE_STATISTICS", "MODES_PART");
    for (JsonNode finding : diagnosis.get("findings")) {
      assertThat(finding.get("layer").asString()).isEqualTo("bn3");
    }
    assertThat(texts(diagnosis.get("findings").get(0).get("layers"))).containsExactly("bn3");
  }

  @Test
  void findsChannelsThatAreDividedByNearlyNothing() {
    JsonNode diagnosis = digitsBy("dead", constant("bn4", 64, 0, 1e-9));

    assertThat(codes(diagnosis))
        .containsExactly("NEAR_ZERO_VARIANCE", "STALE_STATISTICS", "MODES_PART");
    JsonNode numbers = diagnosis.get("findings").get(0).get("numbers");
    assertThat(numbers.get("channels").asInt()).isEqualTo(64);
    assertThat(numbers.get("largest_gain").asDouble()).isGreaterThan(100);
  }

  @Test
  void findsGammaAndBetaOfASet() {
    String bn1 =
        client
            .get(DIGITS + "/running-statistics/default")
            .json()
            .get("layers")
            .get("bn1")
            .toString()
            .replaceFirst(
                "}$",
                ", \"beta\": " + DoubleStream.generate(() -> 3).limit(16).boxed().toList() + "}");
    JsonNode diagnosis = digitsBy("domain", "\"bn1\": " + bn1);

    assertThat(codes(diagnosis)).containsExactly("OWN_GAMMA_AND_BETA", "MODES_PART");
    assertThat(diagnosis.get("findings").get(0).get("layer").asString()).isEqualTo("bn1");
  }

  @Test
  void tellsWhatIsLeftOfInitialValues() {
    JsonNode finding =
        finding(digits("?num_batches_tracked=20&momentum=0.05", x -> x), "MOMENTUM_NOT_CONVERGED");

    assertThat(finding.get("numbers").get("initial_share").asDouble())
        .isCloseTo(Math.pow(0.95, 20), within(1e-12));
    assertThat(codes(digits("?num_batches_tracked=20", x -> x))).contains("MOMENTUM_NOT_CONVERGED");
    assertThat(codes(digits("?num_batches_tracked=200", x -> x))).containsExactly("MODES_AGREE");
  }

  @Test
  void saysOfTooFewRowsThatTheyAreTooFew() {
    double[] digits = digits();
    JsonNode one =
        succeed(
            client.post(
                DIGITS + "/diagnosis", request("image", Arrays.copyOf(digits, 64), 1, 8, 8)));
    assertThat(codes(one)).containsExactly("BATCH_TOO_SMALL");
    assertThat(one.get("findings").get(0).get("layer").asString()).isEqualTo("bn4");
    assertThat(one.get("outputs")).isEmpty();
    assertThat(one.get("layers").get(0).has("beyond_chance")).isFalse();

    for (int rows : new int[] {2, 4, 8}) {
      JsonNode few =
          succeed(
              client.post(
                  DIGITS + "/diagnosis",
                  request("image", Arrays.copyOf(digits, rows * 64), 1, 8, 8)));
      assertThat(codes(few)).containsExactly("MODES_AGREE", "BATCH_TOO_SMALL");
    }
    assertThat(codes(colours("", pictures(1)))).startsWith("BATCH_TOO_SMALL");
  }

  @Test
  void findsWhatIsNotFinite() {
    double[] digits = digits();
    digits[5 * 64 + 9] = Double.NaN;
    Answer answer =
        client.post(
            DIGITS + "/diagnosis", request("image", digits, 1, 8, 8).replace("NaN", "\"NaN\""));

    JsonNode diagnosis = succeed(answer);
    assertThat(codes(diagnosis)).startsWith("NOT_FINITE");
    assertThat(diagnosis.get("findings").get(0).get("layer").asString()).isEqualTo("bn1");
    assertThat(diagnosis.get("layers").get(0).has("symmetric_kl")).isFalse();
  }

  @Test
  void changesNothing() {
    String audit = client.get("/v1/audit?limit=1").text();
    String sets = client.get(COLOURS + "/running-statistics").text();
    colours("", pictures(16));
    succeed(
        client.post(
            COLOURS.replace("colours", "colours/versions/1") + "/diagnosis",
            request("x", pictures(16), 3, 2, 2)));

    assertThat(client.get("/v1/audit?limit=1").text()).isEqualTo(audit);
    assertThat(client.get(COLOURS + "/running-statistics").text()).isEqualTo(sets);
    assertThat(client.get(COLOURS + "/calibrations").json().get("items")).isEmpty();
  }

  @Test
  void refusesWhatItCannotLookAt() {
    String batch = request("x", pictures(4), 3, 2, 2);
    refuse(400, "/v1/models/plain/diagnosis", batch, "no batch normalization");
    refuse(404, "/v1/models/none/diagnosis", batch, "none");
    refuse(400, COLOURS + "/diagnosis?momentum=0", batch, "momentum");
    refuse(400, COLOURS + "/diagnosis?momentum=half", batch, "momentum");
    refuse(400, COLOURS + "/diagnosis?num_batches_tracked=-1", batch, "num_batches_tracked");
    refuse(400, COLOURS + "/diagnosis?set=night", batch, "set");
    refuse(
        400,
        COLOURS + "/diagnosis",
        batch.replaceFirst("\\{", "{\"parameters\": {\"normalization\": \"blend\"}, "),
        "blend");
    refuse(
        404,
        COLOURS + "/diagnosis",
        batch.replaceFirst("\\{", "{\"parameters\": {\"running_statistics\": \"day@7\"}, "),
        "day@7");
  }

  private static void refuse(int status, String path, String body, String named) {
    Answer answer = client.post(path, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.text()).contains(named);
  }
}
