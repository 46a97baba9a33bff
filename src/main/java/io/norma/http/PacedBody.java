package io.norma.http;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * A request body that fails when its bytes come too slowly: a client that sends one a minute would
 * hold what its request holds for ever. Only the time counts that is waited for them.
 */
final class PacedBody extends InputStream {
  private final InputStream content;
  private final long length;
  private final long bytesPerSecond;
  private final long patience;
  private long waited;
  private long count;

  /**
   * @param length of the body, or −1 if that is not known
   * @param bytesPerSecond below which a body is slow
   * @param patience how long that makes no difference
   */
  PacedBody(InputStream content, long length, long bytesPerSecond, Duration patience) {
    this.content = content;
    this.length = length;
    this.bytesPerSecond = bytesPerSecond;
    this.patience = patience.toNanos();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] target, int offset, int wanted) throws IOException {
    long start = System.nanoTime();
    int read = content.read(target, offset, wanted);
    waited += System.nanoTime() - start;
    if (read < 0) {
      return read;
    }
    count += read;
    if (waited > patience && count != length && count < waited / 1e9 * bytesPerSecond) {
      throw new SlowBodyException(count, Duration.ofNanos(waited).toSeconds(), bytesPerSecond);
    }
    return read;
  }

  @Override
  public int available() throws IOException {
    return content.available();
  }

  @Override
  public void close() throws IOException {
    content.close();
  }
}
