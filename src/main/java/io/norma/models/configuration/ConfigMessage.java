package io.norma.models.configuration;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.models.configuration.proto.Triton;
import io.norma.serving.ModelConfig;
import io.norma.serving.ModelConfig.Batching;
import io.norma.serving.ModelConfig.DeclaredTensor;
import io.norma.serving.ModelConfig.VersionPolicy;
import io.norma.serving.ServingException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What Triton's message says, of what matters here. */
final class ConfigMessage {
  /** Those of ONNX files, in Triton and here. */
  private static final List<String> PLATFORMS = List.of("", "onnxruntime_onnx", "onnx_onnxv1");

  private static final List<String> BACKENDS = List.of("", "onnxruntime", "norma");
  private static final int LARGEST_BATCH = 8192;
  private static final long LONGEST_MICROSECONDS = Duration.ofDays(365).toNanos() / 1000;
  private static final int MOST_LEVELS = 1000;

  /** The key of the parameter that is read: Triton leaves what keys mean to the backend. */
  private static final String WEIGHTS = "weights";

  /** Everything else that a file says is reported as ignored. */
  private static final Set<String> READ =
      Set.of(
          "ModelConfig.name",
          "ModelConfig.platform",
          "ModelConfig.backend",
          "ModelConfig.version_policy",
          "ModelConfig.max_batch_size",
          "ModelConfig.input",
          "ModelConfig.output",
          "ModelConfig.dynamic_batching",
          "ModelConfig.default_model_filename",
          "ModelInput.name",
          "ModelInput.data_type",
          "ModelInput.dims",
          "ModelOutput.name",
          "ModelOutput.data_type",
          "ModelOutput.dims",
          "ModelVersionPolicy.latest",
          "ModelVersionPolicy.all",
          "ModelVersionPolicy.specific",
          "ModelVersionPolicy.Latest.num_versions",
          "ModelVersionPolicy.Specific.versions",
          "ModelDynamicBatching.preferred_batch_size",
          "ModelDynamicBatching.max_queue_delay_microseconds",
          "ModelDynamicBatching.priority_levels",
          "ModelDynamicBatching.default_priority_level",
          "ModelDynamicBatching.default_queue_policy",
          "ModelQueuePolicy.default_timeout_microseconds",
          "ModelQueuePolicy.max_queue_size");

  private final Triton.ModelConfig message;
  private final String source;

  private ConfigMessage(Triton.ModelConfig message, String source) {
    this.message = message;
    this.source = source;
  }

  /**
   * Reads a message.
   *
   * @param model whose it is
   * @param source where it is written, for messages
   * @throws ServingException.Invalid if it says what cannot be
   */
  static ModelConfig read(Triton.ModelConfig message, String model, String source) {
    return new ConfigMessage(message, source).read(model);
  }

  private ModelConfig read(String model) {
    require(
        message.getName().isEmpty() || message.getName().equals(model),
        "name",
        "'" + model + "', as the model is called, or be left out",
        message.getName());
    require(
        PLATFORMS.contains(message.getPlatform()),
        "platform",
        "onnxruntime_onnx: only ONNX files are served here",
        message.getPlatform());
    require(
        BACKENDS.contains(message.getBackend()),
        "backend",
        "onnxruntime: only ONNX files are served here",
        message.getBackend());
    String file = message.getDefaultModelFilename();
    require(
        !file.contains("/") && !file.contains("\\") && !file.equals("..") && !file.equals("."),
        "default_model_filename",
        "the name of a file in the version's folder",
        file);
    Integer maxBatchSize = message.hasMaxBatchSize() ? message.getMaxBatchSize() : null;
    if (maxBatchSize != null) {
      requireRange("max_batch_size", maxBatchSize, 0, LARGEST_BATCH);
    }
    Set<String> ignored = new LinkedHashSet<>();
    ignored(message, "", ignored);
    if (message.getParametersMap().keySet().equals(Set.of(WEIGHTS))) {
      ignored.remove("parameters");
    }
    return new ModelConfig(
        source,
        message.getPlatform(),
        message.getBackend(),
        file.isEmpty() ? ModelConfig.MODEL_FILE : file,
        maxBatchSize,
        inputs(),
        outputs(),
        versions(),
        message.hasDynamicBatching()
            ? batching(message.getDynamicBatching(), maxBatchSize, ignored)
            : null,
        weights(),
        List.copyOf(ignored));
  }

  private @Nullable WeightFormat weights() {
    Triton.ModelParameter parameter = message.getParametersMap().get(WEIGHTS);
    if (parameter == null) {
      return null;
    }
    String format = parameter.getStringValue();
    require(
        format.equals("fp32") || format.equals("bf16"),
        "parameters." + WEIGHTS,
        "fp32 or bf16",
        "'" + format + "'");
    return WeightFormat.valueOf(format.toUpperCase(Locale.ROOT));
  }

  private List<DeclaredTensor> inputs() {
    List<DeclaredTensor> tensors = new ArrayList<>();
    for (Triton.ModelInput input : message.getInputList()) {
      requireNoReshape("input", input.getName(), input.hasReshape());
      tensors.add(
          new DeclaredTensor(
              requireName("input", input.getName()),
              elementType(input.getDataType()),
              input.getDimsList()));
    }
    return tensors;
  }

  private List<DeclaredTensor> outputs() {
    List<DeclaredTensor> tensors = new ArrayList<>();
    for (Triton.ModelOutput output : message.getOutputList()) {
      requireNoReshape("output", output.getName(), output.hasReshape());
      tensors.add(
          new DeclaredTensor(
              requireName("output", output.getName()),
              elementType(output.getDataType()),
              output.getDimsList()));
    }
    return tensors;
  }

  private String requireName(String kind, String name) {
    if (name.isEmpty()) {
      throw new ServingException.Invalid("%s: an %s has no name".formatted(source, kind));
    }
    return name;
  }

  /** Left out, requests would be refused that fit the file; so it is refused instead. */
  private void requireNoReshape(String kind, String name, boolean reshape) {
    if (reshape) {
      throw new ServingException.Invalid(
          "%s: %s '%s' has reshape, which is not done here; give the dims that the network has"
              .formatted(source, kind, name));
    }
  }

  private static String elementType(Triton.DataType type) {
    return switch (type) {
      case TYPE_INVALID, UNRECOGNIZED -> "";
      case TYPE_STRING -> "BYTES";
      default -> type.name().substring("TYPE_".length());
    };
  }

  private VersionPolicy versions() {
    Triton.ModelVersionPolicy policy = message.getVersionPolicy();
    return switch (policy.getPolicyChoiceCase()) {
      case LATEST -> {
        Triton.ModelVersionPolicy.Latest latest = policy.getLatest();
        int count = latest.hasNumVersions() ? latest.getNumVersions() : 1;
        requireRange(
            "version_policy.latest.num_versions",
            Integer.toUnsignedLong(count),
            1,
            Integer.MAX_VALUE);
        yield new VersionPolicy.Latest(count);
      }
      case SPECIFIC -> {
        require(
            policy.getSpecific().getVersionsCount() > 0,
            "version_policy.specific.versions",
            "a list of one version at least",
            "[]");
        yield new VersionPolicy.Specific(policy.getSpecific().getVersionsList());
      }
      case ALL, POLICYCHOICE_NOT_SET -> new VersionPolicy.All();
    };
  }

  private Batching batching(
      Triton.ModelDynamicBatching dynamic, @Nullable Integer maxBatchSize, Set<String> ignored) {
    for (int size : dynamic.getPreferredBatchSizeList()) {
      requireRange(
          "dynamic_batching.preferred_batch_size",
          size,
          1,
          maxBatchSize == null ? LARGEST_BATCH : Math.max(1, maxBatchSize));
    }
    Triton.ModelQueuePolicy queue = dynamic.getDefaultQueuePolicy();
    boolean rejects = queue.getTimeoutAction() == Triton.ModelQueuePolicy.TimeoutAction.REJECT;
    if (!rejects && queue.hasDefaultTimeoutMicroseconds()) {
      // Nobody is put behind others: without a limit, rather than with one that means another.
      ignored.add("dynamic_batching.default_queue_policy.default_timeout_microseconds");
    }
    Integer levels = null;
    Integer level = null;
    if (dynamic.getPriorityLevels() != 0) {
      levels = limited("priority_levels", dynamic.getPriorityLevels(), MOST_LEVELS);
      requireRange(
          "dynamic_batching.default_priority_level", dynamic.getDefaultPriorityLevel(), 1, levels);
      level = (int) dynamic.getDefaultPriorityLevel();
    } else {
      require(
          dynamic.getDefaultPriorityLevel() == 0,
          "dynamic_batching.default_priority_level",
          "left out where there are no priority_levels",
          dynamic.getDefaultPriorityLevel());
    }
    return new Batching(
        Stream.of(dynamic.getPreferredBatchSizeList())
            .flatMap(List::stream)
            .sorted()
            .distinct()
            .toList(),
        dynamic.hasMaxQueueDelayMicroseconds()
            ? duration("max_queue_delay_microseconds", dynamic.getMaxQueueDelayMicroseconds())
            : null,
        queue.hasMaxQueueSize()
            ? limited(
                "default_queue_policy.max_queue_size",
                Integer.toUnsignedLong(queue.getMaxQueueSize()),
                Integer.MAX_VALUE)
            : null,
        rejects && queue.hasDefaultTimeoutMicroseconds()
            ? duration(
                "default_queue_policy.default_timeout_microseconds",
                queue.getDefaultTimeoutMicroseconds())
            : null,
        levels,
        level);
  }

  private Duration duration(String name, long microseconds) {
    requireRange("dynamic_batching." + name, microseconds, 0, LONGEST_MICROSECONDS);
    return Duration.of(microseconds, ChronoUnit.MICROS);
  }

  private int limited(String name, long number, int largest) {
    requireRange("dynamic_batching." + name, number, 0, largest);
    return (int) number;
  }

  private void requireRange(String name, int number, int least, int largest) {
    require(
        number >= least && number <= largest,
        name,
        "from %d to %d".formatted(least, largest),
        number);
  }

  /** The format's whole numbers of 64 bits have no sign. */
  private void requireRange(String name, long number, long least, long largest) {
    require(
        number >= least && number <= largest,
        name,
        "from %d to %d".formatted(least, largest),
        Long.toUnsignedString(number));
  }

  private void require(boolean holds, String name, String expected, Object came) {
    if (!holds) {
      throw new ServingException.Invalid(
          "%s: %s must be %s, but is %s".formatted(source, name, expected, came));
    }
  }

  /** Collects what is set and not read, outermost first. */
  private static void ignored(Message message, String path, Set<String> names) {
    message
        .getAllFields()
        .forEach((field, value) -> {
          String name = path + field.getName();
          if (!READ.contains(nameOf(field))) {
            names.add(name);
          } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            List<?> inner = value instanceof List<?> several ? several : List.of(value);
            inner.forEach(each -> ignored((Message) each, name + ".", names));
          }
        });
  }

  /** Without the package. */
  private static String nameOf(FieldDescriptor field) {
    return field.getFullName().substring(field.getFile().getPackage().length() + 1);
  }
}
