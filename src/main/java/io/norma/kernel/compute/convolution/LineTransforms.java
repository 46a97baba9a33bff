package io.norma.kernel.compute.convolution;

import io.norma.kernel.compute.ChannelBlocks;
import io.norma.kernel.compute.Lanes;
import io.norma.kernel.compute.tile.LineTile14x2;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The transforms of Winograd's F(4, 3), on rows: 6 products for 4 outputs of a filter of three taps
 * where the definition takes 12. As in {@link WinogradTransforms} with a = 1 and b = 2, {@code y =
 * AᵀD[(G g) ⊙ (Bᵀ d)]}; these points need no multiplications in G, and along one axis their error
 * is small.
 */
public final class LineTransforms {
  /** Products of a tile, one for each of the points 1, −1, 2, −2, 0 and ∞. */
  static final int POSITIONS = 6;

  /** Outputs of a tile, and the inputs that it sees. */
  static final int OUTPUTS = 4;

  static final int INPUTS = 6;

  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int BLOCK = ChannelBlocks.SIZE;

  private LineTransforms() {}

  /**
   * {@code Bᵀ d} of one tile and one vector of channels.
   *
   * @param position distance in v between the results
   */
  static void input(float[] x, int xOffset, float[] v, int vOffset, int position) {
    FloatVector d0 = FloatVector.fromArray(SPECIES, x, xOffset);
    FloatVector d1 = FloatVector.fromArray(SPECIES, x, xOffset + BLOCK);
    FloatVector d2 = FloatVector.fromArray(SPECIES, x, xOffset + 2 * BLOCK);
    FloatVector d3 = FloatVector.fromArray(SPECIES, x, xOffset + 3 * BLOCK);
    FloatVector d4 = FloatVector.fromArray(SPECIES, x, xOffset + 4 * BLOCK);
    FloatVector d5 = FloatVector.fromArray(SPECIES, x, xOffset + 5 * BLOCK);
    FloatVector even = d4.sub(d2.mul(4));
    FloatVector odd = d3.sub(d1.mul(4));
    even.add(odd).intoArray(v, vOffset);
    even.sub(odd).intoArray(v, vOffset + position);
    even = d4.sub(d2);
    odd = d3.sub(d1).mul(2);
    even.add(odd).intoArray(v, vOffset + 2 * position);
    even.sub(odd).intoArray(v, vOffset + 3 * position);
    d0.mul(4).add(d4.sub(d2.mul(5))).intoArray(v, vOffset + 4 * position);
    d1.mul(4).add(d5.sub(d3.mul(5))).intoArray(v, vOffset + 5 * position);
  }

  /**
   * {@code G g} at one position of a row of taps, for as many filters as there are floats: the same
   * bits as {@link LineTile14x2} makes.
   *
   * @param tap distance in g from one tap to the next
   */
  static void weights(float[] g, int gOffset, int tap, int position, float[] u, int to, int count) {
    for (int i = 0; i < count; i += SPECIES.length()) {
      FloatVector g0 = FloatVector.fromArray(SPECIES, g, gOffset + i);
      FloatVector g1 = FloatVector.fromArray(SPECIES, g, gOffset + tap + i);
      FloatVector g2 = FloatVector.fromArray(SPECIES, g, gOffset + 2 * tap + i);
      FloatVector result =
          switch (position) {
            case 0 -> g0.add(g1).add(g2);
            case 1 -> g0.sub(g1).add(g2);
            case 2 -> twice(g2.add(g2).add(g1)).add(g0);
            case 3 -> twice(g2.add(g2).sub(g1)).add(g0);
            case 4 -> g0;
            default -> g2;
          };
      result.intoArray(u, to + i);
    }
  }

  private static FloatVector twice(FloatVector x) {
    return x.add(x);
  }

  /**
   * {@code AᵀD m} of one tile and one vector of channels.
   *
   * @param position distance in m between the products
   * @param columns how many of the outputs to write to y
   */
  static void output(float[] m, int mOffset, int position, float[] y, int yOffset, int columns) {
    FloatVector d0 = FloatVector.fromArray(SPECIES, m, mOffset);
    FloatVector d1 = FloatVector.fromArray(SPECIES, m, mOffset + position);
    FloatVector d2 = FloatVector.fromArray(SPECIES, m, mOffset + 2 * position);
    FloatVector d3 = FloatVector.fromArray(SPECIES, m, mOffset + 3 * position);
    FloatVector d4 = FloatVector.fromArray(SPECIES, m, mOffset + 4 * position);
    FloatVector d5 = FloatVector.fromArray(SPECIES, m, mOffset + 5 * position);
    FloatVector nearEven = d0.add(d1).mul(-1f / 6);
    FloatVector nearOdd = d0.sub(d1).mul(-1f / 6);
    FloatVector farEven = d2.add(d3).mul(1f / 24);
    FloatVector farOdd = d2.sub(d3).mul(1f / 12);
    d4.mul(0.25f).add(nearEven).add(farEven).intoArray(y, yOffset);
    if (columns > 1) {
      nearOdd.add(farOdd).intoArray(y, yOffset + BLOCK);
    }
    if (columns > 2) {
      nearEven.add(farEven.mul(4)).intoArray(y, yOffset + 2 * BLOCK);
    }
    if (columns > 3) {
      nearOdd.add(farOdd.mul(4)).add(d5).intoArray(y, yOffset + 3 * BLOCK);
    }
  }
}
