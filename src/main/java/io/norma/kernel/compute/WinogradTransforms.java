package io.norma.kernel.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The transforms of Winograd's F(4×4, 3×3): {@code Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A} with
 *
 * <pre>
 * Bᵀ = ⎡4  0 −5  0  1  0⎤   G = ⎡ 1/4    0     0 ⎤   Aᵀ = ⎡1  1  1  1  1  0⎤
 *      ⎢0 −4 −4  1  1  0⎥       ⎢−1/6 −1/6  −1/6 ⎥        ⎢0  1 −1  2 −2  0⎥
 *      ⎢0  4 −4 −1  1  0⎥       ⎢−1/6  1/6  −1/6 ⎥        ⎢0  1  1  4  4  0⎥
 *      ⎢0 −2 −1  2  1  0⎥       ⎢1/24  1/12  1/6 ⎥        ⎣0  1 −1  8 −8  1⎦
 *      ⎢0  2 −1 −2  1  0⎥       ⎢1/24 −1/12  1/6 ⎥
 *      ⎣0  4  0 −5  0  1⎦       ⎣ 0     0     1  ⎦
 * </pre>
 *
 * <p>Source: Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks", section 4.3.
 * Each lane of a vector is a channel: lanes never mix. Every method goes over columns first and
 * keeps the half-transformed tile in {@code scratch} from s0 on.
 */
final class WinogradTransforms {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int BLOCK = ChannelBlocks.SIZE;

  /** Where in the scratch memory the results of the output transform stand. */
  static final int SUMS = 24 * BLOCK;

  /** Floats of scratch memory that a transform needs. */
  static final int SCRATCH = 40 * BLOCK;

  private WinogradTransforms() {}

  /**
   * {@code Bᵀ d B} of one tile and one vector of channels.
   *
   * @param rowStep distance in x between rows of pixels
   * @param position distance in v between the 36 results
   */
  static void input(
      float[] x,
      int xOffset,
      int rowStep,
      float[] v,
      int vOffset,
      int position,
      float[] scratch,
      int s0) {
    FloatVector two = FloatVector.broadcast(SPECIES, 2);
    FloatVector four = FloatVector.broadcast(SPECIES, 4);
    FloatVector minusFour = FloatVector.broadcast(SPECIES, -4);
    FloatVector minusFive = FloatVector.broadcast(SPECIES, -5);
    for (int j = 0; j < 6 * BLOCK; j += BLOCK) {
      int from = xOffset + j;
      FloatVector d0 = FloatVector.fromArray(SPECIES, x, from);
      FloatVector d1 = FloatVector.fromArray(SPECIES, x, from + rowStep);
      FloatVector d2 = FloatVector.fromArray(SPECIES, x, from + 2 * rowStep);
      FloatVector d3 = FloatVector.fromArray(SPECIES, x, from + 3 * rowStep);
      FloatVector d4 = FloatVector.fromArray(SPECIES, x, from + 4 * rowStep);
      FloatVector d5 = FloatVector.fromArray(SPECIES, x, from + 5 * rowStep);
      FloatVector a = d2.fma(minusFour, d4);
      FloatVector b = d1.fma(minusFour, d3);
      FloatVector c = d4.sub(d2);
      FloatVector e = d3.sub(d1).mul(two);
      d0.fma(four, d2.fma(minusFive, d4)).intoArray(scratch, s0 + j);
      a.add(b).intoArray(scratch, s0 + j + 6 * BLOCK);
      a.sub(b).intoArray(scratch, s0 + j + 12 * BLOCK);
      c.add(e).intoArray(scratch, s0 + j + 18 * BLOCK);
      c.sub(e).intoArray(scratch, s0 + j + 24 * BLOCK);
      d1.fma(four, d3.fma(minusFive, d5)).intoArray(scratch, s0 + j + 30 * BLOCK);
    }
    for (int i = 0; i < 6; i++) {
      int from = s0 + i * 6 * BLOCK;
      int to = vOffset + i * 6 * position;
      FloatVector d0 = FloatVector.fromArray(SPECIES, scratch, from);
      FloatVector d1 = FloatVector.fromArray(SPECIES, scratch, from + BLOCK);
      FloatVector d2 = FloatVector.fromArray(SPECIES, scratch, from + 2 * BLOCK);
      FloatVector d3 = FloatVector.fromArray(SPECIES, scratch, from + 3 * BLOCK);
      FloatVector d4 = FloatVector.fromArray(SPECIES, scratch, from + 4 * BLOCK);
      FloatVector d5 = FloatVector.fromArray(SPECIES, scratch, from + 5 * BLOCK);
      FloatVector a = d2.fma(minusFour, d4);
      FloatVector b = d1.fma(minusFour, d3);
      FloatVector c = d4.sub(d2);
      FloatVector e = d3.sub(d1).mul(two);
      d0.fma(four, d2.fma(minusFive, d4)).intoArray(v, to);
      a.add(b).intoArray(v, to + position);
      a.sub(b).intoArray(v, to + 2 * position);
      c.add(e).intoArray(v, to + 3 * position);
      c.sub(e).intoArray(v, to + 4 * position);
      d1.fma(four, d3.fma(minusFive, d5)).intoArray(v, to + 5 * position);
    }
  }

  /**
   * {@code G g Gᵀ} of one vector of filters, 9 taps that stand {@code tap} apart.
   *
   * @param position distance in u between the 36 results
   */
  static void weights(
      float[] g,
      int gOffset,
      int tap,
      float[] u,
      int uOffset,
      int position,
      float[] scratch,
      int s0) {
    for (int j = 0; j < 3; j++) {
      int from = gOffset + j * tap;
      FloatVector g0 = FloatVector.fromArray(SPECIES, g, from);
      FloatVector g1 = FloatVector.fromArray(SPECIES, g, from + 3 * tap);
      FloatVector g2 = FloatVector.fromArray(SPECIES, g, from + 6 * tap);
      FloatVector even = g0.add(g2).mul(-1f / 6);
      FloatVector odd = g1.mul(1f / 6);
      FloatVector far = g0.mul(1f / 24).add(g2.mul(1f / 6));
      FloatVector half = g1.mul(1f / 12);
      int to = s0 + j * BLOCK;
      g0.mul(0.25f).intoArray(scratch, to);
      even.sub(odd).intoArray(scratch, to + 3 * BLOCK);
      even.add(odd).intoArray(scratch, to + 6 * BLOCK);
      far.add(half).intoArray(scratch, to + 9 * BLOCK);
      far.sub(half).intoArray(scratch, to + 12 * BLOCK);
      g2.intoArray(scratch, to + 15 * BLOCK);
    }
    for (int i = 0; i < 6; i++) {
      int from = s0 + i * 3 * BLOCK;
      FloatVector g0 = FloatVector.fromArray(SPECIES, scratch, from);
      FloatVector g1 = FloatVector.fromArray(SPECIES, scratch, from + BLOCK);
      FloatVector g2 = FloatVector.fromArray(SPECIES, scratch, from + 2 * BLOCK);
      FloatVector even = g0.add(g2).mul(-1f / 6);
      FloatVector odd = g1.mul(1f / 6);
      FloatVector far = g0.mul(1f / 24).add(g2.mul(1f / 6));
      FloatVector half = g1.mul(1f / 12);
      int to = uOffset + i * 6 * position;
      g0.mul(0.25f).intoArray(u, to);
      even.sub(odd).intoArray(u, to + position);
      even.add(odd).intoArray(u, to + 2 * position);
      far.add(half).intoArray(u, to + 3 * position);
      far.sub(half).intoArray(u, to + 4 * position);
      g2.intoArray(u, to + 5 * position);
    }
  }

  /**
   * {@code Aᵀ m A} of one tile and one vector of channels: 4×4 sums, 16 floats from one pixel to
   * the next, at {@link #SUMS} of {@code scratch}.
   *
   * @param position distance in m between the 36 products
   */
  static void output(float[] m, int mOffset, int position, float[] scratch, int s0) {
    FloatVector two = FloatVector.broadcast(SPECIES, 2);
    FloatVector four = FloatVector.broadcast(SPECIES, 4);
    FloatVector eight = FloatVector.broadcast(SPECIES, 8);
    for (int j = 0; j < 6; j++) {
      int from = mOffset + j * position;
      FloatVector d0 = FloatVector.fromArray(SPECIES, m, from);
      FloatVector d1 = FloatVector.fromArray(SPECIES, m, from + 6 * position);
      FloatVector d2 = FloatVector.fromArray(SPECIES, m, from + 12 * position);
      FloatVector d3 = FloatVector.fromArray(SPECIES, m, from + 18 * position);
      FloatVector d4 = FloatVector.fromArray(SPECIES, m, from + 24 * position);
      FloatVector d5 = FloatVector.fromArray(SPECIES, m, from + 30 * position);
      FloatVector a = d1.add(d2);
      FloatVector b = d1.sub(d2);
      FloatVector c = d3.add(d4);
      FloatVector e = d3.sub(d4);
      int to = s0 + j * BLOCK;
      d0.add(a).add(c).intoArray(scratch, to);
      e.fma(two, b).intoArray(scratch, to + 6 * BLOCK);
      c.fma(four, a).intoArray(scratch, to + 12 * BLOCK);
      e.fma(eight, b).add(d5).intoArray(scratch, to + 18 * BLOCK);
    }
    for (int i = 0; i < 4; i++) {
      int from = s0 + i * 6 * BLOCK;
      FloatVector d0 = FloatVector.fromArray(SPECIES, scratch, from);
      FloatVector d1 = FloatVector.fromArray(SPECIES, scratch, from + BLOCK);
      FloatVector d2 = FloatVector.fromArray(SPECIES, scratch, from + 2 * BLOCK);
      FloatVector d3 = FloatVector.fromArray(SPECIES, scratch, from + 3 * BLOCK);
      FloatVector d4 = FloatVector.fromArray(SPECIES, scratch, from + 4 * BLOCK);
      FloatVector d5 = FloatVector.fromArray(SPECIES, scratch, from + 5 * BLOCK);
      FloatVector a = d1.add(d2);
      FloatVector b = d1.sub(d2);
      FloatVector c = d3.add(d4);
      FloatVector e = d3.sub(d4);
      int to = s0 + SUMS + i * 4 * BLOCK;
      d0.add(a).add(c).intoArray(scratch, to);
      e.fma(two, b).intoArray(scratch, to + BLOCK);
      c.fma(four, a).intoArray(scratch, to + 2 * BLOCK);
      e.fma(eight, b).add(d5).intoArray(scratch, to + 3 * BLOCK);
    }
  }
}
