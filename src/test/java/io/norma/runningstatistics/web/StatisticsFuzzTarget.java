package io.norma.runningstatistics.web;

import static io.norma.fuzz.SampleFiles.digits;
import static io.norma.fuzz.SampleFiles.file;
import static io.norma.fuzz.SampleFiles.floats;
import static io.norma.fuzz.SampleFiles.npy;
import static io.norma.fuzz.SampleFiles.safetensors;
import static io.norma.fuzz.SampleFiles.text;
import static io.norma.fuzz.SampleFiles.zip;

import io.norma.admission.Imports;
import io.norma.fuzz.FuzzTarget;
import io.norma.http.BodyLimit;
import io.norma.network.Network;
import io.norma.onnx.OnnxBuilder;
import io.norma.onnx.OnnxImporter;
import io.norma.runningstatistics.SentStatistics;
import io.norma.runningstatistics.StatisticsDocument;
import io.norma.service.ServiceTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import org.springframework.mock.web.MockHttpServletRequest;

/**
 * Running statistics as they are sent, matched with the bundled digits: JSON in one target, files
 * of all other formats in the other.
 */
public final class StatisticsFuzzTarget implements FuzzTarget {
  private static final Path FILES = Path.of("src/test/resources/statistics");

  private final String name;
  private final String type;
  private final Network network = OnnxImporter.read(ServiceTest.digitsModel(), "digits").network();
  private final Imports imports = new Imports(1);
  private final BodyLimit limit = new BodyLimit(Pattern.compile(".*"), 1 << 20, "the limit");

  private StatisticsFuzzTarget(String name, String type) {
    this.name = name;
    this.type = type;
  }

  public static List<FuzzTarget> all() {
    return List.of(
        new StatisticsFuzzTarget("statistics-json", "application/json"),
        new StatisticsFuzzTarget("statistics-files", "application/octet-stream"));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<byte[]> seeds() {
    return type.equals("application/json") ? documents() : files();
  }

  private static List<byte[]> documents() {
    return List.of(
        digits("shifted/running-statistics.json"),
        text("{\"layers\":{\"bn1\":{\"mean\":[1,2],\"variance\":[1,2]}},\"source\":\"a\"}"),
        text(
            "{\"arrays\":{\"bn1.running_mean\":[1,2],\"bn1.running_var\":[1,2],"
                + "\"bn1.weight\":[1,1]},\"sample_count\":7,\"base\":\"default@1\","
                + "\"variance_convention\":\"unbiased\"}"));
  }

  private static List<byte[]> files() {
    List<byte[]> seeds = new ArrayList<>();
    for (String written :
        List.of("pytorch.npz", "tensorflow.npz", "half.npz", "keras-names.safetensors")) {
      seeds.add(file(FILES.resolve(written)));
    }
    seeds.add(
        safetensors(
            "{\"bn1.running_mean\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"bn1.running_var\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[8,24]},"
                + "\"bn1.num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],"
                + "\"data_offsets\":[24,32]}}",
            new byte[32]));
    Map<String, byte[]> arrays = new LinkedHashMap<>();
    arrays.put("bn1.running_mean.npy", npy("<f4", "False", "(2,)", floats(1, 2)));
    arrays.put("bn1.running_var.npy", npy(">f4", "True", "(2,)", floats(1, 2)));
    arrays.put("conv.weight.npy", npy("<f4", "True", "(1, 2)", floats(1, 2)));
    seeds.add(zip(ZipEntry.STORED, arrays));
    seeds.add(zip(ZipEntry.DEFLATED, arrays));
    seeds.add(
        OnnxBuilder.operatorSet(17)
            .input("x", -1, 2)
            .floats("gamma", 1, 1)
            .floats("beta", 0, 0)
            .floats("bn1.running_mean", 1, 2)
            .floats("bn1.running_var", 1, 2)
            .node(
                "bn1",
                "BatchNormalization",
                List.of("x", "gamma", "beta", "bn1.running_mean", "bn1.running_var"),
                List.of("y"))
            .output("y", -1, 2)
            .bytes());
    return seeds;
  }

  @Override
  public void read(byte[] input) throws IOException {
    MockHttpServletRequest request = new MockHttpServletRequest("PUT", "/");
    request.setContentType(type);
    request.setContent(input);
    StatisticsBody.Description nothing = new StatisticsBody.Description(null, null, null, null);
    StatisticsDocument document = StatisticsBody.read(request, nothing, limit, imports);
    SentStatistics.match(network, document);
  }
}
