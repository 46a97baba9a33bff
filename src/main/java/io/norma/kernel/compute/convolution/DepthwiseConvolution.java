package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.ComputePool;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.Lengths;
import io.norma.kernel.compute.Simd;
import io.norma.kernel.compute.blocks.PaddedRows;
import io.norma.kernel.compute.blocks.PlaneGeometry;
import io.norma.kernel.compute.tile.Epilogue;
import io.norma.kernel.compute.tile.EpilogueLoops;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A convolution with one filter for each channel: {@code y[c, p] = Σ_t w[c, t] · x[c, p + t]}. The
 * rows that a stripe of outputs sees are copied with their padding, so that the loop over taps has
 * no borders to mind; the copy stays in the cache.
 */
public final class DepthwiseConvolution implements BlockedConvolution {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;

  /** {@code [block][position][16]}. */
  private final float[] weights;

  private final FilterShape filters;

  /** Of a filter, as a field of this: the loop over lanes reads it. */
  private final int taps;

  private DepthwiseConvolution(float[] weights, FilterShape filters) {
    this.weights = weights;
    this.filters = filters;
    taps = filters.positions();
  }

  static DepthwiseConvolution pack(float[] weights, int offset, FilterShape filters) {
    int channels = filters.outputChannels();
    int taps = filters.positions();
    float[] packed = new float[ChannelBlocks.padded(channels) * taps];
    for (int c = 0; c < channels; c++) {
      for (int t = 0; t < taps; t++) {
        packed[(c / 16 * taps + t) * 16 + c % 16] = weights[offset + c * taps + t];
      }
    }
    return new DepthwiseConvolution(packed, filters);
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
    PaddedRows padded = new PaddedRows(geometry, ConvolutionChoice.DEPTHWISE_STRIPE);
    ComputePool pool = ComputePool.get();
    Tensor scratch = memory.scratch(Lengths.ofCopy(pool.threads(), padded.length()));
    int blocks = filters.inputBlocks();
    int xMap = geometry.inputPixels() * ChannelBlocks.SIZE;
    int yMap = geometry.outputPixels() * ChannelBlocks.SIZE;
    int height = geometry.outputHeight();
    int stripes = Math.ceilDiv(height, padded.outputRows());
    ConvolutionKernel kernel =
        ConvolutionChoice.here().kernel(filters, geometry, epilogue.residual != null);
    int sevens =
        kernel == ConvolutionKernel.DEPTHWISE_IN_REGISTERS
            ? geometry.outputWidth() / DepthwiseRowStride1.OUTPUTS
            : 0;
    // What kernels do not do in registers follows once a stripe is complete.
    Epilogue inRegisters = epilogue.residual == null ? epilogue.withoutFunction() : epilogue;
    // Bands of rows first, channels within: as the pointwise steps before and behind share them
    // out.
    int bands = Math.min(stripes, pool.threads());
    pool.run(
        rows * bands * blocks,
        (part, worker) -> {
          int row = part / (bands * blocks);
          int band = part / blocks % bands;
          int block = part % blocks;
          int map = row * blocks + block;
          int e0 = epilogue.row(row) + block * ChannelBlocks.SIZE;
          int x0 = scratch.offset() + worker * padded.length();
          for (int stripe = band * stripes / bands;
              stripe < (band + 1) * stripes / bands;
              stripe++) {
            int from = stripe * padded.outputRows();
            int length = Math.min(padded.outputRows(), height - from);
            padded.fill(x, xOffset + map * xMap, from, length, scratch.floats(), x0);
            int y0 = yOffset + map * yMap + from * geometry.outputWidth() * ChannelBlocks.SIZE;
            convolve(
                scratch.floats(),
                x0,
                padded,
                geometry,
                block,
                length,
                sevens,
                y,
                y0,
                yOffset,
                inRegisters,
                e0);
            if (inRegisters != epilogue) {
              int floats = length * geometry.outputWidth() * ChannelBlocks.SIZE;
              epilogue.activation.applyUnlessClamp(y, y0, floats);
            }
          }
        });
  }

  private void convolve(
      float[] x,
      int x0,
      PaddedRows padded,
      PlaneGeometry geometry,
      int block,
      int rows,
      int sevens,
      float[] y,
      int y0,
      int yOrigin,
      Epilogue epilogue,
      int e0) {
    int width = geometry.outputWidth();
    int step = geometry.strideWidth() * ChannelBlocks.SIZE;
    int done = sevens * DepthwiseRowStride1.OUTPUTS;
    for (int r = 0; r < rows; r++) {
      int from = x0 + r * padded.rowStep();
      int to = y0 + r * width * ChannelBlocks.SIZE;
      int rest = to + done * ChannelBlocks.SIZE;
      for (int lane = 0; lane < ChannelBlocks.SIZE; lane += SPECIES.length()) {
        int w0 = block * taps * ChannelBlocks.SIZE + lane;
        if (sevens > 0) {
          sevens(x, from + lane, padded, geometry, w0, y, to + lane, sevens, epilogue, e0 + lane);
        }
        int x1 = from + done * step + lane;
        pixels(x, x1, step, padded.taps(), w0, y, rest + lane, width - done);
      }
      if (done < width) {
        EpilogueLoops.apply(epilogue, e0, y, rest, yOrigin, width - done);
      }
    }
  }

  private void sevens(
      float[] x,
      int x0,
      PaddedRows padded,
      PlaneGeometry geometry,
      int w0,
      float[] y,
      int y0,
      int sevens,
      Epilogue epilogue,
      int e0) {
    boolean single = geometry.strideWidth() == 1;
    if (ConvolutionChoice.holdsWeights(geometry)) {
      int pitch = padded.pitch();
      if (single) {
        DepthwiseRowStride1.run(x, x0, pitch, weights, w0, y, y0, sevens, epilogue, e0);
      } else {
        DepthwiseRowStride2.run(x, x0, pitch, weights, w0, y, y0, sevens, epilogue, e0);
      }
    } else if (single) {
      DepthwiseTaps.stride1(x, x0, padded.taps(), weights, w0, y, y0, sevens, epilogue, e0);
    } else {
      DepthwiseTaps.stride2(x, x0, padded.taps(), weights, w0, y, y0, sevens, epilogue, e0);
    }
  }

  /** What rows of registers leave over, in sevens and ones: sums alone. */
  private void pixels(
      float[] x, int x0, int step, int[] taps, int w0, float[] y, int y0, int count) {
    int p = 0;
    if (!Simd.isFused()) {
      for (; p + 4 <= count; p += 4) {
        unfusedFour(x, x0 + p * step, step, taps, weights, w0, y, y0 + p * 16);
      }
      for (; p < count; p++) {
        unfusedOne(x, x0 + p * step, taps, weights, w0, y, y0 + p * 16);
      }
      return;
    }
    for (; p + 7 <= count; p += 7) {
      seven(x, x0 + p * step, step, taps, weights, w0, y, y0 + p * 16);
    }
    for (; p < count; p++) {
      FloatVector c = FloatVector.zero(SPECIES);
      for (int t = 0; t < taps.length; t++) {
        c =
            FloatVector.fromArray(SPECIES, x, x0 + p * step + taps[t])
                .fma(FloatVector.fromArray(SPECIES, weights, w0 + t * 16), c);
      }
      c.intoArray(y, y0 + p * 16);
    }
  }

  private static void seven(
      float[] x, int x0, int step, int[] taps, float[] w, int w0, float[] y, int y0) {
    FloatVector c0 = FloatVector.zero(SPECIES);
    FloatVector c1 = FloatVector.zero(SPECIES);
    FloatVector c2 = FloatVector.zero(SPECIES);
    FloatVector c3 = FloatVector.zero(SPECIES);
    FloatVector c4 = FloatVector.zero(SPECIES);
    FloatVector c5 = FloatVector.zero(SPECIES);
    FloatVector c6 = FloatVector.zero(SPECIES);
    for (int t = 0; t < taps.length; t++) {
      int a = x0 + taps[t];
      FloatVector u = FloatVector.fromArray(SPECIES, w, w0 + t * 16);
      c0 = FloatVector.fromArray(SPECIES, x, a).fma(u, c0);
      c1 = FloatVector.fromArray(SPECIES, x, a + step).fma(u, c1);
      c2 = FloatVector.fromArray(SPECIES, x, a + 2 * step).fma(u, c2);
      c3 = FloatVector.fromArray(SPECIES, x, a + 3 * step).fma(u, c3);
      c4 = FloatVector.fromArray(SPECIES, x, a + 4 * step).fma(u, c4);
      c5 = FloatVector.fromArray(SPECIES, x, a + 5 * step).fma(u, c5);
      c6 = FloatVector.fromArray(SPECIES, x, a + 6 * step).fma(u, c6);
    }
    c0.intoArray(y, y0);
    c1.intoArray(y, y0 + 16);
    c2.intoArray(y, y0 + 32);
    c3.intoArray(y, y0 + 48);
    c4.intoArray(y, y0 + 64);
    c5.intoArray(y, y0 + 80);
    c6.intoArray(y, y0 + 96);
  }

  private static void unfusedFour(
      float[] x, int x0, int step, int[] taps, float[] w, int w0, float[] y, int y0) {
    FloatVector c0 = FloatVector.zero(SPECIES);
    FloatVector c1 = FloatVector.zero(SPECIES);
    FloatVector c2 = FloatVector.zero(SPECIES);
    FloatVector c3 = FloatVector.zero(SPECIES);
    for (int t = 0; t < taps.length; t++) {
      int a = x0 + taps[t];
      FloatVector u = FloatVector.fromArray(SPECIES, w, w0 + t * 16);
      c0 = FloatVector.fromArray(SPECIES, x, a).mul(u).add(c0);
      c1 = FloatVector.fromArray(SPECIES, x, a + step).mul(u).add(c1);
      c2 = FloatVector.fromArray(SPECIES, x, a + 2 * step).mul(u).add(c2);
      c3 = FloatVector.fromArray(SPECIES, x, a + 3 * step).mul(u).add(c3);
    }
    c0.intoArray(y, y0);
    c1.intoArray(y, y0 + 16);
    c2.intoArray(y, y0 + 32);
    c3.intoArray(y, y0 + 48);
  }

  private static void unfusedOne(
      float[] x, int x0, int[] taps, float[] w, int w0, float[] y, int y0) {
    FloatVector c = FloatVector.zero(SPECIES);
    for (int t = 0; t < taps.length; t++) {
      FloatVector u = FloatVector.fromArray(SPECIES, w, w0 + t * 16);
      c = FloatVector.fromArray(SPECIES, x, x0 + taps[t]).mul(u).add(c);
    }
    c.intoArray(y, y0);
  }
}
