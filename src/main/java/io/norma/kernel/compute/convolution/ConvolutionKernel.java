package io.norma.kernel.compute.convolution;

/**
 * The ways there are to compute a convolution of maps in blocks, or from planes to blocks; {@link
 * ConvolutionChoice} says which one does.
 */
public enum ConvolutionKernel {
  /** {@link GroupedConvolution}: weights of zero leave out the channels of other groups. */
  GROUPED,
  /** {@link DepthwiseConvolution}, for any window: sums are stored, then finished. */
  DEPTHWISE,
  /** {@link DepthwiseConvolution} that finishes seven outputs of a row in registers. */
  DEPTHWISE_IN_REGISTERS,
  /** {@link PlanarConvolution}: reads planes, writes blocks. */
  PLANAR,
  /** {@link WinogradRun}: tiles of 4×4 outputs, a quarter of the multiplications. */
  WINOGRAD,
  /** {@link LineWinograd}: tiles of 4 outputs of a row, half of the multiplications. */
  LINE_WINOGRAD,
  /** {@link DirectConvolution} of maps of one pixel: a stream of weights for each row. */
  SINGLE_PIXELS,
  /** {@link DirectConvolution} that reads each pixel where it stands. */
  POINTWISE,
  /** {@link DirectConvolution} that copies what each position of the window sees. */
  UNFOLDED
}
