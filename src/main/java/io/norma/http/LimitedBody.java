package io.norma.http;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A request body that fails when more than the limit is read from it. While it is read the thread
 * gives way now and then: a virtual one that takes long, as to decompress, would keep others,
 * health among them, from the thread that carries it.
 */
final class LimitedBody extends ServletInputStream {
  /** What takes about a tenth of a millisecond to decompress. */
  private static final int BYTES_AT_A_TIME = 1 << 17;

  private final InputStream content;
  private final long limit;
  private final String setting;
  private long count;
  private int sinceGivingWay;
  private boolean finished;

  LimitedBody(InputStream content, long limit, String setting) {
    this.content = content;
    this.limit = limit;
    this.setting = setting;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int read = content.read(target, offset, length);
    if (read < 0) {
      finished = true;
    } else {
      count += read;
      sinceGivingWay += read;
      if (sinceGivingWay >= BYTES_AT_A_TIME) {
        sinceGivingWay = 0;
        giveWay();
      }
      if (count > limit) {
        throw new PayloadTooLargeException(limit, setting);
      }
    }
    return read;
  }

  /** Lets what else there is to do go on, health among it, while a long body is read. */
  @SuppressWarnings("ThreadPriorityCheck") // virtual threads are not preempted
  private static void giveWay() {
    Thread.yield();
  }

  @Override
  public boolean isFinished() {
    return finished;
  }

  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public void setReadListener(ReadListener listener) {
    throw new UnsupportedOperationException("bodies are read by blocking");
  }

  @Override
  public void close() throws IOException {
    content.close();
  }
}
