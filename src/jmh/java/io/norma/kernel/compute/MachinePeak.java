package io.norma.kernel.compute;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** What one core of this machine can do at most, measured: the roof of a roofline. */
public final class MachinePeak {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int STEPS = 1 << 20;
  private static final int COPIED = 1 << 24;

  /** What was computed goes here, so that it has to be computed. */
  static volatile float sink;

  private MachinePeak() {}

  /** Fused multiply-adds in registers, GFLOP/s. */
  public static double gigaflops() {
    double best = 0;
    for (int i = 0; i < 40; i++) {
      long start = System.nanoTime();
      multiplyAdd();
      double seconds = (System.nanoTime() - start) / 1e9;
      best = Math.max(best, 2.0 * 12 * SPECIES.length() * STEPS / seconds / 1e9);
    }
    return best;
  }

  /** A copy of 64 MB, bytes read and written, GB/s. */
  public static double copyGigabytes() {
    float[] from = new float[COPIED];
    float[] to = new float[COPIED];
    double best = 0;
    for (int i = 0; i < 12; i++) {
      long start = System.nanoTime();
      System.arraycopy(from, 0, to, 0, COPIED);
      best = Math.max(best, 8.0 * COPIED / (System.nanoTime() - start));
      sink = to[i];
    }
    return best;
  }

  private static void multiplyAdd() {
    FloatVector a = FloatVector.broadcast(SPECIES, 0.5f);
    FloatVector c0 = a;
    FloatVector c1 = a;
    FloatVector c2 = a;
    FloatVector c3 = a;
    FloatVector c4 = a;
    FloatVector c5 = a;
    FloatVector c6 = a;
    FloatVector c7 = a;
    FloatVector c8 = a;
    FloatVector c9 = a;
    FloatVector ca = a;
    FloatVector cb = a;
    for (int i = 0; i < STEPS; i++) {
      c0 = c0.fma(a, a);
      c1 = c1.fma(a, a);
      c2 = c2.fma(a, a);
      c3 = c3.fma(a, a);
      c4 = c4.fma(a, a);
      c5 = c5.fma(a, a);
      c6 = c6.fma(a, a);
      c7 = c7.fma(a, a);
      c8 = c8.fma(a, a);
      c9 = c9.fma(a, a);
      ca = ca.fma(a, a);
      cb = cb.fma(a, a);
    }
    sink =
        c0.add(c1)
            .add(c2)
            .add(c3)
            .add(c4)
            .add(c5)
            .add(c6)
            .add(c7)
            .add(c8)
            .add(c9)
            .add(ca)
            .add(cb)
            .lane(0);
  }
}
