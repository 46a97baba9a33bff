package io.norma.onnx;

import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.ElementType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was found in a file.
 *
 * @param producer name and version of the program that wrote it, or empty
 * @param irVersion version of the file format
 * @param operatorSet version of the default domain's operator set
 * @param layers the nodes that run, in order; constant expressions are computed on import
 * @param parameters how many elements the constants have that the layers use, running statistics
 *     included
 * @param parameterBytes and how many bytes they take
 * @param restoration what a checkpoint beside the file brought back; {@code null} without one
 */
public record ImportReport(
    String producer,
    long irVersion,
    long operatorSet,
    List<Value> inputs,
    List<Value> outputs,
    List<LayerSummary> layers,
    long parameters,
    long parameterBytes,
    List<BatchNormalizationSummary> batchNormalizations,
    List<ImportWarning> warnings,
    @Nullable RestorationReport restoration) {
  public ImportReport {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    layers = List.copyOf(layers);
    batchNormalizations = List.copyOf(batchNormalizations);
    warnings = List.copyOf(warnings);
  }

  /** What was found in a file without a checkpoint beside it. */
  public ImportReport(
      String producer,
      long irVersion,
      long operatorSet,
      List<Value> inputs,
      List<Value> outputs,
      List<LayerSummary> layers,
      long parameters,
      long parameterBytes,
      List<BatchNormalizationSummary> batchNormalizations,
      List<ImportWarning> warnings) {
    this(
        producer,
        irVersion,
        operatorSet,
        inputs,
        outputs,
        layers,
        parameters,
        parameterBytes,
        batchNormalizations,
        warnings,
        null);
  }

  /** The same with another warning. */
  public ImportReport with(ImportWarning warning) {
    List<ImportWarning> more = new ArrayList<>(warnings);
    more.add(warning);
    return with(more, restoration);
  }

  /** The same with what a checkpoint brought back. */
  public ImportReport with(RestorationReport broughtBack) {
    return with(warnings, broughtBack);
  }

  private ImportReport with(
      List<ImportWarning> otherWarnings, @Nullable RestorationReport otherRestoration) {
    return new ImportReport(
        producer,
        irVersion,
        operatorSet,
        inputs,
        outputs,
        layers,
        parameters,
        parameterBytes,
        batchNormalizations,
        otherWarnings,
        otherRestoration);
  }

  /**
   * An input or output.
   *
   * @param dataType as the file declares it
   * @param shape the extents, −1 where a request decides
   * @param dimensionNames the file's name for each dimension, empty where it gives none
   */
  public record Value(
      String name, ElementType dataType, List<Long> shape, List<String> dimensionNames) {
    public Value {
      shape = List.copyOf(shape);
      dimensionNames = List.copyOf(dimensionNames);
    }
  }

  /** A layer and the constants it uses. */
  public record LayerSummary(String name, String operator, List<Parameter> parameters) {
    public LayerSummary {
      parameters = List.copyOf(parameters);
    }
  }

  /**
   * A constant that a layer uses.
   *
   * @param count how many elements it has
   */
  public record Parameter(String name, DataType dataType, List<Long> shape, long count) {
    public Parameter {
      shape = List.copyOf(shape);
    }
  }

  /**
   * A batch normalization.
   *
   * @param momentum weight of the new batch in an update of the running statistics; ONNX's
   *     attribute of this name is the weight of the old value, 1 − momentum
   * @param kind {@code exported}, {@code restored} or {@code virtual}: {@link
   *     io.norma.network.NormalizationKind}
   * @param nodes names of the layers that apply it
   */
  public record BatchNormalizationSummary(
      String name, int channels, double epsilon, double momentum, String kind, List<String> nodes) {
    public BatchNormalizationSummary {
      nodes = List.copyOf(nodes);
    }
  }
}
