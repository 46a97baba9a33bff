package io.norma.http.codec.image;

import io.norma.http.codec.Json;
import io.norma.http.codec.KnownNames;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How samples from 0 to 255 become elements: (sample · scale − mean) / standard deviation, the
 * latter two for each channel or one for all.
 *
 * @param scale {@code null} where nothing is said: 1/255
 * @param mean empty where nothing is said: 0
 * @param standardDeviation empty where nothing is said: 1
 */
public record PixelScale(
    @Nullable Double scale, List<Double> mean, List<Double> standardDeviation) {
  private static final String SCALE = "scale";
  private static final String MEAN = "mean";
  private static final String DEVIATION = "standard_deviation";
  private static final List<String> PARAMETERS = List.of(SCALE, MEAN, DEVIATION);
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?");
  private static final int SAMPLES = 256;
  private static final double LARGEST = 255;

  public PixelScale {
    mean = List.copyOf(mean);
    standardDeviation = List.copyOf(standardDeviation);
  }

  /**
   * What the query of a request says. Others than these parameters are passed over, as everywhere
   * in the V2 protocol, but for slips.
   *
   * @param query values by name
   * @throws ServingException.InvalidField if one is not as it must be
   */
  public static PixelScale of(Map<String, String[]> query) {
    KnownNames.refuseNearMisses("query parameter ", query.keySet(), PARAMETERS);
    List<Double> scale = numbers(query, SCALE);
    List<Double> deviations = numbers(query, DEVIATION);
    if (scale.size() > 1) {
      throw refused(SCALE, "one number", query);
    }
    for (double deviation : deviations) {
      if (deviation <= 0) {
        throw refused(DEVIATION, "numbers above 0", query);
      }
    }
    return new PixelScale(
        scale.isEmpty() ? null : scale.getFirst(), numbers(query, MEAN), deviations);
  }

  /**
   * Refuses the parameters of images where there is none.
   *
   * @throws ServingException.InvalidField if there is one of them
   */
  public static void refuse(Map<String, String[]> query) {
    for (String name : PARAMETERS) {
      if (query.containsKey(name)) {
        throw new ServingException.InvalidField(
            name,
            "query parameter '%s' is of images alone: elements of an array come as they are"
                .formatted(name));
      }
    }
  }

  private static List<Double> numbers(Map<String, String[]> query, String name) {
    String[] values = query.get(name);
    if (values == null) {
      return List.of();
    }
    if (values.length > 1) {
      throw new ServingException.InvalidField(
          name, "query parameter '" + name + "' is there twice");
    }
    List<Double> numbers = new ArrayList<>();
    for (String word : values[0].split(",", -1)) {
      numbers.add(NUMBER.matcher(word).matches() ? Double.parseDouble(word) : Double.NaN);
    }
    if (!numbers.stream().allMatch(Double::isFinite)) {
      throw refused(name, "finite numbers with commas between them", query);
    }
    return numbers;
  }

  private static ServingException refused(
      String name, String expected, Map<String, String[]> query) {
    String[] values = query.get(name);
    return new ServingException.InvalidField(
        name,
        "query parameter '%s' must be %s, but is '%s'"
            .formatted(
                name, expected, Json.abbreviated(values == null ? "" : String.join(",", values))));
  }

  /**
   * The elements of an input.
   *
   * @param samples of the channels, one after the other
   * @throws ServingException.InvalidField if it has numbers for other channels than the input, or
   *     an element would not be finite
   */
  Tensor elements(ImageInput input, Shape shape, byte[] samples) {
    require(MEAN, mean, input);
    require(DEVIATION, standardDeviation, input);
    ElementType type = input.type();
    if (type == ElementType.UINT8) {
      if (scale != null || !mean.isEmpty() || !standardDeviation.isEmpty()) {
        throw new ServingException.Invalid(
            "input '%s' of model '%s' is of UINT8 and takes samples as they are: send no %s"
                .formatted(input.metadata().name(), input.model(), String.join(", ", PARAMETERS)));
      }
      return Tensor.of(DataType.UINT8, shape, samples, 0);
    }
    int plane = samples.length / input.channels();
    Object array = type.dataType().newArray(samples.length);
    for (int channel = 0; channel < input.channels(); channel++) {
      double[] table = table(channel, type);
      for (int i = channel * plane; i < (channel + 1) * plane; i++) {
        double element = table[Byte.toUnsignedInt(samples[i])];
        if (array instanceof float[] floats) {
          floats[i] = (float) element;
        } else {
          ((double[]) array)[i] = element;
        }
      }
    }
    return Tensor.of(type.dataType(), shape, array, 0);
  }

  /** The element that each sample becomes. */
  private double[] table(int channel, ElementType type) {
    double[] table = new double[SAMPLES];
    for (int sample = 0; sample < SAMPLES; sample++) {
      double scaled = scale == null ? sample / LARGEST : sample * scale;
      double element = (scaled - at(mean, channel, 0)) / at(standardDeviation, channel, 1);
      table[sample] =
          type == ElementType.FP64
              ? element
              : type.isNarrow() ? type.round((float) element) : (float) element;
      if (!Double.isFinite(table[sample])) {
        throw new ServingException.InvalidField(
            SCALE,
            "a sample of %d becomes %s, which is no finite %s: choose another %s"
                .formatted(sample, element, type, String.join(", ", PARAMETERS)));
      }
    }
    return table;
  }

  private static double at(List<Double> values, int channel, double usual) {
    return values.isEmpty() ? usual : values.get(values.size() == 1 ? 0 : channel);
  }

  private static void require(String name, List<Double> values, ImageInput input) {
    if (values.size() > 1 && values.size() != input.channels()) {
      throw new ServingException.InvalidField(
          name,
          "query parameter '%s' must have one number, or one for each channel, but has %d; input '%s' of model '%s' has %d channels"
              .formatted(
                  name, values.size(), input.metadata().name(), input.model(), input.channels()));
    }
  }
}
