package io.norma.onnx;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Tells values that depend on the shapes of a network's inputs alone from those that depend on
 * their elements. In doubt a value counts among the latter.
 */
final class ShapeValues {
  /** Operators whose outputs' shapes follow from their inputs' elements. */
  private static final Set<String> SHAPED_BY_ELEMENTS =
      Set.of("Compress", "ConstantOfShape", "NonMaxSuppression", "NonZero", "Range", "Unique");

  /** Operators whose outputs' shapes follow from the elements of inputs from the second on. */
  private static final Set<String> SHAPED_BY_PARAMETERS =
      Set.of(
          "AffineGrid",
          "CenterCropPad",
          "Col2Im",
          "Expand",
          "MaxUnpool",
          "OneHot",
          "Pad",
          "Reshape",
          "Resize",
          "Slice",
          "Split",
          "Squeeze",
          "Tile",
          "TopK",
          "Unsqueeze",
          "Upsample");

  private final Predicate<String> isConstant;
  private final Set<String> ofShapesAlone = new HashSet<>();
  private final Set<String> shapedByElements = new HashSet<>();

  ShapeValues(Predicate<String> isConstant) {
    this.isConstant = isConstant;
  }

  /**
   * Notes what a node makes of values that were noted before.
   *
   * @param reads names of what it reads, empty where an input is absent
   */
  void add(String operator, List<String> reads, List<String> makes) {
    List<String> inputs = reads.stream().filter(name -> !name.isEmpty()).toList();
    boolean alone = !inputs.isEmpty() && inputs.stream().allMatch(this::isOfShapesAlone);
    if (inputs.stream().anyMatch(shapedByElements::contains)
        || (!alone && isShapedByElements(operator, inputs))) {
      shapedByElements.addAll(makes);
    } else if (operator.equals("Shape")
        || operator.equals("Size")
        || (alone && ConstantFolding.isDeterministic(operator))) {
      ofShapesAlone.addAll(makes);
    }
  }

  private boolean isShapedByElements(String operator, List<String> inputs) {
    boolean byParameters = SHAPED_BY_PARAMETERS.contains(operator) || operator.startsWith("Reduce");
    return SHAPED_BY_ELEMENTS.contains(operator)
        || (byParameters && !inputs.stream().skip(1).allMatch(this::isOfShapesAlone));
  }

  /** Whether a value is the same for all inputs of the same shapes. */
  boolean isOfShapesAlone(String value) {
    return ofShapesAlone.contains(value) || isConstant.test(value);
  }
}
