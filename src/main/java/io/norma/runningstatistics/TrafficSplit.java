package io.norma.runningstatistics;

import io.norma.serving.Sha256;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which revisions requests get that name none: one of them all, or several a share each. Each share
 * is a piece of the interval from 0 to 1, in the order given, and a request gets the revision of
 * the piece that its point lies in: as long as the order stays, a key whose share grows stays.
 *
 * @param shares at least one, each revision once; together they are all requests
 */
public record TrafficSplit(List<Share> shares) {
  /** All requests: shares are counted in millionths, so that sums are exact. */
  public static final int WHOLE = 1_000_000;

  /** Digits of a weight in percent that are told apart. */
  private static final int DECIMALS = 4;

  /** Bits of a double between 0 and 1. */
  private static final int POINT_BITS = 53;

  public TrafficSplit {
    shares = List.copyOf(shares);
    Set<RevisionName> names = new HashSet<>();
    long sum = 0;
    for (Share share : shares) {
      if (!names.add(share.name())) {
        throw new IllegalArgumentException(
            "must have each revision once, but has " + share.name() + " twice");
      }
      sum += share.millionths();
    }
    if (sum != WHOLE) {
      throw new IllegalArgumentException(
          "must have weights that sum to 100 (percent), but they sum to "
              + percent(sum).toPlainString());
    }
  }

  /**
   * What one revision gets.
   *
   * @param millionths of all requests; 0 for one that is compared with the others, but answers none
   */
  public record Share(RevisionName name, int millionths) {
    public Share {
      if (millionths < 0 || millionths > WHOLE) {
        throw new IllegalArgumentException("a share is from 0 to 1000000, but is " + millionths);
      }
    }

    /**
     * Of a weight in percent.
     *
     * @throws IllegalArgumentException if it is not from 0 to 100 with four decimals at most
     */
    public static Share ofPercent(RevisionName name, double weight) {
      if (weight >= 0 && weight <= 100) {
        BigDecimal exact = BigDecimal.valueOf(weight).stripTrailingZeros();
        if (exact.scale() <= DECIMALS) {
          return new Share(name, exact.movePointRight(DECIMALS).intValueExact());
        }
      }
      throw new IllegalArgumentException(
          "must have weights from 0 to 100 (percent) with %d decimals at most, but has %s for %s"
              .formatted(DECIMALS, weight, name));
    }

    /** Its weight in percent, without zeros that say nothing. */
    public BigDecimal percent() {
      return TrafficSplit.percent(millionths);
    }

    /** Its share, from 0 to 1. */
    public double fraction() {
      return millionths / (double) WHOLE;
    }
  }

  /** All requests to one revision. */
  public static TrafficSplit whole(RevisionName name) {
    return new TrafficSplit(List.of(new Share(name, WHOLE)));
  }

  private static BigDecimal percent(long millionths) {
    BigDecimal percent =
        BigDecimal.valueOf(millionths).movePointLeft(DECIMALS).stripTrailingZeros();
    return percent.scale() < 0 ? percent.setScale(0, RoundingMode.UNNECESSARY) : percent;
  }

  /** Whether one revision gets all, and no other is beside it. */
  public boolean isWhole() {
    return shares.size() == 1;
  }

  /** The revision that is meant by the active one: of the largest share, the first of several. */
  public RevisionName primary() {
    Share largest = shares.getFirst();
    for (Share share : shares) {
      largest = share.millionths() > largest.millionths() ? share : largest;
    }
    return largest.name();
  }

  /** The revisions beside the primary one, in order. */
  public List<RevisionName> others() {
    RevisionName primary = primary();
    return names().filter(name -> !name.equals(primary)).toList();
  }

  /** All revisions, in order. */
  public Stream<RevisionName> names() {
    return shares.stream().map(Share::name);
  }

  /**
   * Which of the shares a request belongs to.
   *
   * @param point from 0 to 1, 1 excluded
   */
  int at(double point) {
    double millionth = point * WHOLE;
    long end = 0;
    int last = 0;
    for (int i = 0; i < shares.size(); i++) {
      int size = shares.get(i).millionths();
      end += size;
      last = size > 0 ? i : last;
      if (millionth < end) {
        return i;
      }
    }
    return last;
  }

  /**
   * The point of a routing key: the same on every replica and for every version of a model, spread
   * evenly, and another one for another model.
   */
  static double point(String model, String key) {
    MessageDigest digest = Sha256.digest();
    digest.update(model.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    long bits = ByteBuffer.wrap(digest.digest(key.getBytes(StandardCharsets.UTF_8))).getLong();
    return (bits >>> (Long.SIZE - POINT_BITS)) * 0x1p-53;
  }

  @Override
  public String toString() {
    return isWhole()
        ? primary().toString()
        : shares.stream()
            .map(share -> share.name() + " " + share.percent().toPlainString() + " %")
            .collect(Collectors.joining(", "));
  }
}
