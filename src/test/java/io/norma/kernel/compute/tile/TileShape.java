package io.norma.kernel.compute.tile;

import java.util.List;

/**
 * What sets one tile apart from the others; {@link TileSource} makes a class of it.
 *
 * @param access how pixels and weights are read
 * @param pixels rows of the tile: 1 to 16
 * @param vectors vectors of output channels beside one another
 * @param lanes channels in a vector, 8 or 16; 0 for as many as the machine's vectors have
 * @param panel channels in the panel of weights that the vectors are a part of; 0 if told in a call
 * @param forms the methods
 */
record TileShape(Access access, int pixels, int vectors, int lanes, int panel, List<Form> forms) {
  /** Floats of a pixel in blocked layout. */
  static final int BLOCK = TileSource.BLOCK;

  /** All tiles there are. */
  static final List<TileShape> ALL =
      List.of(
          wide(Access.BLOCKED, 14, 2, Form.ACCUMULATE, Form.FINISH),
          wide(Access.BLOCKED, 8, 2, Form.ACCUMULATE),
          wide(Access.BLOCKED, 7, 2, Form.ACCUMULATE),
          wide(Access.BLOCKED, 4, 2, Form.ACCUMULATE),
          wide(Access.BLOCKED, 14, 1, Form.ACCUMULATE),
          wide(Access.BLOCKED, 8, 1, Form.ACCUMULATE),
          wide(Access.BLOCKED, 4, 1, Form.ACCUMULATE),
          wide(Access.PLANE, 14, 2, Form.FINISH),
          wide(Access.PLANE, 14, 1, Form.MULTIPLY),
          wide(Access.PLANE_STRIDE_2, 14, 2, Form.FINISH),
          wide(Access.PLANE_STRIDE_2, 14, 1, Form.MULTIPLY),
          wide(
              Access.LINE,
              14,
              2,
              Form.PLUS_ONE,
              Form.MINUS_ONE,
              Form.PLUS_TWO,
              Form.MINUS_TWO,
              Form.FIRST_TAP),
          halves(Access.BLOCKED, 6, Form.ACCUMULATE),
          halves(Access.BLOCKED, 4, Form.ACCUMULATE),
          halves(Access.BLOCKED, 3, Form.ACCUMULATE),
          halves(Access.BLOCKED, 2, Form.ACCUMULATE),
          halves(Access.PLANE, 4, Form.MULTIPLY),
          halves(Access.PLANE_STRIDE_2, 4, Form.MULTIPLY),
          narrow(Access.NARROW, 6),
          narrow(Access.NARROW, 4),
          narrow(Access.NARROW, 3),
          narrow(Access.NARROW, 2),
          narrow(Access.NARROW, 1),
          narrow(Access.UNFUSED, 3),
          narrow(Access.UNFUSED, 1));

  /** On vectors of 512 bits, over a whole panel. */
  static TileShape wide(Access access, int pixels, int vectors, Form... forms) {
    return new TileShape(access, pixels, vectors, BLOCK, vectors * BLOCK, List.of(forms));
  }

  /** On two vectors of 256 bits, over a panel of one block. */
  private static TileShape halves(Access access, int pixels, Form form) {
    return new TileShape(access, pixels, 2, BLOCK / 2, BLOCK, List.of(form));
  }

  /** On two vectors of any length, of any panel. */
  static TileShape narrow(Access access, int pixels) {
    return new TileShape(access, pixels, 2, 0, 0, List.of(Form.ACCUMULATE));
  }

  /** Such as {@code PlanarTile14x2Stride2}; {@code Tile4x2Lanes8Of32} for a part of a panel. */
  String className() {
    String name = access.prefix + pixels + "x" + vectors + access.suffix;
    if (lanes == 0 || lanes == BLOCK) {
      return name;
    }
    return name + "Lanes" + lanes + (panel == vectors * lanes ? "" : "Of" + panel);
  }

  /** How a tile reads its pixels and weights. */
  enum Access {
    /** Pixels stand 16 floats apart; each tap reads the 16 channels of a block. */
    BLOCKED("Tile", ""),
    /** Pixels stand next to one another in a plane; each tap reads one channel. */
    PLANE("PlanarTile", ""),
    /** Every second float of a plane is a pixel. */
    PLANE_STRIDE_2("PlanarTile", "Stride2"),
    /** As {@link #BLOCKED}, with weights made of the three taps of a filter's row. */
    LINE("LineTile", ""),
    /** Distances are told in each call, vectors as long as the machine's. */
    NARROW("NarrowTile", ""),
    /** As {@link #NARROW}, with a product and a sum for each multiply-add. */
    UNFUSED("UnfusedTile", "");

    private final String prefix;
    private final String suffix;

    Access(String prefix, String suffix) {
      this.prefix = prefix;
      this.suffix = suffix;
    }

    /** Whether each tap reads one channel. */
    boolean isPlanar() {
      return this == PLANE || this == PLANE_STRIDE_2;
    }

    /** Whether distances are told in each call. */
    boolean isNarrow() {
      return this == NARROW || this == UNFUSED;
    }

    /** Floats from one pixel to the next. */
    int pixelStride() {
      return switch (this) {
        case PLANE -> 1;
        case PLANE_STRIDE_2 -> 2;
        default -> BLOCK;
      };
    }
  }

  /**
   * A method of a tile: what it computes, and how it makes a weight of what stands there, {@code
   * g0}, and in a line's further taps {@code g1} and {@code g2}.
   */
  enum Form {
    /** Without the loads of a start, a tenth faster over the few taps of three planes. */
    MULTIPLY("multiply", "x·w", "g0"),
    ACCUMULATE("accumulate", "start + x·w", "g0"),
    FINISH("finish", "clamp(scale·(start + x·w) + shift)", "g0"),
    PLUS_ONE("plusOne", "start + x·(g₀ + g₁ + g₂)", "g0 +g1 +g2"),
    MINUS_ONE("minusOne", "start + x·(g₀ − g₁ + g₂)", "g0 -g1 +g2"),
    PLUS_TWO("plusTwo", "start + x·(g₀ + 2g₁ + 4g₂)", "g2 double +g1 double +g0"),
    MINUS_TWO("minusTwo", "start + x·(g₀ − 2g₁ + 4g₂)", "g2 double -g1 double +g0"),
    FIRST_TAP("firstTap", "start + x·g₀", "g0");

    final String method;
    final String formula;
    final String weight;

    Form(String method, String formula, String weight) {
      this.method = method;
      this.formula = formula;
      this.weight = weight;
    }
  }
}
