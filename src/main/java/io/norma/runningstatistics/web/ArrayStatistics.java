package io.norma.runningstatistics.web;

import io.norma.http.codec.NamedArray;
import io.norma.http.codec.RequestMemory;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.runningstatistics.SourceWeights;
import io.norma.runningstatistics.StatisticsDocument.Vectors;
import io.norma.runningstatistics.web.ParameterName.Role;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The running statistics among the arrays of a file, by the names that frameworks give them.
 *
 * @param layers by the file's names, in its order
 * @param ignored names of the other arrays
 * @param convention what the framework of the names means by a variance
 * @param weights what the others tell about the network, read when it is asked for
 */
record ArrayStatistics(
    SequencedMap<String, Vectors> layers,
    List<String> ignored,
    VarianceConvention convention,
    SourceWeights weights) {
  /**
   * Keras numbers γ, β, moving mean and moving variance, and leaves out γ or β where there is none.
   */
  private static final int MOST_NUMBERED = 4;

  static ArrayStatistics of(List<NamedArray> arrays) {
    SequencedMap<String, Map<Role, NamedArray>> layers = new LinkedHashMap<>();
    SequencedMap<String, List<NamedArray>> numbered = new LinkedHashMap<>();
    boolean keras = true;
    boolean any = false;
    for (NamedArray array : arrays) {
      ParameterName name = ParameterName.of(array.name());
      if (name == null) {
        continue;
      }
      if (name.role() == Role.NUMBERED) {
        numbered.computeIfAbsent(name.layer(), _ -> new ArrayList<>()).add(array);
        continue;
      }
      put(layers, name, array);
      if (name.role() == Role.MEAN || name.role() == Role.VARIANCE) {
        any = true;
        keras &= ParameterName.isOfKeras(array.name());
      }
    }
    for (Map.Entry<String, List<NamedArray>> group : numbered.entrySet()) {
      any |= putNumbered(layers, group.getKey(), group.getValue());
    }
    return read(
        layers, arrays, any && keras ? VarianceConvention.POPULATION : VarianceConvention.UNBIASED);
  }

  private static void put(
      Map<String, Map<Role, NamedArray>> layers, ParameterName name, NamedArray array) {
    NamedArray before =
        layers
            .computeIfAbsent(name.layer(), _ -> new EnumMap<>(Role.class))
            .put(name.role(), array);
    if (before != null && (name.role() == Role.MEAN || name.role() == Role.VARIANCE)) {
      throw new ServingException.Invalid(
          "'%s' and '%s' are both the %s of layer '%s'"
              .formatted(
                  before.name(),
                  array.name(),
                  name.role() == Role.MEAN ? "mean" : "variance",
                  name.layer()));
    }
  }

  /** Puts a layer's arrays in their roles by number, if they are those of a batch normalization. */
  private static boolean putNumbered(
      Map<String, Map<Role, NamedArray>> layers, String layer, List<NamedArray> arrays) {
    int count = arrays.size();
    List<Long> shape = arrays.getFirst().shape();
    if (count < 2
        || count > MOST_NUMBERED
        || shape.size() != 1
        || arrays.stream().anyMatch(array -> !array.shape().equals(shape))
        || (count == 2 && !isCalledBatchNormalization(layer))) {
      return false;
    }
    NamedArray[] byNumber = new NamedArray[count];
    for (NamedArray array : arrays) {
      String digits = array.name().replaceFirst("(:0)?$", "").replaceFirst(".*[./]", "");
      int number = digits.length() == 1 ? digits.charAt(0) - '0' : count;
      if (number >= count || byNumber[number] != null) {
        return false;
      }
      byNumber[number] = array;
    }
    Map<Role, NamedArray> roles = layers.computeIfAbsent(layer, _ -> new EnumMap<>(Role.class));
    roles.put(Role.MEAN, byNumber[count - 2]);
    roles.put(Role.VARIANCE, byNumber[count - 1]);
    if (count == MOST_NUMBERED) {
      roles.put(Role.GAMMA, byNumber[0]);
      roles.put(Role.BETA, byNumber[1]);
    }
    return true;
  }

  /** Two arrays may be γ and β of another normalization: then the name decides. */
  private static boolean isCalledBatchNormalization(String layer) {
    int from = Math.max(layer.lastIndexOf('/'), layer.lastIndexOf('.')) + 1;
    String name = layer.substring(from).toLowerCase(Locale.ROOT);
    return name.contains("batch_norm")
        || name.contains("batchnorm")
        || name.startsWith("bn")
        || name.contains("_bn");
  }

  private static ArrayStatistics read(
      SequencedMap<String, Map<Role, NamedArray>> layers,
      List<NamedArray> arrays,
      VarianceConvention convention) {
    SequencedMap<String, Vectors> vectors = new LinkedHashMap<>();
    Set<String> taken = new HashSet<>();
    layers.forEach((layer, roles) -> {
      NamedArray mean = roles.get(Role.MEAN);
      NamedArray variance = roles.get(Role.VARIANCE);
      if (mean != null || variance != null) {
        NamedArray gamma = roles.get(Role.GAMMA);
        NamedArray beta = roles.get(Role.BETA);
        vectors.put(
            layer, new Vectors(vector(mean), vector(variance), vector(gamma), vector(beta)));
        Stream.of(mean, variance, gamma, beta)
            .filter(Objects::nonNull)
            .forEach(array -> taken.add(array.name()));
      }
    });
    List<String> ignored =
        arrays.stream().map(NamedArray::name).filter(name -> !taken.contains(name)).toList();
    return new ArrayStatistics(vectors, ignored, convention, new ArrayWeights(layers, arrays));
  }

  private static float @Nullable [] vector(@Nullable NamedArray array) {
    if (array == null) {
      return null;
    }
    if (array.shape().size() != 1) {
      throw new ServingException.Invalid(
          "tensor '%s' must have one axis, but has shape %s"
              .formatted(array.name(), array.shape()));
    }
    IntToDoubleFunction elements = array.elements();
    if (elements == null) {
      throw new ServingException.Invalid(
          "tensor '%s' has data type %s; expected F32, F64, F16 or BF16 (of NumPy: float16, float32"
                  .formatted(array.name(), array.type())
              + " or float64)");
    }
    int length = Math.toIntExact(array.shape().getFirst());
    RequestMemory.current().take((long) length * Float.BYTES);
    float[] vector = new float[length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) elements.applyAsDouble(i);
    }
    return vector;
  }
}
