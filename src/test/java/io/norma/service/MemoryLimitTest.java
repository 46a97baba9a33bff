package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.AttributeProto.AttributeType;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.OperatorSetIdProto;
import io.norma.onnx.proto.TensorProto;
import io.norma.onnx.proto.TensorShapeProto;
import io.norma.onnx.proto.TypeProto;
import io.norma.onnx.proto.ValueInfoProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Requests and files that ask for more memory than there is, to a service with a heap of 256 MB
 * that ends when it runs out of it: each is refused by the name of the limit, and digits go on.
 */
final class MemoryLimitTest {
  private static final int INT64 = TensorProto.DataType.INT64_VALUE;
  private static final int FLOAT = TensorProto.DataType.FLOAT_VALUE;
  private static final String WORKSPACE = "norma.inference.max-workspace-bytes";
  private static final String FOLDED = "norma.import.max-folded-bytes";
  private static final String IN_FLIGHT = "norma.http.max-bytes-in-flight";

  @TempDir private static Path directory;
  private static ServiceProcess service;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private record Answer(int status, String body) {}

  @BeforeAll
  static void start() throws IOException {
    service =
        ServiceProcess.start(
            directory, List.of("-Xmx256m", "-XX:+ExitOnOutOfMemoryError"), List.of());
    new StatisticsClient(service.port()).awaitReady();
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @AfterEach
  void digitsGoOn() throws Exception {
    assertThat(service.isAlive()).as("the service lives").isTrue();
    Answer digit = post("/v2/models/digits/infer", Digits.request("three.json"));
    assertThat(digit.status).as("digits: %s", digit.body).isEqualTo(200);
    assertThat(service.log()).doesNotContain("OutOfMemoryError");
  }

  @Test
  void aFileOfConstantsThatGrow() throws Exception {
    GraphProto.Builder graph = GraphProto.newBuilder().addInitializer(longs("s", 1 << 24));
    NodeProto.Builder sum = NodeProto.newBuilder().setOpType("Sum").addInput("x").addOutput("y");
    for (int i = 0; i < 12; i++) {
      graph.addNode(node("ConstantOfShape", List.of("s"), "c" + i));
      sum.addInput("c" + i);
    }
    graph.addNode(sum).addInput(value("x", FLOAT, 1)).addOutput(value("y", FLOAT, 1));
    byte[] file = model(graph);
    assertThat(file.length).isLessThan(2_000);

    Answer answer = upload("constants", file);

    assertThat(answer.status).isEqualTo(413);
    assertThat(answer.body).contains("ConstantOfShape", FOLDED);
  }

  @Test
  void aFewBytesThatAskForHundredsOfMegabytes() throws Exception {
    refuses("Tile", new long[] {10_000, 10_000}, floats("x", 1, 1));
    refuses("Expand", new long[] {1_000_000_000, 1}, floats("x", 1, 1));
    refuses("Pad", new long[] {9_000, 9_000, 9_000, 9_000}, floats("x", 1, 1));
    refuses("ConstantOfShape", new long[] {30_000, 30_000}, "");
  }

  /** The size of the largest float array; what Java refuses by itself is refused all the same. */
  @Test
  void sizesBeyondAllArrays() throws Exception {
    Answer uploaded = upload("overflow", sized("Expand", 2));
    assertThat(uploaded.status).isIn(200, 201);
    Answer answer =
        post(
            "/v2/models/overflow/infer",
            request(floats("x", 1, 1), sizes("s", new long[] {3_000_000_000L, 1})));
    assertThat(answer.status).isEqualTo(400);
    assertThat(answer.body).contains("Expand", "3000000000");
  }

  /** A million values of no elements, kept to be put together: each still takes its object. */
  @Test
  void aLoopThatGathersNothingAMillionTimes() throws Exception {
    GraphProto.Builder body =
        GraphProto.newBuilder()
            .addInput(value("i", INT64))
            .addInput(value("on", TensorProto.DataType.BOOL_VALUE))
            .addNode(node("Relu", List.of("x"), "seen"))
            .addOutput(value("on", TensorProto.DataType.BOOL_VALUE))
            .addOutput(value("seen", FLOAT, -1));
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(value("x", FLOAT, -1))
            .addInput(value("s", INT64, 1))
            .addOutput(value("y", FLOAT, -1, -1))
            .addNode(
                node("Loop", List.of("s", ""), "y").toBuilder()
                    .addAttribute(
                        AttributeProto.newBuilder()
                            .setName("body")
                            .setType(AttributeType.GRAPH)
                            .setG(body)));
    Answer uploaded = upload("gathers", model(graph));
    assertThat(uploaded.status).as(uploaded.body).isEqualTo(201);
    String nothing = "{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[0],\"data\":[]}";

    String most = request(nothing, sizes("s", 1_000_000));
    Answer answer = post("/v2/models/gathers/infer", most);

    assertThat(answer.status).as(answer.body).isEqualTo(413);
    assertThat(answer.body).contains("Loop_0", WORKSPACE);
  }

  @Test
  void anInputThatIsDeclaredLargerThanAllMemory() throws Exception {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addNode(node("Relu", List.of("x"), "y"))
            .addInput(value("x", FLOAT, 1, 1 << 14, 1 << 14))
            .addOutput(value("y", FLOAT, 1, 1 << 14, 1 << 14));

    Answer answer = upload("declared", model(graph));

    assertThat(answer.status).isEqualTo(413);
    assertThat(answer.body).contains(WORKSPACE);
  }

  @Test
  void aLittleGzipThatBecomesALot() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      byte[] header =
          "{\"a.running_mean\":{\"dtype\":\"F32\",\"shape\":[50000000],\"data_offsets\":[0,200000000]}}"
              .getBytes(StandardCharsets.UTF_8);
      gzip.write(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
      gzip.write(header);
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 190; i++) {
        gzip.write(zeros);
      }
    }
    HttpRequest request =
        HttpRequest.newBuilder(uri("/v1/models/digits/running-statistics/large"))
            .header("Content-Type", "application/vnd.safetensors")
            .header("Content-Encoding", "gzip")
            .PUT(BodyPublishers.ofByteArray(bytes.toByteArray()))
            .build();

    Answer answer = send(request);

    assertThat(answer.status).isEqualTo(413);
    assertThat(answer.body).contains(IN_FLIGHT);
  }

  @Test
  void aLittleArchiveOfArraysThatBecomeALot() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("bn1.running_mean.npy"));
      String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (52428800,), }";
      zip.write(
          ("\u0093NUMPY\1\0" + (char) header.length() + '\0' + header)
              .getBytes(StandardCharsets.ISO_8859_1));
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 200; i++) {
        zip.write(zeros);
      }
    }
    HttpRequest request =
        HttpRequest.newBuilder(uri("/v1/models/digits/running-statistics/large"))
            .header("Content-Type", "application/x-npz")
            .PUT(BodyPublishers.ofByteArray(bytes.toByteArray()))
            .build();

    Answer answer = send(request);

    assertThat(answer.status).isEqualTo(413);
    assertThat(answer.body).contains(IN_FLIGHT);
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/models/digits/running-statistics/large, application/x-npz",
    "/v1/models/large/versions/1, application/zip"
  })
  void anArchiveOfNothingButItsDirectory(String path, String type) throws Exception {
    int entries = 600_000;
    ByteBuffer zip = ByteBuffer.allocate(30 + 54 * entries + 98).order(ByteOrder.LITTLE_ENDIAN);
    zip.putInt(0x04034b50).position(30);
    for (int i = 0; i < entries; i++) {
      zip.putInt(0x02014b50).position(zip.position() + 24);
      zip.putInt(8).position(zip.position() + 14);
      zip.put("%08d".formatted(i).getBytes(StandardCharsets.US_ASCII));
    }
    int end = zip.position();
    zip.putInt(0x06064b50).putLong(44).putInt(0).putLong(0).putLong(entries).putLong(entries);
    zip.putLong(54L * entries).putLong(30).putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
    zip.putInt(0x06054b50).putInt(0).putInt(-1).putInt(-1).putInt(-1).putShort((short) 0);
    HttpRequest request =
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", type)
            .PUT(BodyPublishers.ofByteArray(zip.array()))
            .build();

    Answer answer = send(request);

    assertThat(answer.status).isEqualTo(413);
    assertThat(answer.body).contains(IN_FLIGHT);
  }

  @Test
  void manyLargeBodiesAtOnce() throws Exception {
    byte[] body = new byte[20 << 20];
    Arrays.fill(body, (byte) ' ');
    System.arraycopy("{\"inputs\": []".getBytes(StandardCharsets.UTF_8), 0, body, 0, 13);
    body[body.length - 1] = '}';
    try (ExecutorService clients = Executors.newFixedThreadPool(16)) {
      List<Callable<Integer>> requests = new ArrayList<>();
      for (int i = 0; i < 48; i++) {
        requests.add(() -> post("/v2/models/digits/infer", body).status);
      }
      List<Integer> answers = new ArrayList<>();
      for (Future<Integer> answer : clients.invokeAll(requests)) {
        answers.add(answer.get());
      }
      // Those that are read lack their input.
      assertThat(answers).contains(400).allMatch(status -> status == 400 || status == 429);
    }
  }

  @Test
  void aModelThatDoesNotFit() throws Exception {
    byte[] file = large(25_000_000);

    Answer uploaded = upload("large", file);
    assertThat(uploaded.status).isEqualTo(413);
    assertThat(uploaded.body).contains("-Xmx");

    String load =
        "{\"parameters\": {\"file:1/model.onnx\": \""
            + Base64.getEncoder().encodeToString(file)
            + "\"}}";
    Answer loaded = post("/v2/repository/models/large/load", load);
    assertThat(loaded.status).isEqualTo(413);
    assertThat(loaded.body).contains("failed to load 'large'", "-Xmx");
  }

  /** One after another they fit: what was deleted gives back its memory. */
  @Test
  void modelsThatComeAndGo() throws Exception {
    byte[] file = large(5_000_000);
    for (int i = 0; i < 8; i++) {
      Answer uploaded = whenThereIsRoom(() -> upload("guest", file));
      assertThat(uploaded.status).as("upload %d: %s", i, uploaded.body).isEqualTo(201);
      HttpRequest delete = HttpRequest.newBuilder(uri("/v1/models/guest")).DELETE().build();
      Answer deleted = whenThereIsRoom(() -> send(delete));
      assertThat(deleted.status).as(deleted.body).isEqualTo(204);
    }
  }

  /**
   * The answer to a request that is repeated as its refusals say: no memory is looked for sooner.
   */
  private static Answer whenThereIsRoom(Callable<Answer> request) {
    return await()
        .atMost(Duration.ofMinutes(1))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofSeconds(1))
        .until(request, answer -> answer.status != 429);
  }

  /** A network with so many weights. */
  private static byte[] large(int weights) {
    return model(
        GraphProto.newBuilder()
            .addInitializer(
                TensorProto.newBuilder()
                    .setName("w")
                    .setDataType(FLOAT)
                    .addDims(weights)
                    .setRawData(ByteString.copyFrom(new byte[4 * weights])))
            .addNode(node("Add", List.of("x", "w"), "y"))
            .addInput(value("x", FLOAT, 1))
            .addOutput(value("y", FLOAT, weights)));
  }

  private void refuses(String operator, long[] elements, String input) throws Exception {
    String name = operator.toLowerCase(Locale.ROOT);
    Answer uploaded = upload(name, sized(operator, elements.length));
    assertThat(uploaded.status).as(uploaded.body).isIn(200, 201);

    String body = request(input, sizes("s", elements));
    Answer answer = post("/v2/models/" + name + "/infer", body);

    assertThat(body.length()).isLessThan(200);
    assertThat(answer.status).as(answer.body).isEqualTo(413);
    assertThat(answer.body).contains(operator, WORKSPACE);
  }

  /** A network whose input s says how large its output is. */
  private static byte[] sized(String operator, int length) {
    boolean alone = operator.equals("ConstantOfShape");
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addNode(node(operator, alone ? List.of("s") : List.of("x", "s"), "y"))
            .addInput(value("s", INT64, length))
            .addOutput(value("y", FLOAT, -1, -1));
    if (!alone) {
      graph.addInput(value("x", FLOAT, 1, 1));
    }
    return model(graph);
  }

  private static byte[] model(GraphProto.Builder graph) {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
        .setGraph(graph.setName("g"))
        .build()
        .toByteArray();
  }

  private static NodeProto node(String operator, List<String> inputs, String output) {
    NodeProto.Builder node =
        NodeProto.newBuilder().setOpType(operator).addAllInput(inputs).addOutput(output);
    if (operator.equals("ConstantOfShape")) {
      node.addAttribute(
          AttributeProto.newBuilder()
              .setName("value")
              .setType(AttributeType.TENSOR)
              .setT(TensorProto.newBuilder().setDataType(FLOAT).addDims(1).addFloatData(0)));
    }
    return node.build();
  }

  private static TensorProto longs(String name, long... values) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(INT64).addDims(values.length);
    Arrays.stream(values).forEach(tensor::addInt64Data);
    return tensor.build();
  }

  private static ValueInfoProto value(String name, int type, long... shape) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
    for (long extent : shape) {
      TensorShapeProto.Dimension.Builder dimension = dimensions.addDimBuilder();
      if (extent >= 0) {
        dimension.setDimValue(extent);
      }
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(type).setShape(dimensions)))
        .build();
  }

  private static String floats(String name, int... shape) {
    return "{\"name\":\"%s\",\"datatype\":\"FP32\",\"shape\":%s,\"data\":[1]}"
        .formatted(name, Arrays.toString(shape));
  }

  private static String sizes(String name, long... elements) {
    return "{\"name\":\"%s\",\"datatype\":\"INT64\",\"shape\":[%d],\"data\":%s}"
        .formatted(name, elements.length, Arrays.toString(elements));
  }

  private static String request(String... inputs) {
    return "{\"inputs\":["
        + String.join(",", Arrays.stream(inputs).filter(input -> !input.isEmpty()).toList())
        + "]}";
  }

  private Answer upload(String name, byte[] file) throws Exception {
    return send(
        HttpRequest.newBuilder(uri("/v1/models/" + name + "/versions/1"))
            .PUT(BodyPublishers.ofByteArray(file))
            .build());
  }

  private Answer post(String path, String body) throws Exception {
    return post(path, body.getBytes(StandardCharsets.UTF_8));
  }

  private Answer post(String path, byte[] body) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofByteArray(body)).build());
  }

  private Answer send(HttpRequest request) throws Exception {
    var response = http.send(request, BodyHandlers.ofString());
    return new Answer(response.statusCode(), response.body());
  }

  private static URI uri(String path) {
    return URI.create("http://localhost:" + service.port() + path);
  }
}
