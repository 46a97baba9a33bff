package io.norma.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.AttributeProto.AttributeType;
import io.norma.onnx.proto.FunctionProto;
import io.norma.onnx.proto.GraphProto;
import io.norma.onnx.proto.ModelProto;
import io.norma.onnx.proto.NodeProto;
import io.norma.onnx.proto.OperatorSetIdProto;
import io.norma.onnx.proto.TensorProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files and requests that ask for more work than anybody wants, to a service with a heap of 256 MB
 * that ends when it runs out of it: each is refused by the name of the limit, and digits are read
 * rightly meanwhile and afterwards. {@link MemoryLimitTest} does the same for memory.
 */
final class HostileInputTest {
  private static final int INT64 = TensorProto.DataType.INT64_VALUE;
  private static final int BOOL = TensorProto.DataType.BOOL_VALUE;
  private static final int FLOAT = OnnxBuilder.FLOAT;

  private static final int MAX_NODES = 20_000;
  private static final int MAX_WAITING = 2;

  @TempDir private static Path directory;
  private static ServiceProcess service;
  private static float[] expected;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private record Answer(int status, String body) {}

  @BeforeAll
  static void start() throws Exception {
    service =
        ServiceProcess.start(
            directory,
            List.of("-Xmx256m", "-XX:+ExitOnOutOfMemoryError"),
            List.of(
                "--norma.import.max-nodes=" + MAX_NODES,
                "--norma.import.max-folded-operations=100000000",
                "--norma.import.max-waiting=" + MAX_WAITING,
                "--norma.import.max-concurrent=1",
                "--norma.inference.max-operations=1000000000",
                "--norma.inference.max-compute-time=1s",
                "--norma.http.slow-body-after=500ms",
                "--norma.http.min-body-rate=1KB"));
    new StatisticsClient(service.port()).awaitReady();
    expected = new HostileInputTest().digit();
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @AfterEach
  void digitsGoOn() throws Exception {
    assertThat(service.isAlive()).as("the service lives").isTrue();
    assertThat(digit()).containsExactly(expected);
    assertThat(service.log()).doesNotContain("OutOfMemoryError");
  }

  private float[] digit() throws Exception {
    Answer answer =
        post(
            "/v2/models/digits/infer",
            Digits.request("three.json").getBytes(StandardCharsets.UTF_8));
    assertThat(answer.status).as(answer.body).isEqualTo(200);
    return Digits.probabilities(StatisticsClient.JSON.readTree(answer.body));
  }

  private void refuses(byte[] file, int status, String... words) throws Exception {
    Answer answer = upload("hostile", file);
    assertThat(answer.status).as(answer.body).isEqualTo(status);
    assertThat(answer.body).contains(words);
  }

  @Test
  void refusesFunctionsThatUnfoldToManyNodes() throws Exception {
    ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(9);
    OperatorSetIdProto set = OperatorSetIdProto.newBuilder().setVersion(13).build();
    model.addOpsetImport(set).addOpsetImport(set.toBuilder().setDomain("d").setVersion(1));
    for (int i = 0; i < 18; i++) {
      NodeProto.Builder half = i == 0 ? node("Relu") : node("f" + (i - 1)).setDomain("d");
      model.addFunctions(
          FunctionProto.newBuilder()
              .setDomain("d")
              .setName("f" + i)
              .addInput("a")
              .addOutput("c")
              .addOpsetImport(set)
              .addNode(half.clone().addInput("a").addOutput("b"))
              .addNode(half.clone().addInput("b").addOutput("c")));
    }
    model.setGraph(
        GraphProto.newBuilder()
            .setName("g")
            .addNode(node("f17").setDomain("d").addInput("x").addOutput("y"))
            .addInput(OnnxBuilder.declaration("x", FLOAT, -1, 4))
            .addOutput(OnnxBuilder.declaration("y", FLOAT, -1, 4)));

    byte[] file = model.build().toByteArray();

    assertThat(file.length).isLessThan(1500);
    refuses(file, 413, "norma.import.max-nodes");
  }

  private static NodeProto.Builder node(String operator) {
    return NodeProto.newBuilder().setOpType(operator);
  }

  @Test
  void takesAsManyNodesAsAreAllowedAndNotOneMore() throws Exception {
    Answer most = upload("chain", chain(MAX_NODES));
    assertThat(most.status).as(most.body).isEqualTo(201);
    assertThat(send(HttpRequest.newBuilder(uri("/v1/models/chain")).DELETE()).status)
        .isEqualTo(204);

    refuses(chain(MAX_NODES + 1), 413, MAX_NODES + " nodes of norma.import.max-nodes");
  }

  private static byte[] chain(int nodes) {
    OnnxBuilder model = OnnxBuilder.operatorSet(17).input("x", -1, 2);
    for (int i = 0; i < nodes; i++) {
      String from = i == 0 ? "x" : "v" + i;
      String to = i == nodes - 1 ? "y" : "v" + (i + 1);
      model.node(node("Relu").addInput(from).addOutput(to).build());
    }
    return model.output("y", -1, 2).bytes();
  }

  /** Two bytes of the file for each, and a hundred times as many once they are parsed. */
  @Test
  void refusesMillionsOfEmptyMessagesBeforeTheyAreParsed() throws Exception {
    byte[] nodes = new byte[20_000_000];
    byte[] dimensions = new byte[20_000_000];
    for (int i = 0; i < nodes.length; i += 2) {
      nodes[i] = (GraphProto.NODE_FIELD_NUMBER << 3) | 2;
      dimensions[i] = (GraphProto.VALUE_INFO_FIELD_NUMBER << 3) | 2;
    }
    refuses(file(nodes), 413, "norma.import.max-nodes");
    refuses(file(dimensions), 413, "-Xmx");
  }

  @Test
  void refusesMillionsOfSmallNumbersBeforeTheyAreParsed() throws Exception {
    byte[] tensor = TensorProto.newBuilder().setName("w").setDataType(INT64).build().toByteArray();
    ByteArrayOutputStream graph = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(graph);
    byte[] ones = new byte[30_000_000];
    Arrays.fill(ones, (byte) 1);
    out.writeTag(GraphProto.INITIALIZER_FIELD_NUMBER, 2);
    out.writeUInt32NoTag(tensor.length + 5 + ones.length);
    out.writeRawBytes(tensor);
    out.writeTag(TensorProto.INT64_DATA_FIELD_NUMBER, 2);
    out.writeUInt32NoTag(ones.length);
    out.writeRawBytes(ones);
    out.flush();
    refuses(file(graph.toByteArray()), 413, "-Xmx");
  }

  /** A model with this as its graph. */
  private static byte[] file(byte[] graph) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(file);
    out.writeInt64(ModelProto.IR_VERSION_FIELD_NUMBER, 8);
    out.writeBytes(ModelProto.GRAPH_FIELD_NUMBER, ByteString.copyFrom(graph));
    out.flush();
    return file.toByteArray();
  }

  @Test
  void refusesConstantsThatTakeMuchWork() throws Exception {
    refuses(products(), 413, "MatMul", "norma.import.max-folded-operations");
  }

  private static byte[] products() {
    OnnxBuilder model = OnnxBuilder.operatorSet(13).input("x", 1);
    model.initializer(longs("s", 1000, 1000));
    model.node(node("ConstantOfShape").addInput("s").addOutput("c").build());
    model.node(node("MatMul").addInput("c").addInput("c").addOutput("p").build());
    model.node(node("ReduceMean").addInput("p").addOutput("m").build());
    model.node(node("Add").addInput("x").addInput("m").addOutput("y").build());
    return model.output("y", -1, -1).bytes();
  }

  @Test
  void refusesInferencesThatTakeMuchWork() throws Exception {
    NodeProto pool =
        node("MaxPool")
            .addInput("x")
            .addOutput("y")
            .addAttribute(
                AttributeProto.newBuilder()
                    .setName("kernel_shape")
                    .setType(AttributeType.INTS)
                    .addInts(200)
                    .addInts(200))
            .build();
    NodeProto einsum =
        node("Einsum")
            .addInput("x")
            .addInput("x")
            .addInput("x")
            .addOutput("y")
            .addAttribute(
                AttributeProto.newBuilder()
                    .setName("equation")
                    .setType(AttributeType.STRING)
                    .setS(ByteString.copyFromUtf8("abcd,efgh,ijkl->a")))
            .build();
    for (NodeProto hostile : List.of(pool, einsum)) {
      OnnxBuilder model = OnnxBuilder.operatorSet(13).input("x", 1, 1, -1, -1).node(hostile);
      byte[] file = model.output("y").bytes();
      assertThat(upload("hostile", file).status).isIn(200, 201);
      String zeros = "0,".repeat(400 * 400 - 1) + "0";
      Answer answer =
          post(
              "/v2/models/hostile/infer",
              ("{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,1,400,400],\"data\":["
                      + zeros
                      + "]}]}")
                  .getBytes(StandardCharsets.UTF_8));
      assertThat(answer.status).as(answer.body).isEqualTo(413);
      assertThat(answer.body).contains(hostile.getOpType(), "norma.inference.max-operations");
      assertThat(send(HttpRequest.newBuilder(uri("/v1/models/hostile")).DELETE()).status)
          .isEqualTo(204);
    }
  }

  /** Within its iterations, but each of them takes a while. */
  @Test
  void endsARunThatTakesLong() throws Exception {
    GraphProto.Builder body =
        GraphProto.newBuilder()
            .setName("body")
            .addInput(OnnxBuilder.declaration("i", INT64))
            .addInput(OnnxBuilder.declaration("on", BOOL))
            .addInput(OnnxBuilder.declaration("v", FLOAT, -1))
            .addNode(node("Sin").addInput("v").addOutput("w"))
            .addOutput(OnnxBuilder.declaration("on", BOOL))
            .addOutput(OnnxBuilder.declaration("w", FLOAT, -1));
    NodeProto loop =
        node("Loop")
            .addInput("n")
            .addInput("")
            .addInput("x")
            .addOutput("y")
            .addAttribute(
                AttributeProto.newBuilder().setName("body").setType(AttributeType.GRAPH).setG(body))
            .build();
    OnnxBuilder model =
        OnnxBuilder.operatorSet(13)
            .input(OnnxBuilder.declaration("n", INT64))
            .input("x", -1)
            .node(loop)
            .output("y", -1);
    assertThat(upload("loops", model.bytes()).status).isEqualTo(201);

    String ones = "1,".repeat(9999) + "1";
    Answer answer =
        post(
            "/v2/models/loops/infer",
            ("{\"inputs\":[{\"name\":\"n\",\"datatype\":\"INT64\",\"shape\":[],\"data\":[999999]},"
                    + "{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[10000],\"data\":["
                    + ones
                    + "]}]}")
                .getBytes(StandardCharsets.UTF_8));

    assertThat(answer.status).as(answer.body).isEqualTo(413);
    assertThat(answer.body).contains("Loop_0", "norma.inference.max-compute-time");
  }

  @Test
  void refusesAnInputOfMoreElementsThanThereCanBe() throws Exception {
    OnnxBuilder model = OnnxBuilder.operatorSet(13).input("x", 1, 1 << 20, 1 << 20);
    model.node(node("Relu").addInput("x").addOutput("y").build());
    refuses(model.output("y", 1, 1 << 20, 1 << 20).bytes(), 400, "'x'", "1048576");
  }

  @Test
  void refusesAnInputOfANegativeExtent() throws Exception {
    OnnxBuilder model = OnnxBuilder.operatorSet(13);
    var declaration = OnnxBuilder.declaration("x", FLOAT, 1, 1).toBuilder();
    declaration
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .getShapeBuilder()
        .getDimBuilder(1)
        .setDimValue(-7);
    model.input(declaration.build()).node(node("Relu").addInput("x").addOutput("y").build());
    refuses(model.output("y", 1, -1).bytes(), 422, "x", "-7");
  }

  @Test
  void refusesAnInitializerThatIsThereTwice() throws Exception {
    OnnxBuilder model = OnnxBuilder.operatorSet(13).input("x", 1).floats("c", 1).floats("c", 2);
    model.node(node("Add").addInput("x").addInput("c").addOutput("y").build());
    refuses(model.output("y", 1).bytes(), 400, "'c'", "twice");
  }

  @Test
  void takesNoMoreUploadsThanMayWait() throws Exception {
    List<Socket> uploads = new ArrayList<>();
    try {
      // One more than there are places, and some for those that found them taken a moment ago.
      for (int i = 0; i < MAX_WAITING + 5; i++) {
        uploads.add(begin("PUT /v1/models/slow" + i + "/versions/1", 10_000_000));
      }
      Answer answer = refusedWhileOthersUpload();
      assertThat(answer.status).as(answer.body).isEqualTo(429);
      assertThat(answer.body).contains("norma.import.max-waiting");
    } finally {
      for (Socket upload : uploads) {
        upload.close();
      }
    }
  }

  /** Those that came first may not have been looked at yet. */
  private Answer refusedWhileOthersUpload() throws Exception {
    Answer answer = upload("one-more", chain(1));
    for (int i = 0; i < 20 && answer.status != 429; i++) {
      Thread.sleep(50);
      answer = upload("one-more", chain(1));
    }
    return answer;
  }

  private static Socket begin(String request, int length) throws IOException {
    Socket socket = new Socket("localhost", service.port());
    socket
        .getOutputStream()
        .write(
            "%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n{ "
                .formatted(request, length)
                .getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  @Test
  void readsDigitsRightlyWhileItIsAttacked() throws Exception {
    byte[] products = products();
    byte[] nodes = chain(MAX_NODES + 1);
    byte[] spaces = " ".repeat(10_000_000).getBytes(StandardCharsets.US_ASCII);
    AtomicBoolean over = new AtomicBoolean();
    List<Callable<Answer>> attacks =
        List.of(
            () -> upload("products", products),
            () -> upload("nodes", nodes),
            () -> post("/v2/models/digits/infer", spaces));
    Set<Integer> statuses = ConcurrentHashMap.newKeySet();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> attackers = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        Callable<Answer> attack = attacks.get(i % attacks.size());
        attackers.add(
            clients.submit(() -> {
              while (!over.get()) {
                statuses.add(attack.call().status);
              }
              return true;
            }));
      }
      try {
        for (int i = 0; i < 50; i++) {
          assertThat(digit()).containsExactly(expected);
        }
      } finally {
        over.set(true);
      }
      for (Future<Boolean> attacker : attackers) {
        assertThat(attacker.get()).isTrue();
      }
    }
    assertThat(statuses).contains(413).isSubsetOf(400, 413, 429);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /v2/models/digits/infer",
        "PUT /v1/models/slow/versions/1",
        "POST /v2/repository/models/slow/load",
        "POST /v1/normalizations/batch"
      })
  void givesUpABodyThatComesTooSlowly(String request) throws Exception {
    try (Socket socket = begin(request, 10_000)) {
      socket.setSoTimeout((int) Duration.ofSeconds(30).toMillis());
      while (socket.getInputStream().available() == 0) {
        socket.getOutputStream().write(' ');
        Thread.sleep(100);
      }
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(answer).startsWith("HTTP/1.1 408").contains("norma.http.min-body-rate");
    }
  }

  private static TensorProto longs(String name, long... values) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(INT64).addDims(values.length);
    IntStream.range(0, values.length).forEach(i -> tensor.addInt64Data(values[i]));
    return tensor.build();
  }

  private Answer upload(String name, byte[] file) throws Exception {
    return send(
        HttpRequest.newBuilder(uri("/v1/models/" + name + "/versions/1"))
            .PUT(BodyPublishers.ofByteArray(file)));
  }

  private Answer post(String path, byte[] body) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofByteArray(body)));
  }

  private Answer send(HttpRequest.Builder request) throws Exception {
    var response = http.send(request.build(), BodyHandlers.ofString());
    return new Answer(response.statusCode(), response.body());
  }

  private static URI uri(String path) {
    return URI.create("http://localhost:" + service.port() + path);
  }
}
