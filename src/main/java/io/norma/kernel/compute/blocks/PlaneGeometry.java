package io.norma.kernel.compute.blocks;

/**
 * A window over feature maps of one size, every extent known. Tap (i, j) of output (oy, ox) reads
 * input row {@code oy·strideHeight − padTop + i·dilationHeight} and column {@code ox·strideWidth −
 * padLeft + j·dilationWidth}, or padding where that lies outside.
 */
public record PlaneGeometry(
    int inputHeight,
    int inputWidth,
    int kernelHeight,
    int kernelWidth,
    int strideHeight,
    int strideWidth,
    int padTop,
    int padLeft,
    int dilationHeight,
    int dilationWidth,
    int outputHeight,
    int outputWidth) {
  /** Pixels of an input map. */
  public int inputPixels() {
    return inputHeight * inputWidth;
  }

  /** Pixels of an output map. */
  public int outputPixels() {
    return outputHeight * outputWidth;
  }

  /** Positions in the window. */
  public int taps() {
    return kernelHeight * kernelWidth;
  }

  /** Whether every output pixel reads the input pixel at the same place and no other. */
  public boolean isPointwise() {
    return taps() == 1
        && strideHeight == 1
        && strideWidth == 1
        && padTop == 0
        && padLeft == 0
        && outputHeight == inputHeight
        && outputWidth == inputWidth;
  }

  /** Input row that a row of the window reads for an output row; may lie outside. */
  public int row(int output, int tap) {
    return output * strideHeight - padTop + tap * dilationHeight;
  }

  /** Input column that a column of the window reads for an output column; may lie outside. */
  public int column(int output, int tap) {
    return output * strideWidth - padLeft + tap * dilationWidth;
  }

  /** First output column for which a column of the window lies inside the input. */
  public int firstColumn(int tap) {
    return Math.clamp(Math.ceilDiv(padLeft - tap * dilationWidth, strideWidth), 0, outputWidth);
  }

  /** The output column after the last one for which a column of the window lies inside. */
  public int endColumn(int tap) {
    return Math.clamp(
        Math.ceilDiv(inputWidth + padLeft - tap * dilationWidth, strideWidth),
        firstColumn(tap),
        outputWidth);
  }
}
