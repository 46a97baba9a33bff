package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The transforms of Winograd's F(4×4, 3×3): {@code Y = AᵀD[(G g Gᵀ) ⊙ (Bᵀ d B)]DA}, interpolating
 * at 0, ±a, ±b and ∞ with
 *
 * <pre>
 * Bᵀ = ⎡a²b²   0  −a²−b²   0    1  0⎤   G = ⎡1   0   0 ⎤   Aᵀ = ⎡1   1   1   1   1  0⎤
 *      ⎢ 0   −ab²  −b²     a    1  0⎥       ⎢1   a   a²⎥        ⎢0   a  −a   b  −b  0⎥
 *      ⎢ 0    ab²  −b²    −a    1  0⎥       ⎢1  −a   a²⎥        ⎢0   a²  a²  b²  b² 0⎥
 *      ⎢ 0   −a²b  −a²     b    1  0⎥       ⎢1   b   b²⎥        ⎣0   a³ −a³  b³ −b³ 1⎦
 *      ⎢ 0    a²b  −a²    −b    1  0⎥       ⎢1  −b   b²⎥
 *      ⎣ 0    a²b²   0  −a²−b²  0  1⎦       ⎣0   0   1 ⎦
 *
 * D = diag(1/a²b², 1/p, 1/p, 1/q, 1/q, 1)
 * </pre>
 *
 * <p>where p = 2a²(a²−b²) and q = 2b²(b²−a²). D usually stands in G; in the output transform it
 * costs least. The usual a = 1, b = 2 makes errors some 2.3 times larger than a = 5/8, b = 3/2,
 * whose powers differ less in size and are exact in binary too.
 *
 * <p>Source: Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks", section 4;
 * for the influence of the points, Barabasz et al. 2020, "Error Analysis and Improving the Accuracy
 * of Winograd Convolution for Deep Neural Networks". Each lane of a vector is a channel: lanes
 * never mix. Every method goes over columns first; those that keep the half-transformed tile in
 * memory do so in {@code scratch} from s0 on.
 */
public final class WinogradTransforms {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int BLOCK = ChannelBlocks.SIZE;

  private static final float A = 5f / 8;
  private static final float B = 3f / 2;
  private static final float A2 = A * A;
  private static final float B2 = B * B;

  private static final float EDGE = 1 / (A2 * B2);
  private static final float NEAR = 1 / (2 * A2 * (A2 - B2));
  private static final float FAR = 1 / (2 * B2 * (B2 - A2));

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
    FloatVector near = FloatVector.broadcast(SPECIES, A);
    FloatVector minusNear = FloatVector.broadcast(SPECIES, -A);
    FloatVector far = FloatVector.broadcast(SPECIES, B);
    FloatVector minusFar = FloatVector.broadcast(SPECIES, -B);
    FloatVector minusNear2 = FloatVector.broadcast(SPECIES, -A2);
    FloatVector minusFar2 = FloatVector.broadcast(SPECIES, -B2);
    FloatVector product = FloatVector.broadcast(SPECIES, A2 * B2);
    FloatVector minusSum = FloatVector.broadcast(SPECIES, -A2 - B2);
    for (int j = 0; j < 6 * BLOCK; j += BLOCK) {
      int from = xOffset + j;
      FloatVector d0 = FloatVector.fromArray(SPECIES, x, from);
      FloatVector d1 = FloatVector.fromArray(SPECIES, x, from + rowStep);
      FloatVector d2 = FloatVector.fromArray(SPECIES, x, from + 2 * rowStep);
      FloatVector d3 = FloatVector.fromArray(SPECIES, x, from + 3 * rowStep);
      FloatVector d4 = FloatVector.fromArray(SPECIES, x, from + 4 * rowStep);
      FloatVector d5 = FloatVector.fromArray(SPECIES, x, from + 5 * rowStep);
      FloatVector a = d2.fma(minusFar2, d4);
      FloatVector b = d1.fma(minusFar2, d3);
      FloatVector c = d2.fma(minusNear2, d4);
      FloatVector e = d1.fma(minusNear2, d3);
      d0.fma(product, d2.fma(minusSum, d4)).intoArray(scratch, s0 + j);
      b.fma(near, a).intoArray(scratch, s0 + j + 6 * BLOCK);
      b.fma(minusNear, a).intoArray(scratch, s0 + j + 12 * BLOCK);
      e.fma(far, c).intoArray(scratch, s0 + j + 18 * BLOCK);
      e.fma(minusFar, c).intoArray(scratch, s0 + j + 24 * BLOCK);
      d1.fma(product, d3.fma(minusSum, d5)).intoArray(scratch, s0 + j + 30 * BLOCK);
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
      FloatVector a = d2.fma(minusFar2, d4);
      FloatVector b = d1.fma(minusFar2, d3);
      FloatVector c = d2.fma(minusNear2, d4);
      FloatVector e = d1.fma(minusNear2, d3);
      d0.fma(product, d2.fma(minusSum, d4)).intoArray(v, to);
      b.fma(near, a).intoArray(v, to + position);
      b.fma(minusNear, a).intoArray(v, to + 2 * position);
      e.fma(far, c).intoArray(v, to + 3 * position);
      e.fma(minusFar, c).intoArray(v, to + 4 * position);
      d1.fma(product, d3.fma(minusSum, d5)).intoArray(v, to + 5 * position);
    }
  }

  /**
   * {@code G g Gᵀ} of one vector of filters, 9 taps that stand {@code tap} apart. Nothing of it
   * goes through memory.
   *
   * @param position distance in u between the 36 results
   */
  static void weights(float[] g, int gOffset, int tap, float[] u, int uOffset, int position) {
    FloatVector near = FloatVector.broadcast(SPECIES, A);
    FloatVector minusNear = FloatVector.broadcast(SPECIES, -A);
    FloatVector far = FloatVector.broadcast(SPECIES, B);
    FloatVector minusFar = FloatVector.broadcast(SPECIES, -B);
    FloatVector near2 = FloatVector.broadcast(SPECIES, A2);
    FloatVector far2 = FloatVector.broadcast(SPECIES, B2);
    FloatVector a0 = FloatVector.fromArray(SPECIES, g, gOffset);
    FloatVector b0 = FloatVector.fromArray(SPECIES, g, gOffset + 3 * tap);
    FloatVector f0 = FloatVector.fromArray(SPECIES, g, gOffset + 6 * tap);
    FloatVector c0 = f0.fma(near2, a0);
    FloatVector e0 = f0.fma(far2, a0);
    FloatVector d0 = b0.fma(far, e0);
    e0 = b0.fma(minusFar, e0);
    FloatVector h0 = b0.fma(near, c0);
    c0 = b0.fma(minusNear, c0);
    FloatVector a1 = FloatVector.fromArray(SPECIES, g, gOffset + tap);
    FloatVector b1 = FloatVector.fromArray(SPECIES, g, gOffset + 4 * tap);
    FloatVector f1 = FloatVector.fromArray(SPECIES, g, gOffset + 7 * tap);
    FloatVector c1 = f1.fma(near2, a1);
    FloatVector e1 = f1.fma(far2, a1);
    FloatVector d1 = b1.fma(far, e1);
    e1 = b1.fma(minusFar, e1);
    FloatVector h1 = b1.fma(near, c1);
    c1 = b1.fma(minusNear, c1);
    FloatVector a2 = FloatVector.fromArray(SPECIES, g, gOffset + 2 * tap);
    FloatVector b2 = FloatVector.fromArray(SPECIES, g, gOffset + 5 * tap);
    FloatVector f2 = FloatVector.fromArray(SPECIES, g, gOffset + 8 * tap);
    FloatVector c2 = f2.fma(near2, a2);
    FloatVector e2 = f2.fma(far2, a2);
    FloatVector d2 = b2.fma(far, e2);
    e2 = b2.fma(minusFar, e2);
    FloatVector h2 = b2.fma(near, c2);
    c2 = b2.fma(minusNear, c2);
    int to = uOffset;
    FloatVector even = a2.fma(near2, a0);
    a0.intoArray(u, to);
    a1.fma(near, even).intoArray(u, to + position);
    a1.fma(minusNear, even).intoArray(u, to + 2 * position);
    even = a2.fma(far2, a0);
    a1.fma(far, even).intoArray(u, to + 3 * position);
    a1.fma(minusFar, even).intoArray(u, to + 4 * position);
    a2.intoArray(u, to + 5 * position);
    to += 6 * position;
    even = h2.fma(near2, h0);
    h0.intoArray(u, to);
    h1.fma(near, even).intoArray(u, to + position);
    h1.fma(minusNear, even).intoArray(u, to + 2 * position);
    even = h2.fma(far2, h0);
    h1.fma(far, even).intoArray(u, to + 3 * position);
    h1.fma(minusFar, even).intoArray(u, to + 4 * position);
    h2.intoArray(u, to + 5 * position);
    to += 6 * position;
    even = c2.fma(near2, c0);
    c0.intoArray(u, to);
    c1.fma(near, even).intoArray(u, to + position);
    c1.fma(minusNear, even).intoArray(u, to + 2 * position);
    even = c2.fma(far2, c0);
    c1.fma(far, even).intoArray(u, to + 3 * position);
    c1.fma(minusFar, even).intoArray(u, to + 4 * position);
    c2.intoArray(u, to + 5 * position);
    to += 6 * position;
    even = d2.fma(near2, d0);
    d0.intoArray(u, to);
    d1.fma(near, even).intoArray(u, to + position);
    d1.fma(minusNear, even).intoArray(u, to + 2 * position);
    even = d2.fma(far2, d0);
    d1.fma(far, even).intoArray(u, to + 3 * position);
    d1.fma(minusFar, even).intoArray(u, to + 4 * position);
    d2.intoArray(u, to + 5 * position);
    to += 6 * position;
    even = e2.fma(near2, e0);
    e0.intoArray(u, to);
    e1.fma(near, even).intoArray(u, to + position);
    e1.fma(minusNear, even).intoArray(u, to + 2 * position);
    even = e2.fma(far2, e0);
    e1.fma(far, even).intoArray(u, to + 3 * position);
    e1.fma(minusFar, even).intoArray(u, to + 4 * position);
    e2.intoArray(u, to + 5 * position);
    to += 6 * position;
    even = f2.fma(near2, f0);
    f0.intoArray(u, to);
    f1.fma(near, even).intoArray(u, to + position);
    f1.fma(minusNear, even).intoArray(u, to + 2 * position);
    even = f2.fma(far2, f0);
    f1.fma(far, even).intoArray(u, to + 3 * position);
    f1.fma(minusFar, even).intoArray(u, to + 4 * position);
    f2.intoArray(u, to + 5 * position);
  }

  /**
   * {@code AᵀD m DA} of one tile and one vector of channels: 4×4 sums, 16 floats from one pixel to
   * the next, at {@link #SUMS} of {@code scratch}.
   *
   * @param position distance in m between the 36 products
   */
  static void output(float[] m, int mOffset, int position, float[] scratch, int s0) {
    FloatVector edge = FloatVector.broadcast(SPECIES, EDGE);
    FloatVector near0 = FloatVector.broadcast(SPECIES, NEAR);
    FloatVector far0 = FloatVector.broadcast(SPECIES, FAR);
    FloatVector near = FloatVector.broadcast(SPECIES, NEAR * A);
    FloatVector far = FloatVector.broadcast(SPECIES, FAR * B);
    FloatVector near2 = FloatVector.broadcast(SPECIES, NEAR * A2);
    FloatVector far2 = FloatVector.broadcast(SPECIES, FAR * B2);
    FloatVector near3 = FloatVector.broadcast(SPECIES, NEAR * A2 * A);
    FloatVector far3 = FloatVector.broadcast(SPECIES, FAR * B2 * B);
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
      d0.fma(edge, a.fma(near0, c.mul(far0))).intoArray(scratch, to);
      e.fma(far, b.mul(near)).intoArray(scratch, to + 6 * BLOCK);
      c.fma(far2, a.mul(near2)).intoArray(scratch, to + 12 * BLOCK);
      e.fma(far3, b.fma(near3, d5)).intoArray(scratch, to + 18 * BLOCK);
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
      d0.fma(edge, a.fma(near0, c.mul(far0))).intoArray(scratch, to);
      e.fma(far, b.mul(near)).intoArray(scratch, to + BLOCK);
      c.fma(far2, a.mul(near2)).intoArray(scratch, to + 2 * BLOCK);
      e.fma(far3, b.fma(near3, d5)).intoArray(scratch, to + 3 * BLOCK);
    }
  }
}
