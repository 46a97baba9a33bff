package io.norma.delivery;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.norma.client.ApiClient;
import io.norma.client.api.AuditApi;
import io.norma.client.api.CalibrationsApi;
import io.norma.client.api.InferenceApi;
import io.norma.client.api.KeysApi;
import io.norma.client.api.ModelsApi;
import io.norma.client.api.NormalizationsApi;
import io.norma.client.api.NormalizersApi;
import io.norma.client.api.RepositoryApi;
import io.norma.client.api.RunningStatisticsApi;
import io.norma.client.api.ServerApi;
import io.norma.client.model.ActivationRequest;
import io.norma.client.model.ApiKeyRequest;
import io.norma.client.model.AuditedAction;
import io.norma.client.model.BatchNormalizationRequest;
import io.norma.client.model.BatchNormalizationRequest.ModeEnum;
import io.norma.client.model.BatchNormalizationResponse;
import io.norma.client.model.Calibration;
import io.norma.client.model.Calibration.StateEnum;
import io.norma.client.model.CalibrationMoments;
import io.norma.client.model.CalibrationRequest;
import io.norma.client.model.Certificate;
import io.norma.client.model.CertificateVerdict;
import io.norma.client.model.DiagnosisFinding.CodeEnum;
import io.norma.client.model.GradientResponse;
import io.norma.client.model.GroupNormalizationRequest;
import io.norma.client.model.IndexRequest;
import io.norma.client.model.InferenceRequest;
import io.norma.client.model.InstanceNormalizationRequest;
import io.norma.client.model.IssuedApiKey;
import io.norma.client.model.LayerNormalizationRequest;
import io.norma.client.model.LoadRequest;
import io.norma.client.model.MergeRequest;
import io.norma.client.model.ModelVersion;
import io.norma.client.model.Moments;
import io.norma.client.model.NormalizerBatch;
import io.norma.client.model.NormalizerRequest;
import io.norma.client.model.Origin;
import io.norma.client.model.PublishRequest;
import io.norma.client.model.Receipt;
import io.norma.client.model.References;
import io.norma.client.model.Replay;
import io.norma.client.model.ReplayDifference;
import io.norma.client.model.ReplayRequest;
import io.norma.client.model.RequestParameters;
import io.norma.client.model.RollbackRequest;
import io.norma.client.model.SampleNormalizationResponse;
import io.norma.client.model.Scope;
import io.norma.client.model.StatisticsDocument;
import io.norma.client.model.StatisticsRevision;
import io.norma.client.model.StreamResponse;
import io.norma.client.model.Tensor;
import io.norma.client.model.Tensor.DatatypeEnum;
import io.norma.client.model.TrafficShare;
import io.norma.client.model.TrafficWeight;
import io.norma.onnx.FoldedModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.server.PathContainer;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The Java client that is generated from the contract asks each of the contract's operations. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class JavaClientOperationsTest {
  private static final String KEY = "a-key-that-the-settings-have-for-java";
  private static final String DIGITS = "digits";
  private static final String COPY = "digits of a client";
  private static final String DEFAULT = "default@1";
  private static final Resource ONNX =
      new FileSystemResource("src/main/resources/models/digits/1/model.onnx");

  /** Says so where an answer has a field that the client would pass over. */
  private static final JsonMapper JSON =
      ApiClient.createDefaultMapper(null)
          .rebuild()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /** A method and a path that the service answered with success. */
  private record Answered(String method, PathContainer path) {}

  private record Operation(String id, String method, PathPattern path) {
    boolean is(Answered answered) {
      return method.equals(answered.method()) && path.matches(answered.path());
    }
  }

  /** Of its own, where no run before left anything. */
  private static final Path DIRECTORY = temporary();

  @LocalServerPort private int port;
  private final List<Answered> answered = new ArrayList<>();
  private ApiClient client = new ApiClient();

  @DynamicPropertySource
  static void properties(DynamicPropertyRegistry registry) {
    registry.add("norma.data-directory", () -> DIRECTORY.resolve("data").toString());
    registry.add("norma.security.mode", () -> "authenticated");
    registry.add("norma.security.admin-key", () -> KEY);
  }

  @BeforeEach
  void connect() {
    client =
        new ApiClient(
                ApiClient.buildRestClientBuilder(JSON).requestInterceptor(this::remember).build())
            .setBasePath("http://localhost:" + port);
    client.setApiKey(KEY);
  }

  private ClientHttpResponse remember(
      HttpRequest request, byte[] body, ClientHttpRequestExecution execution) throws IOException {
    ClientHttpResponse response = execution.execute(request, body);
    if (response.getStatusCode().is2xxSuccessful()) {
      answered.add(
          new Answered(
              request.getMethod().name(), PathContainer.parsePath(request.getURI().getRawPath())));
    }
    return response;
  }

  @Test
  void asksEveryOperationOfTheContract() throws IOException {
    askWhatTheServerIs();
    uploadAndReadModels();
    restoreModel();
    askModels();
    unloadAndLoadModels();
    keepRunningStatistics();
    keepRunningStatisticsOfVersion();
    calibrate();
    normalize();
    differentiate();
    shareNormalizer();
    makeKeys();
    readChanges();
    deleteModels();

    List<Operation> operations = operations(Files.readString(Path.of("openapi/norma.yaml")));
    Set<String> asked = new TreeSet<>();
    for (Answered one : answered) {
      operations.stream()
          .filter(operation -> operation.is(one))
          .min(Comparator.comparing(Operation::path))
          .ifPresent(operation -> asked.add(operation.id()));
    }
    assertThat(asked)
        .containsExactlyInAnyOrderElementsOf(operations.stream().map(Operation::id).toList());
  }

  private static List<Operation> operations(String contract) {
    JsonNode document = JSON.valueToTree(new Yaml().<Object>load(contract));
    List<Operation> operations = new ArrayList<>();
    for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
      PathPattern pattern = PathPatternParser.defaultInstance.parse(path.getKey());
      for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
        operations.add(
            new Operation(
                operation.getValue().path("operationId").asString(),
                operation.getKey().toUpperCase(Locale.ROOT),
                pattern));
      }
    }
    return operations;
  }

  private void askWhatTheServerIs() {
    ServerApi server = new ServerApi(client);
    assertThat(server.getServerMetadata().getName()).isEqualTo("norma");
    assertThat(server.isServerLive().getLive()).isTrue();
    assertThat(server.isServerReady().getReady()).isTrue();
    assertThat(server.getOpenApi()).startsWith("openapi: 3.1");
    assertThat(server.getDocs()).containsIgnoringCase("<html");
    assertThat(server.makeBackup()).isNotNull();
  }

  private void uploadAndReadModels() {
    ModelsApi models = new ModelsApi(client);
    for (String version : List.of("1", "2")) {
      ModelVersion uploaded = models.uploadModel(COPY, version, ONNX, null);
      assertThat(uploaded.getOrigin()).isEqualTo(Origin.UPLOADED);
      assertThat(uploaded.getVersion()).isEqualTo(Long.parseLong(version));
    }
    assertThat(requireNonNull(models.getModel(COPY).getLatest()).getVersion()).isEqualTo(2);
    assertThat(models.getModelVersion(COPY, "1").getSha256())
        .isEqualTo(models.getModelVersion(DIGITS, "1").getSha256());
    assertThat(models.listModels("d", 1000).getItems())
        .anySatisfy(model -> assertThat(model.getModel()).isEqualTo(DIGITS))
        .anySatisfy(model -> {
          assertThat(model.getModel()).isEqualTo(COPY);
          assertThat(model.getVersions()).hasSize(2);
        });
  }

  private void restoreModel() throws IOException {
    ModelsApi models = new ModelsApi(client);
    FoldedModel folded = FoldedModel.of(ONNX.getContentAsByteArray());
    models.uploadModel(COPY, "3", new ByteArrayResource(folded.onnx()), null);
    InferenceRequest batch = read("shifted/calibration.json", InferenceRequest.class);
    References references =
        models.addReferenceBatch(COPY, "3", batch, List.of("conv1", "fc1"), null, null, null);
    assertThat(references.getLayers()).hasSize(2);
    assertThat(models.getReferences(COPY, "3").getSamples()).isEqualTo(64);
    models.deleteReferences(COPY, "3");
    ModelVersion restored =
        models.restoreModel(COPY, "3", new ByteArrayResource(folded.checkpoint()), null);
    assertThat(restored.getReport().getBatchNormalizations()).hasSize(4);
    assertThat(restored.getFiles()).hasSize(2);
    models.deleteModelVersion(COPY, "3");
  }

  private void deleteModels() {
    ModelsApi models = new ModelsApi(client);
    models.deleteModelVersion(COPY, "2");
    assertThat(models.getModel(COPY).getVersions()).hasSize(1);
    models.deleteModel(COPY);
    assertThat(models.listModels(null, null).getItems())
        .noneSatisfy(model -> assertThat(model.getModel()).isEqualTo(COPY));
  }

  private static void askAgain(InferenceApi inference) {
    InferenceRequest asked = three();
    asked.setParameters(new RequestParameters().receipt(true));
    Receipt receipt =
        requireNonNull(
            inference.infer(DIGITS, asked, null, null, null, null, null, null, null).getReceipt());
    ReplayRequest again = new ReplayRequest().receipt(receipt).request(asked);
    assertThat(inference.replay(DIGITS, again, null).getSame()).isTrue();
    receipt.setOutputsSha256(receipt.getInputsSha256());
    Replay other = inference.replayOfVersion(DIGITS, "1", again, null);
    assertThat(other.getSame()).isFalse();
    assertThat(other.getDiffers())
        .singleElement()
        .satisfies(part -> assertThat(part.getPart()).isEqualTo(ReplayDifference.PartEnum.OUTPUTS));
  }

  private void askModels() {
    InferenceApi inference = new InferenceApi(client);
    assertThat(
            inference
                .infer(DIGITS, three(), null, null, null, null, null, null, null)
                .getModelVersion())
        .isEqualTo("1");
    assertThat(
            inference
                .inferWithVersion(DIGITS, "1", three(), null, null, null, null, null, null, null)
                .getId())
        .isEqualTo("three");
    askAgain(inference);
    assertThat(inference.getModelMetadata(DIGITS).getVersions()).contains("1");
    assertThat(inference.getModelVersionMetadata(DIGITS, "1").getName()).isEqualTo(DIGITS);
    assertThat(inference.isModelReady(DIGITS).getReady()).isTrue();
    assertThat(inference.isModelVersionReady(DIGITS, "1").getReady()).isTrue();
    assertThat(inference.getModelConfiguration(DIGITS).getInput()).hasSize(1);
    assertThat(inference.getModelVersionConfiguration(DIGITS, "1").getOutput()).isNotEmpty();
    assertThat(inference.getStatisticsOfAllModels().getModelStats()).hasSizeGreaterThan(1);
    assertThat(inference.getModelStatistics(DIGITS).getModelStats())
        .singleElement()
        .satisfies(counts -> assertThat(counts.getInferenceCount()).isGreaterThanOrEqualTo(2));
    assertThat(inference.getModelVersionStatistics(DIGITS, "1").getModelStats()).hasSize(1);
  }

  private void unloadAndLoadModels() {
    RepositoryApi repository = new RepositoryApi(client);
    repository.unloadModel(COPY, new LoadRequest().putParametersItem("unload_dependents", false));
    assertThat(repository.getRepositoryIndex(new IndexRequest().ready(true)))
        .noneSatisfy(version -> assertThat(version.getName()).isEqualTo(COPY));
    repository.loadModel(COPY, null);
    assertThat(repository.getRepositoryIndex(null))
        .filteredOn(version -> COPY.equals(version.getName()))
        .hasSize(2);
  }

  private void keepRunningStatistics() {
    RunningStatisticsApi statistics = new RunningStatisticsApi(client);
    String set = "client";
    for (long revision = 1; revision <= 2; revision++) {
      StatisticsRevision loaded =
          statistics.loadRunningStatistics(
              DIGITS, set, shifted(), null, null, null, null, null, null, null);
      assertThat(loaded.getRevision()).isEqualTo(revision);
    }
    assertThat(statistics.listStatisticsSets(DIGITS, null, null).getItems())
        .anySatisfy(one -> assertThat(one.getSet()).isEqualTo(set));
    assertThat(statistics.getRunningStatistics(DIGITS, set, null).getRevision()).isEqualTo(2);
    assertThat(statistics.listRevisions(DIGITS, set, null, 10).getItems()).hasSize(2);
    assertThat(statistics.getRevision(DIGITS, set, "1", null).getSampleCount()).isEqualTo(64);

    assertThat(statistics.compareRunningStatistics(DIGITS, DEFAULT, set).getLayers()).hasSize(4);
    assertThat(
            statistics
                .previewRunningStatistics(DIGITS, DEFAULT, set, three(), null, null)
                .getRows())
        .isEqualTo(1);
    InferenceRequest batch = read("shifted/calibration.json", InferenceRequest.class);
    assertThat(statistics.diagnose(DIGITS, batch, null, null, null, null).getFindings())
        .first()
        .satisfies(finding -> assertThat(finding.getCode()).isEqualTo(CodeEnum.SHIFTED_INPUT));
    assertThat(statistics.getDrift(DIGITS).getModel()).isEqualTo(DIGITS);
    assertThat(statistics.getFollowing(DIGITS).getClasses()).isEmpty();

    ActivationRequest activation =
        new ActivationRequest().set(set).revision(2L).reason("newer is better");
    assertThat(statistics.activateRunningStatistics(DIGITS, activation, null).getReason())
        .isEqualTo("newer is better");
    assertThat(statistics.getActiveRunningStatistics(DIGITS).getSet()).isEqualTo(set);
    RollbackRequest rollback = new RollbackRequest().reason("it was not");
    assertThat(statistics.rollbackRunningStatistics(DIGITS, null, rollback).getReason())
        .isEqualTo("it was not");
    assertThat(statistics.listActivations(DIGITS, null, null).getItems())
        .anySatisfy(one -> assertThat(one.getSet()).isEqualTo(set));
    ActivationRequest split =
        new ActivationRequest()
            .addSplitItem(new TrafficWeight().set("default").weight(90.0))
            .addSplitItem(new TrafficWeight().set(set).weight(10.0));
    assertThat(statistics.activateRunningStatistics(DIGITS, split, null).getSet())
        .isEqualTo("default");
    assertThat(statistics.getActiveRunningStatistics(DIGITS).getSplit())
        .extracting(TrafficShare::getWeight)
        .containsExactly(90.0, 10.0);
    assertThat(statistics.rollbackRunningStatistics(DIGITS, null, null).getSplit()).isNullOrEmpty();

    statistics.deleteRevision(DIGITS, set, "1");
    statistics.deleteRunningStatistics(DIGITS, set);
  }

  private void keepRunningStatisticsOfVersion() {
    RunningStatisticsApi statistics = new RunningStatisticsApi(client);
    String set = "client-of-version";
    for (long revision = 1; revision <= 2; revision++) {
      StatisticsRevision loaded =
          statistics.loadRunningStatisticsOfVersion(
              DIGITS, "1", set, shifted(), null, null, null, null, null, null, null);
      assertThat(loaded.getRevision()).isEqualTo(revision);
    }
    assertThat(statistics.listStatisticsSetsOfVersion(DIGITS, "1", null, null).getItems())
        .anySatisfy(one -> assertThat(one.getSet()).isEqualTo(set));
    assertThat(statistics.getRunningStatisticsOfVersion(DIGITS, "1", set, null).getRevision())
        .isEqualTo(2);
    assertThat(statistics.listRevisionsOfVersion(DIGITS, "1", set, 2L, null).getItems()).hasSize(1);
    assertThat(statistics.getRevisionOfVersion(DIGITS, "1", set, "1", null).getChannels())
        .isEqualTo(176);

    assertThat(statistics.compareRunningStatisticsOfVersion(DIGITS, "1", DEFAULT, set).getLayers())
        .hasSize(4);
    assertThat(
            statistics
                .previewRunningStatisticsOfVersion(DIGITS, "1", DEFAULT, set, three(), null, null)
                .getOutputs())
        .isNotEmpty();
    assertThat(
            statistics.diagnoseOfVersion(DIGITS, "1", three(), 3L, 0.1, null, null).getFindings())
        .extracting(finding -> finding.getCode())
        .containsExactly(CodeEnum.BATCH_TOO_SMALL, CodeEnum.MOMENTUM_NOT_CONVERGED);
    assertThat(statistics.getDriftOfVersion(DIGITS, "1").getVersion()).isEqualTo("1");
    assertThat(statistics.getFollowingOfVersion(DIGITS, "1").getClasses()).isEmpty();

    ActivationRequest activation = new ActivationRequest().set(set);
    assertThat(
            statistics
                .activateRunningStatisticsOfVersion(DIGITS, "1", activation, null)
                .getRevision())
        .isEqualTo(2);
    assertThat(statistics.getActiveRunningStatisticsOfVersion(DIGITS, "1").getSet()).isEqualTo(set);
    assertThat(statistics.rollbackRunningStatisticsOfVersion(DIGITS, "1", null, null).getRollback())
        .isTrue();
    assertThat(statistics.listActivationsOfVersion(DIGITS, "1", null, 1).getItems()).hasSize(1);

    statistics.deleteRevisionOfVersion(DIGITS, "1", set, "1");
    statistics.deleteRunningStatisticsOfVersion(DIGITS, "1", set);
  }

  private void calibrate() {
    CalibrationsApi calibrations = new CalibrationsApi(client);
    CalibrationRequest request =
        new CalibrationRequest().set("client-calibrated").minimumSamples(64L);
    String id = calibrations.beginCalibration(DIGITS, request, null).getId();
    InferenceRequest batch = read("shifted/calibration.json", InferenceRequest.class);
    for (boolean repeated : List.of(false, true)) {
      Calibration counted =
          calibrations.addCalibrationBatch(DIGITS, id, batch, null, "first batch", null);
      assertThat(counted.getSamples()).isEqualTo(64);
      assertThat(counted.getRepeated()).isEqualTo(repeated);
    }
    assertThat(calibrations.getCalibration(DIGITS, id).getState()).isEqualTo(StateEnum.READY);
    Certificate certificate =
        calibrations.probeCalibration(DIGITS, id, batch, null, null).getCertificate();
    assertThat(certificate)
        .satisfies(good -> assertThat(good.getVerdict()).isEqualTo(CertificateVerdict.GOOD))
        .extracting(Certificate::getProbe)
        .satisfies(probe -> assertThat(probe.getRows()).isEqualTo(64));
    mergeElsewhere(calibrations, id, request);
    assertThat(calibrations.listCalibrations(DIGITS, null, null).getItems())
        .anySatisfy(one -> assertThat(one.getId()).isEqualTo(id));
    PublishRequest publication = new PublishRequest().source("64 shifted images");
    assertThat(calibrations.publishCalibration(DIGITS, id, null, publication).getPublished())
        .isEqualTo("client-calibrated@1");
    // The client reads the stream as text, to its end, which is there once there is a revision.
    assertThat(calibrations.followCalibration(DIGITS, id)).contains("event:published", id);

    String other = calibrations.beginCalibrationOfVersion(DIGITS, "1", request, null).getId();
    assertThat(calibrations.listCalibrationsOfVersion(DIGITS, "1", null, 1).getItems())
        .singleElement()
        .satisfies(one -> assertThat(one.getId()).isEqualTo(other));
    calibrations.deleteCalibration(DIGITS, other);
    calibrations.deleteCalibration(DIGITS, id);
    new RunningStatisticsApi(client).deleteRunningStatistics(DIGITS, "client-calibrated");
    recalibrate(calibrations, batch);
  }

  private void recalibrate(CalibrationsApi calibrations, InferenceRequest batch) {
    String set = "client-averaged";
    Calibration made =
        calibrations.recalibrate(
            DIGITS, set, batch, 16L, "pooled", "population", false, "weights", null, "once", null);
    assertThat(made.getPublished()).isEqualTo(set + "@1");
    assertThat(made.getBatches()).isEqualTo(4);
    Calibration next =
        calibrations.recalibrateOfVersion(
            DIGITS, "1", set, batch, null, null, null, null, null, null, null, null);
    assertThat(next.getPublished()).isEqualTo(set + "@2");
    assertThat(next.getEstimator()).isEqualTo(Calibration.EstimatorEnum.MEAN_OF_BATCHES);
    calibrations.deleteCalibration(DIGITS, made.getId());
    calibrations.deleteCalibration(DIGITS, next.getId());
    new RunningStatisticsApi(client).deleteRunningStatistics(DIGITS, set);
  }

  private static void mergeElsewhere(
      CalibrationsApi calibrations, String id, CalibrationRequest request) {
    CalibrationMoments moments = calibrations.getCalibrationMoments(DIGITS, id);
    String centre = calibrations.beginCalibration(DIGITS, request, null).getId();
    assertThat(
            calibrations.mergeCalibration(DIGITS, centre, moments, "first site", null).getSamples())
        .isEqualTo(64);
    // To the last bit, through the client's own numbers.
    assertThat(calibrations.getCalibrationMoments(DIGITS, centre)).isEqualTo(moments);
    calibrations.deleteCalibration(DIGITS, centre);
  }

  private void normalize() {
    NormalizationsApi normalizations = new NormalizationsApi(client);
    BatchNormalizationResponse batch =
        normalizations.normalizeBatch(
            new BatchNormalizationRequest()
                .input(rows())
                .mode(ModeEnum.TRAINING)
                .runningMean(List.of(0, 0))
                .runningVariance(List.of(1, 1))
                .momentum(0.1),
            null,
            null);
    assertThat(doubles(batch.getBatchMean())).containsExactly(4, 5);
    assertThat(doubles(batch.getRunningMean()))
        .containsExactly(new double[] {0.4, 0.5}, within(1e-9));

    // The client takes the lines as text; rows in binary go without it, for it has no bytes here.
    StreamResponse stream =
        normalizations.streamBatch(
            """
            {"shape": [-1, 2], "datatype": "FP32"}
            {"input": {"shape": [1, 2], "datatype": "FP32", "data": [1, 2]}}
            {"input": {"shape": [3, 2], "datatype": "FP32", "data": [3, 4, 5, 6, 7, 8]}}
            """,
            null,
            null);
    assertThat(stream.getCount()).isEqualTo(4);
    assertThat(doubles(stream.getBatchVariance())).containsExactly(5, 5);

    for (SampleNormalizationResponse answer :
        List.of(
            normalizations.normalizeGroup(
                new GroupNormalizationRequest().input(rows()).groups(1), null, null),
            normalizations.normalizeInstance(
                new InstanceNormalizationRequest().input(pairs()), null, null),
            normalizations.normalizeLayer(
                new LayerNormalizationRequest().input(rows()).normalizedShape(List.of(2L)),
                null,
                null))) {
      assertThat(doubles(answer.getOutput().getData())).hasSize(8).contains(-0.99998, 0.99998);
    }
  }

  private void differentiate() {
    NormalizationsApi normalizations = new NormalizationsApi(client);
    for (GradientResponse answer :
        List.of(
            normalizations.differentiateBatch(
                new BatchNormalizationRequest()
                    .input(rows())
                    .outputGradient(rows())
                    .mode(ModeEnum.TRAINING),
                null,
                null),
            normalizations.differentiateGroup(
                new GroupNormalizationRequest().input(rows()).outputGradient(rows()).groups(1),
                null,
                null),
            normalizations.differentiateInstance(
                new InstanceNormalizationRequest().input(pairs()).outputGradient(pairs()),
                null,
                null),
            normalizations.differentiateLayer(
                new LayerNormalizationRequest()
                    .input(rows())
                    .outputGradient(rows())
                    .normalizedShape(List.of(2L)),
                null,
                null))) {
      assertThat(doubles(answer.getInputGradient().getData())).hasSize(8);
      assertThat(DoubleStream.of(doubles(answer.getBetaGradient())).sum()).isEqualTo(36);
    }
  }

  private void shareNormalizer() {
    NormalizersApi normalizers = new NormalizersApi(client);
    String name = "client";
    normalizers.putNormalizer(name, new NormalizerRequest().channels(2L).cumulative(true), null);
    NormalizerBatch batch = new NormalizerBatch().input(rows());
    assertThat(normalizers.trainNormalizer(name, batch, null, "first", null).getBatches())
        .isEqualTo(1);
    assertThat(normalizers.applyNormalizer(name, batch, null, null).getOutput().getShape())
        .containsExactly(4L, 2L);
    Moments moments = normalizers.getNormalizer(name).getMoments();
    MergeRequest merge =
        new MergeRequest()
            .count(moments.getCount())
            .mean(moments.getMean())
            .sumOfSquaredDeviations(moments.getSumOfSquaredDeviations());
    assertThat(doubles(normalizers.mergeNormalizer(name, merge, null, null).getRunningMean()))
        .containsExactly(4, 5);
    assertThat(normalizers.listNormalizers(null, 1000).getItems())
        .filteredOn(one -> name.equals(one.getName()))
        .singleElement()
        .satisfies(one -> assertThat(one.getBatches()).isEqualTo(2));
    normalizers.deleteNormalizer(name);
  }

  private void makeKeys() {
    KeysApi keys = new KeysApi(client);
    IssuedApiKey made =
        keys.createKey(
            new ApiKeyRequest().name("client").addScopesItem(Scope.INFER).addModelsItem(DIGITS),
            null);
    assertThat(keys.getKey(made.getId()).getModels()).containsExactly(DIGITS);
    assertThat(keys.listKeys(null, 1000).getItems())
        .anySatisfy(one -> assertThat(one.getName()).isEqualTo("client"));

    ApiClient own =
        new ApiClient(ApiClient.buildRestClientBuilder(JSON).build())
            .setBasePath("http://localhost:" + port);
    own.setBearerToken(made.getKey());
    assertThat(new ModelsApi(own).listModels(null, null).getItems())
        .extracting(one -> one.getModel())
        .containsExactly(DIGITS);
    keys.revokeKey(made.getId());
    assertThatThrownBy(() -> new ModelsApi(own).listModels(null, null))
        .isInstanceOf(HttpClientErrorException.Unauthorized.class);
  }

  private void readChanges() {
    AuditApi audit = new AuditApi(client);
    assertThat(
            audit
                .listChanges(null, null, null, DIGITS, AuditedAction.ROLLED_BACK, null, 1)
                .getItems())
        .singleElement()
        .satisfies(made -> {
          assertThat(made.getPrincipal()).isEqualTo("admin-key");
          assertThat(made.getAfter()).containsKey("running_statistics");
        });
  }

  private static InferenceRequest three() {
    return read("three.json", InferenceRequest.class);
  }

  private static StatisticsDocument shifted() {
    return read("shifted/running-statistics.json", StatisticsDocument.class);
  }

  private static <T> T read(String example, Class<T> type) {
    return JSON.readValue(Http.example(example), type);
  }

  /** Four rows of two channels. */
  private static Tensor rows() {
    return oneToEight(4L, 2L);
  }

  /** Two rows of two channels, each with two places. */
  private static Tensor pairs() {
    return oneToEight(2L, 2L, 2L);
  }

  private static Tensor oneToEight(Long... shape) {
    return new Tensor()
        .datatype(DatatypeEnum.FP32)
        .shape(List.of(shape))
        .data(List.of(1, 2, 3, 4, 5, 6, 7, 8));
  }

  private static double[] doubles(@Nullable List<Object> numbers) {
    return requireNonNull(numbers).stream()
        .mapToDouble(number -> ((Number) number).doubleValue())
        .toArray();
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("norma-test");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
