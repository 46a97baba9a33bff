package io.norma.network.compile;

import io.norma.kernel.layer.DepthToSpace;
import io.norma.kernel.layer.Expand;
import io.norma.kernel.layer.Gather;
import io.norma.kernel.layer.Pad;
import io.norma.kernel.layer.Reshape;
import io.norma.kernel.layer.Resize;
import io.norma.kernel.layer.Slice;
import io.norma.kernel.layer.SpaceToDepth;
import io.norma.kernel.layer.Split;
import io.norma.kernel.layer.Squeeze;
import io.norma.kernel.layer.Transpose;
import io.norma.kernel.layer.Unsqueeze;
import io.norma.kernel.layer.Upsample;
import io.norma.kernel.layer.support.CoordinateMode;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.Node;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Layers that move, copy or blend the elements of each row within that row: those of which axes,
 * shapes and positions are known before a run, and leave axis 0 as it is.
 */
final class RearrangedRows {
  private static final int NO_ROWS = 0;
  private static final int TO_THE_END = Integer.MAX_VALUE;

  private final Node node;
  private final int rank;
  private final Map<String, Tensor> constants;

  private RearrangedRows(Node node, int rank, Map<String, Tensor> constants) {
    this.node = node;
    this.rank = rank;
    this.constants = constants;
  }

  /**
   * The rank of a node's output, or 0 if it is no such layer, or its rows may not stay apart.
   *
   * @param rank of its first input, whose axis 0 has the rows
   */
  static int rank(Node node, int rank, Map<String, Tensor> constants) {
    return rank == NO_ROWS ? NO_ROWS : new RearrangedRows(node, rank, constants).rank();
  }

  private int rank() {
    return switch (node.layer()) {
      case Reshape reshape -> reshaped(reshape);
      case Expand _ -> expanded();
      case Transpose transpose -> {
        int[] order = transpose.permutation();
        yield order != null && order.length == rank && order[0] == 0 ? rank : NO_ROWS;
      }
      case Unsqueeze unsqueeze -> unsqueezed(unsqueeze);
      case Squeeze squeeze -> squeezed(squeeze);
      case Slice slice -> slices(slice) ? rank : NO_ROWS;
      case Gather gather -> gathered(gather);
      case Split split ->
          isAfterFirst(split.axis()) && (split.lengths() != null || isKnown(1)) ? rank : NO_ROWS;
      case Pad pad -> padsWithin(pad) ? rank : NO_ROWS;
      case Resize resize -> resizesWithin(resize) ? rank : NO_ROWS;
      case Upsample upsample -> {
        float[] scales = upsample.scales();
        yield (scales.length > 0 ? scales[0] == 1 : startsWithOne(1)) ? rank : NO_ROWS;
      }
      case DepthToSpace _, SpaceToDepth _ -> rank == 4 ? rank : NO_ROWS;
      default -> NO_ROWS;
    };
  }

  private @Nullable Tensor constant(int input) {
    return input < node.inputs().size() ? constants.get(node.inputs().get(input)) : null;
  }

  private boolean isAbsent(int input) {
    return input >= node.inputs().size() || node.inputs().get(input).isEmpty();
  }

  private boolean isKnown(int input) {
    return isAbsent(input) || constant(input) != null;
  }

  private int @Nullable [] integers(int input) {
    Tensor constant = constant(input);
    return constant == null
        ? null
        : Arrays.stream(constant.toLongArray())
            .mapToInt(value -> Math.clamp(value, -Integer.MAX_VALUE, Integer.MAX_VALUE))
            .toArray();
  }

  private boolean startsWithOne(int input) {
    Tensor constant = constant(input);
    return constant != null && constant.size() > 0 && constant.getDouble(0) == 1;
  }

  private int unsqueezed(Unsqueeze unsqueeze) {
    int[] axes = unsqueeze.axes() == null ? integers(1) : unsqueeze.axes();
    return axes != null && leavesFirst(axes, rank + axes.length) ? rank + axes.length : NO_ROWS;
  }

  private int squeezed(Squeeze squeeze) {
    int[] axes = squeeze.axes() == null ? integers(1) : squeeze.axes();
    return axes != null && leavesFirst(axes, rank) ? rank - axes.length : NO_ROWS;
  }

  /** An extent of 0 stands for that of x: then every row keeps as many elements. */
  private int reshaped(Reshape reshape) {
    int[] shape = reshape.shape() == null ? integers(1) : reshape.shape();
    if (shape == null || shape.length == 0 || shape[0] != 0 || reshape.allowZero()) {
      return NO_ROWS;
    }
    return shape.length;
  }

  private int expanded() {
    int[] shape = integers(1);
    boolean keeps =
        shape != null && (shape.length < rank || (shape.length == rank && shape[0] == 1));
    return keeps ? rank : NO_ROWS;
  }

  /** Whether axes differ, and the first one is none of them. */
  private static boolean leavesFirst(int[] axes, int of) {
    return Arrays.stream(axes).allMatch(axis -> axis < of && (axis > 0 || (axis < 0 && axis > -of)))
        && Arrays.stream(axes).map(axis -> Math.floorMod(axis, of)).distinct().count()
            == axes.length;
  }

  private boolean isAfterFirst(int axis) {
    return leavesFirst(new int[] {axis}, rank);
  }

  private boolean slices(Slice slice) {
    boolean ofInputs = slice.starts() == null;
    int[] starts = ofInputs ? integers(1) : slice.starts();
    int[] ends = ofInputs ? integers(2) : slice.ends();
    int[] axes = slice.axes() == null && ofInputs ? integers(3) : slice.axes();
    int[] steps = ofInputs ? integers(4) : null;
    if (starts == null
        || ends == null
        || ends.length != starts.length
        || (axes != null && axes.length != starts.length)
        || (steps != null && steps.length != starts.length)
        || (ofInputs && !(isKnown(3) && isKnown(4)))) {
      return false;
    }
    for (int i = 0; i < starts.length; i++) {
      int axis = axes == null ? i : axes[i];
      boolean whole = starts[i] == 0 && ends[i] == TO_THE_END && (steps == null || steps[i] == 1);
      if (!isAfterFirst(axis) && !whole) {
        return false;
      }
    }
    return true;
  }

  /** Positions that are the same for all rows. */
  private int gathered(Gather gather) {
    Tensor positions = constant(1);
    return positions != null && isAfterFirst(gather.axis())
        ? rank - 1 + positions.shape().rank()
        : NO_ROWS;
  }

  private boolean padsWithin(Pad pad) {
    int[] pads = pad.pads() == null ? integers(1) : pad.pads();
    int[] axes = integers(3);
    if (pads == null || !isKnown(2) || !isKnown(3) || pads.length % 2 != 0) {
      return false;
    }
    if (axes != null) {
      return leavesFirst(axes, rank);
    }
    int count = pads.length / 2;
    return count == rank && pads[0] == 0 && pads[count] == 0;
  }

  /** A whole axis of the same extent is left alone, and axes are resized one after the other. */
  private boolean resizesWithin(Resize resize) {
    if (resize.resampling().coordinates() == CoordinateMode.TF_CROP_AND_RESIZE
        || !(isKnown(2) && isKnown(3))) {
      return false;
    }
    return resize.axes().length == 0
        ? constant(2) != null && startsWithOne(2)
        : leavesFirst(resize.axes(), rank);
  }
}
