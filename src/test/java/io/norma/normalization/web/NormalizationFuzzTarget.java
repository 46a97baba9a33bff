package io.norma.normalization.web;

import static io.norma.fuzz.SampleFiles.concat;
import static io.norma.fuzz.SampleFiles.floats;
import static io.norma.fuzz.SampleFiles.text;

import io.norma.fuzz.FuzzTarget;
import io.norma.http.BinaryTensorHeader;
import io.norma.normalization.NormalizationSettings;
import io.norma.normalization.StatelessNormalizationService;
import io.norma.normalization.TestedNormalization;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

/**
 * Normalizations of what a request brings, from the body to the answer. The first byte chooses the
 * route, the next two say how long the JSON is where bytes follow it, 65535 for JSON alone.
 */
public final class NormalizationFuzzTarget implements FuzzTarget {
  private static final List<String> KINDS = List.of("group", "instance", "layer");
  private static final int STREAM = 8;
  private static final int ROUTES = 9;
  private static final int HEAD = 3;
  private static final int JSON_ALONE = 0xFFFF;
  private static final int MOST_ROW_ELEMENTS = 1 << 12;
  private static final String INPUT =
      "\"input\":{\"shape\":[2,4],\"datatype\":\"FP32\",\"data\":[1,2,3,4,5,6,7,8]}";
  private static final String GRADIENT = INPUT.replace("input", "output_gradient");
  private static final String BINARY =
      "\"input\":{\"shape\":[2,4],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":32}}";

  private final NormalizationController controller;
  private final MomentsController moments;

  public NormalizationFuzzTarget() {
    StatelessNormalizationService service = TestedNormalization.service();
    controller = new NormalizationController(service);
    moments = new MomentsController(service, new NormalizationSettings(MOST_ROW_ELEMENTS));
    moments.start();
  }

  @Override
  public String name() {
    return "normalization";
  }

  @Override
  public List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    String training = "{\"mode\":\"training\",";
    seeds.add(json(0, training + INPUT + "}"));
    seeds.add(
        json(
            0,
            training
                + "\"convention\":\"keras\",\"channel_axis\":-1,\"gamma\":[1,2,3,4],"
                + "\"beta\":[0,0,0,0],\"running_mean\":[0,0,0,0],\"running_variance\":[1,1,1,1],"
                + "\"momentum\":0.5,\"row_mask\":[true,true],"
                + "\"parameters\":{\"binary_data_output\":true},"
                + INPUT
                + "}"));
    seeds.add(
        json(
            0,
            training
                + "\"ghost_batch_size\":2,\"epsilon\":0.1,\"cumulative\":{\"batches\":3},"
                + "\"running_mean\":[0,0,0,0],\"running_variance\":[1,1,1,1],"
                + INPUT
                + "}"));
    seeds.add(
        json(
            0,
            training
                + "\"condition\":[0,1],\"gamma_table\":[[1,2,3,4],[5,6,7,8]],"
                + "\"beta_table\":[[1,2,3,4],[5,6,7,8]],\"variance_convention\":\"population\","
                + INPUT
                + "}"));
    seeds.add(
        json(
            0,
            training
                + "\"renormalization\":{\"r_max\":3,\"d_max\":5},\"running_mean\":[0,0,0,0],"
                + "\"running_variance\":[1,1,1,1],"
                + INPUT
                + "}"));
    String inference =
        "{\"mode\":\"inference\",\"running_mean\":[0,0,0,0],\"running_variance\":[1,1,1,1],";
    seeds.add(json(0, inference + INPUT + "}"));
    seeds.add(binary(0, inference + BINARY + "}"));
    seeds.add(json(1, training + INPUT + "," + GRADIENT + "}"));
    seeds.add(json(1, inference + INPUT + "," + GRADIENT + "}"));
    String grouped = "{\"groups\":2,\"gamma\":[1,1,1,1],";
    seeds.add(json(2, grouped + INPUT + "}"));
    seeds.add(json(3, grouped + INPUT + "," + GRADIENT + "}"));
    String spatial = INPUT.replace("[2,4]", "[1,2,4]");
    seeds.add(json(4, "{" + spatial + "}"));
    seeds.add(json(5, "{" + spatial + "," + GRADIENT.replace("[2,4]", "[1,2,4]") + "}"));
    String layer = "{\"normalized_shape\":[4],\"beta\":[1,1,1,1],";
    seeds.add(json(6, layer + INPUT + "}"));
    seeds.add(binary(6, layer + BINARY + "}"));
    seeds.add(json(7, layer + INPUT + "," + GRADIENT + "}"));
    String stream = "{\"shape\":[-1,4],\"datatype\":\"FP32\"}";
    seeds.add(json(STREAM, stream + "\n{" + INPUT + "}\n{" + INPUT + "}\n"));
    seeds.add(binary(STREAM, stream));
    return seeds;
  }

  private static byte[] json(int route, String json) {
    return concat(new byte[] {(byte) route, -1, -1}, text(json));
  }

  private static byte[] binary(int route, String json) {
    byte[] head = {(byte) route, (byte) json.length(), (byte) (json.length() >> 8)};
    return concat(head, text(json), floats(1, 2, 3, 4, 5, 6, 7, 8));
  }

  @Override
  public void read(byte[] input) throws IOException {
    if (input.length < HEAD) {
      return;
    }
    MockHttpServletRequest request = new MockHttpServletRequest("POST", "/");
    request.setContent(Arrays.copyOfRange(input, HEAD, input.length));
    int length = Byte.toUnsignedInt(input[1]) | (Byte.toUnsignedInt(input[2]) << 8);
    if (length != JSON_ALONE) {
      request.addHeader(BinaryTensorHeader.NAME, length);
    }
    MockHttpServletResponse response = new MockHttpServletResponse();
    int route = Byte.toUnsignedInt(input[0]) % ROUTES;
    String kind = KINDS.get(Math.clamp(route / 2 - 1, 0, KINDS.size() - 1));
    switch (route) {
      case 0 -> controller.batch(request, response);
      case 1 -> controller.batchGradient(request, response);
      case STREAM -> moments.stream(request, response);
      default -> {
        if (route % 2 == 0) {
          controller.samples(kind, request, response);
        } else {
          controller.sampleGradient(kind, request, response);
        }
      }
    }
  }
}
