package io.norma.models.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.onnx.file.ExternalModel;
import io.norma.service.Exchange;
import io.norma.service.ExchangeValidator;
import io.norma.service.ServiceTest;
import io.norma.serving.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Models that come in several files, by each of the ways that there are. */
final class ModelFilesTest extends ServiceTest {
  private static final String PATH = "/v1/models/split/versions/2";
  private static final ExternalModel SPLIT = split();

  private static ExternalModel split() {
    try {
      return ExternalModel.of(digitsModel());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void delete() {
    client.delete(PATH);
  }

  @ParameterizedTest
  @ValueSource(ints = {ZipEntry.STORED, ZipEntry.DEFLATED})
  void takesAnArchive(int method) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("export/", new byte[0]);
    files.put("export/.DS_Store", new byte[3]);
    files.put("export/" + ExternalModel.LOCATION, SPLIT.data());
    files.put("export/resnet.onnx", SPLIT.onnx());
    requireServed(client.put(PATH, zip(files, method)));
  }

  @Test
  void takesAForm() throws IOException {
    Form form = new Form().part("model", "any.onnx", SPLIT.onnx());
    requireServed(form.part("data", ExternalModel.LOCATION, SPLIT.data()).put());
  }

  @Test
  void knowsTheSameFilesByWhateverWayTheyCome() throws IOException {
    Exchange first = client.put(PATH, archive());
    Form form = new Form().part("data", ExternalModel.LOCATION, SPLIT.data());
    Exchange again = form.part("model", "m.onnx", SPLIT.onnx()).put();
    assertThat(again.status()).as(again.text()).isEqualTo(200);
    assertThat(again.json()).isEqualTo(first.json());
    assertThat(client.put(PATH, digitsModel()).status()).isEqualTo(409);
  }

  /** The words of `sha256sum`, so that anyone can compute it. */
  @Test
  void isKnownByTheListOfItsChecksums() throws IOException {
    JsonNode answer = client.put(PATH, archive()).json();
    StringBuilder list = new StringBuilder();
    for (JsonNode file : answer.path("files")) {
      list.append(file.path("sha256").asString() + "  " + file.path("name").asString() + "\n");
    }
    assertThat(answer.path("files").size()).isEqualTo(2);
    assertThat(answer.path("sha256").asString()).isEqualTo(sha256(list.toString()));
  }

  private static String sha256(String text) {
    return HexFormat.of().formatHex(Sha256.digest().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void readsDataBesideAModelInTheDirectory() throws IOException {
    Path folder = Files.createDirectories(MODELS.resolve("in parts").resolve("1"));
    Files.write(folder.resolve("model.onnx"), SPLIT.onnx());
    String load = "/v2/repository/models/in%20parts/load";
    Exchange missing = client.post(load, "{}");
    assertThat(missing.status()).isEqualTo(400);
    assertThat(ExchangeValidator.reason(missing))
        .contains("'model.onnx.data'", "into the folder in parts/1");

    Files.write(folder.resolve(ExternalModel.LOCATION), SPLIT.data());
    assertThat(client.post(load, "{}").status()).isEqualTo(200);
    requireDigits("in%20parts");
    client.post("/v2/repository/models/in%20parts/unload", "{}");
  }

  @Test
  void readsDataThatComesWithARequestToTheRepository() {
    String onnx = Base64.getEncoder().encodeToString(SPLIT.onnx());
    String data = Base64.getEncoder().encodeToString(SPLIT.data());
    String load = "/v2/repository/models/brought/load";
    Exchange missing =
        client.post(load, "{\"parameters\":{\"file:3/model.onnx\":\"" + onnx + "\"}}");
    assertThat(ExchangeValidator.reason(missing)).contains("'file:3/model.onnx.data'");
    Exchange alone =
        client.post(load, "{\"parameters\":{\"file:3/model.onnx.data\":\"" + data + "\"}}");
    assertThat(ExchangeValidator.reason(alone)).contains("must have file:3/model.onnx");

    Exchange loaded =
        client.post(
            load,
            "{\"parameters\":{\"file:3/model.onnx.data\":\"%s\",\"file:3/model.onnx\":\"%s\"}}"
                .formatted(data, onnx));
    assertThat(loaded.status()).as(loaded.text()).isEqualTo(200);
    requireDigits("brought");
    client.post("/v2/repository/models/brought/unload", "{}");
  }

  @Test
  void saysWhichCommandSendsTheDataToo() {
    Exchange refused = client.put(PATH, SPLIT.onnx());
    assertThat(refused.status()).isEqualTo(400);
    assertThat(ExchangeValidator.reason(refused))
        .contains(
            "'model.onnx.data'",
            "curl -X PUT -F model=@model.onnx -F data=@model.onnx.data http://localhost:")
        .endsWith(PATH);
    requireNothingKept();
  }

  @Test
  void refusesDataThatIsCutOff() throws IOException {
    byte[] half = Arrays.copyOf(SPLIT.data(), SPLIT.data().length / 2);
    Map<String, byte[]> files = Map.of("m.onnx", SPLIT.onnx(), ExternalModel.LOCATION, half);
    requireRefused(client.put(PATH, zip(files, ZipEntry.STORED)), 400, "the file is cut off");
  }

  @Test
  void refusesDataThatTheModelDoesNotName() throws IOException {
    Map<String, byte[]> files =
        Map.of(
            "m.onnx", SPLIT.onnx(), ExternalModel.LOCATION, SPLIT.data(), "other.bin", new byte[9]);
    requireRefused(client.put(PATH, zip(files, ZipEntry.STORED)), 400, "no tensor in 'other.bin'");
  }

  @Test
  void refusesAnArchiveThatUnpacksToMoreThanTheLimit() throws IOException {
    Map<String, byte[]> files = Map.of("m.onnx", new byte[3_000_000]);
    byte[] bomb = zip(files, ZipEntry.DEFLATED);
    assertThat(bomb.length).isLessThan(10_000);
    requireRefused(client.put(PATH, bomb), 413, "norma.models.max-upload-bytes");
  }

  @Test
  void refusesArchivesThatHoldNoModelOrSeveral() throws IOException {
    byte[] torch = zip(Map.of("archive/data.pkl", new byte[3]), ZipEntry.STORED);
    requireRefused(client.put(PATH, torch), 400, "is a PyTorch file");
    byte[] none = zip(Map.of("readme.txt", new byte[3]), ZipEntry.STORED);
    requireRefused(client.put(PATH, none), 400, "no file that ends in .onnx");
    byte[] two = zip(Map.of("a.onnx", SPLIT.onnx(), "b.onnx", SPLIT.onnx()), ZipEntry.STORED);
    requireRefused(client.put(PATH, two), 400, "2 files that end in .onnx");
    byte[] aside = zip(Map.of("m/a.onnx", SPLIT.onnx(), "w.bin", SPLIT.data()), ZipEntry.STORED);
    requireRefused(client.put(PATH, aside), 400, "does not lie below the model's folder 'm/'");
    byte[] damaged = Arrays.copyOf(archive(), 1000);
    requireRefused(client.put(PATH, damaged), 400, "the zip archive is truncated");
  }

  @Test
  void refusesFormsThatHoldNoModelOrTooMuch() throws IOException {
    Form other = new Form().part("onnx", "m.onnx", SPLIT.onnx());
    requireRefused(other.put(), 400, "no part 'model'");
    Form large = new Form().part("model", "m.onnx", new byte[2_500_000]);
    requireRefused(large.put(), 413, "norma.models.max-upload-bytes");
    Form twice =
        new Form().part("model", "m.onnx", SPLIT.onnx()).part("model", "m.onnx", new byte[1]);
    requireRefused(twice.put(), 400, "came twice");
    Form broken = new Form().part("model", "m.onnx", SPLIT.onnx());
    requireRefused(broken.putCutOff(), 400, "the form cannot be read");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=another",
        "multipart/form-data; charset=utf-8"
      })
  void refusesAFormWhoseBoundaryIsNotKnown(String type) throws IOException {
    byte[] body = new Form().part("model", "m.onnx", SPLIT.onnx()).bytes.toByteArray();
    Exchange refused = client.send("PUT", PATH, Map.of("Content-Type", type), body);
    requireRefused(refused, 400, "form");
  }

  /** Tomcat counts them before anybody else does. */
  @Test
  void refusesAFormOfTooManyParts() throws IOException {
    Form form = new Form();
    for (int i = 0; i < 2000; i++) {
      form.part("part" + i, "p" + i, new byte[1]);
    }
    assertThat(form.put().status()).isIn(400, 413);
  }

  private void requireServed(Exchange upload) {
    assertThat(upload.status()).as(upload.text()).isEqualTo(201);
    assertThat(upload.json().at("/report/batch_normalizations").size()).isEqualTo(4);
    requireDigits("split");
  }

  private void requireDigits(String model) {
    Exchange answer =
        client.post("/v2/models/" + model + "/infer", example("three.json"), Map.of());
    assertThat(answer.json().at("/outputs/0/data/3").asDouble()).isGreaterThan(0.98);
  }

  private void requireRefused(Exchange refused, int status, String reason) {
    assertThat(refused.status()).as(refused.text()).isEqualTo(status);
    assertThat(ExchangeValidator.reason(refused)).contains(reason);
    requireNothingKept();
  }

  private void requireNothingKept() {
    assertThat(client.get(PATH).status()).isEqualTo(404);
  }

  private static byte[] archive() throws IOException {
    return zip(
        Map.of("m.onnx", SPLIT.onnx(), ExternalModel.LOCATION, SPLIT.data()), ZipEntry.DEFLATED);
  }

  private static byte[] zip(Map<String, byte[]> files, int method) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        ZipEntry entry = new ZipEntry(file.getKey());
        entry.setMethod(method);
        if (method == ZipEntry.STORED) {
          CRC32 checksum = new CRC32();
          checksum.update(file.getValue());
          entry.setCrc(checksum.getValue());
          entry.setSize(file.getValue().length);
        }
        zip.putNextEntry(entry);
        zip.write(file.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  /** A body of {@code multipart/form-data} (RFC 7578). */
  private final class Form {
    private static final String BOUNDARY = "a-boundary-that-no-model-has";
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Form part(String name, String file, byte[] content) throws IOException {
      write(
          "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n\r\n"
              .formatted(BOUNDARY, name, file));
      bytes.write(content);
      write("\r\n");
      return this;
    }

    private void write(String text) throws IOException {
      bytes.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    Exchange put() throws IOException {
      write("--" + BOUNDARY + "--\r\n");
      return putCutOff();
    }

    Exchange putCutOff() {
      Map<String, String> type =
          Map.of("Content-Type", "multipart/form-data; boundary=" + BOUNDARY);
      return client.send("PUT", PATH, type, bytes.toByteArray());
    }
  }
}
