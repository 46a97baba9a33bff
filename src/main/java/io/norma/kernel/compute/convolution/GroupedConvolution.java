package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.Lengths;
import io.norma.kernel.compute.MultiplyAdd;
import io.norma.kernel.compute.blocks.PhasePlanes;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.compute.tile.EpilogueLoops;
import io.norma.kernel.compute.tile.PanelProduct;
import io.norma.kernel.compute.tile.Tile14x1;
import io.norma.kernel.compute.tile.Tile14x2;
import io.norma.kernel.compute.tile.TileProduct;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A convolution in groups, {@code y[o, p] = Σ_c Σ_t w[o, c, t] · x[g(o)·C/G + c, p + t]}, as a
 * product over the blocks that hold a group's channels. Where a block holds channels of several
 * groups, weights of zero leave the others out: up to 16 times the multiply-adds, and still faster
 * than single channels, which a vector cannot hold.
 *
 * <p>Zero times infinity is no number: sums that are not finite are taken again from the group's
 * own channels alone.
 */
public final class GroupedConvolution implements BlockedConvolution {
  /** Floats of the pixels past the last that tiles may compute. */
  private static final int SLACK = TileProduct.PIXELS * PanelProduct.BLOCK;

  private final GroupPanels weights;
  private final FilterShape filters;
  private volatile @Nullable Layout layout;

  private GroupedConvolution(GroupPanels weights, FilterShape filters) {
    this.weights = weights;
    this.filters = filters;
  }

  static GroupedConvolution pack(float[] weights, int offset, FilterShape filters) {
    return new GroupedConvolution(
        GroupPanels.pack(weights, offset, filters, ConvolutionChoice.here()), filters);
  }

  @Override
  public FilterShape filters() {
    return filters;
  }

  @Override
  public void forward(
      float[] x,
      int xOffset,
      float[] y,
      int yOffset,
      int rows,
      PlaneGeometry geometry,
      Epilogue epilogue,
      Memory memory) {
    if (rows == 0) {
      return;
    }
    Layout current = layout(geometry);
    PhasePlanes planes = current.planes;
    List<GroupPanels.Panel> panels = weights.panels;
    ComputePool pool = ComputePool.get();
    int sumsBlock = planes.span(planes.rows) * PanelProduct.BLOCK + SLACK;
    int perWorker = Lengths.ofCopy((long) current.length + SLACK + 2L * sumsBlock);
    int planesLength = current.length + SLACK;
    Tensor scratch = memory.scratch(Lengths.ofCopy(pool.threads(), perWorker));
    int xRow = ChannelBlocks.padded(inputChannels()) * geometry.inputPixels();
    int yRow = ChannelBlocks.padded(outputChannels()) * geometry.outputPixels();
    pool.run(
        rows * panels.size() * planes.stripes(),
        (part, worker) -> {
          int row = part / planes.stripes() / panels.size();
          GroupPanels.Panel panel = panels.get(part / planes.stripes() % panels.size());
          int firstRow = part % planes.stripes() * planes.rows;
          int outputRows = Math.min(planes.rows, geometry.outputHeight() - firstRow);
          int x0 = scratch.offset() + worker * perWorker;
          int map = xOffset + row * xRow;
          planes.copy(
              x,
              map + panel.firstBlock() * geometry.inputPixels() * PanelProduct.BLOCK,
              panel.blocks(),
              firstRow,
              scratch.floats(),
              x0);
          PanelProduct product =
              new PanelProduct(
                  scratch.floats(), current.taps, weights.values, scratch.floats(), sumsBlock);
          product.useTaps(panel.blocks() * geometry.taps());
          int s0 = x0 + planesLength;
          int span = planes.span(outputRows);
          ConvolutionTile tile =
              ConvolutionChoice.here()
                  .tile(
                      ConvolutionKernel.GROUPED,
                      panel.width(),
                      geometry,
                      epilogue.residual != null);
          tiles(product, tile, panel.width(), x0, panel.offset(), s0, span);
          if (panel.mixed() && !areFinite(product, panel.width(), s0, span)) {
            ownChannelsAlone(product, panel, x0, s0, span);
          }
          int y0 =
              yOffset
                  + row * yRow
                  + panel.channel() * geometry.outputPixels()
                  + firstRow * geometry.outputWidth() * PanelProduct.BLOCK;
          finish(product, panel, s0, y, y0, yOffset, outputRows, planes, epilogue, row);
        });
  }

  private Layout layout(PlaneGeometry geometry) {
    Layout current = layout;
    if (current == null || !current.planes.geometry().equals(geometry)) {
      current = new Layout(geometry, weights.mostBlocks());
      layout = current;
    }
    return current;
  }

  private static void tiles(
      PanelProduct product, ConvolutionTile tile, int width, int x0, int w0, int y0, int pixels) {
    if (tile == ConvolutionTile.ANY) {
      TileProduct.accumulate(product, width, x0, w0, y0, pixels);
      return;
    }
    for (int p = 0; p < pixels; p += TileProduct.PIXELS) {
      int at = p * PanelProduct.BLOCK;
      if (tile == ConvolutionTile.FOURTEEN_BY_ONE) {
        Tile14x1.accumulate(product, x0 + at, w0, y0 + at);
      } else {
        Tile14x2.accumulate(product, x0 + at, w0, y0 + at);
      }
    }
  }

  private static boolean areFinite(PanelProduct product, int width, int s0, int pixels) {
    boolean finite = true;
    for (int block = 0; block < width / PanelProduct.BLOCK; block++) {
      finite &=
          Lanes.areFinite(product.y, s0 + block * product.yBlock, pixels * PanelProduct.BLOCK);
    }
    return finite;
  }

  /** The sums of a panel again, in the same order, without the zeros for other groups. */
  private void ownChannelsAlone(
      PanelProduct product, GroupPanels.Panel panel, int x0, int s0, int pixels) {
    int outputs = Math.min(panel.width(), outputChannels() - panel.channel());
    for (int o = 0; o < outputs; o++) {
      int first = filters.firstInput(panel.channel() + o) - panel.firstBlock() * PanelProduct.BLOCK;
      int end = first + filters.inputsPerGroup();
      int sums = s0 + o / PanelProduct.BLOCK * product.yBlock + o % PanelProduct.BLOCK;
      for (int p = 0; p < pixels; p++) {
        float sum = 0;
        for (int t = 0; t < product.tapCount(); t++) {
          int block = t / (product.tapCount() / panel.blocks()) * PanelProduct.BLOCK;
          int at = x0 + product.taps[t] + p * PanelProduct.BLOCK;
          for (int k = Math.max(first - block, 0); k < Math.min(end - block, 16); k++) {
            float w = weights.values[panel.offset() + (t * 16 + k) * panel.width() + o];
            sum = MultiplyAdd.of(product.x[at + k], w, sum);
          }
        }
        product.y[sums + p * PanelProduct.BLOCK] = sum;
      }
    }
  }

  private static void finish(
      PanelProduct product,
      GroupPanels.Panel panel,
      int s0,
      float[] y,
      int y0,
      int yOrigin,
      int rows,
      PhasePlanes planes,
      Epilogue epilogue,
      int row) {
    PlaneGeometry geometry = planes.geometry();
    int length = geometry.outputWidth() * PanelProduct.BLOCK;
    for (int c = 0; c < panel.width(); c += PanelProduct.BLOCK) {
      int from = s0 + c / PanelProduct.BLOCK * product.yBlock;
      int to = y0 + c * geometry.outputPixels();
      for (int r = 0; r < rows; r++) {
        System.arraycopy(
            product.y, from + r * planes.pitch * PanelProduct.BLOCK, y, to + r * length, length);
      }
      EpilogueLoops.apply(
          epilogue,
          epilogue.row(row) + panel.channel() + c,
          y,
          to,
          yOrigin,
          rows * geometry.outputWidth());
    }
  }

  /** What follows from a geometry. */
  private static final class Layout {
    private final PhasePlanes planes;
    private final int length;
    private final int[] taps;

    private Layout(PlaneGeometry geometry, int blocks) {
      planes = new PhasePlanes(geometry, ConvolutionChoice.GROUPED_STRIPE);
      length = Lengths.ofCopy(blocks, planes.blockLength());
      taps = planes.taps(blocks);
    }
  }
}
