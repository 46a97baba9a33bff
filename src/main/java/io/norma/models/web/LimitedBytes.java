package io.norma.models.web;

import io.norma.serving.ServingException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A bound on the bytes that several streams give together. */
final class LimitedBytes {
  private final long limit;
  private final String setting;
  private long count;

  /**
   * @param setting that the bound can be changed by
   */
  LimitedBytes(long limit, String setting) {
    this.limit = limit;
    this.setting = setting;
  }

  /**
   * A stream whose bytes count.
   *
   * @return fails when there are too many, with {@link ServingException.TooLarge}
   */
  InputStream of(InputStream stream) {
    return new FilterInputStream(stream) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        int read = in.read(target, offset, length);
        count += Math.max(0, read);
        if (count > limit) {
          throw new ServingException.TooLarge(
              "the zip archive unpacks to more than the %d bytes of %s".formatted(limit, setting));
        }
        return read;
      }
    };
  }
}
