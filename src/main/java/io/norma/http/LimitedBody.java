package io.norma.http;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A request body that fails when more than the limit is read from it. */
final class LimitedBody extends ServletInputStream {
  private final InputStream content;
  private final long limit;
  private final String setting;
  private long count;
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
      if (count > limit) {
        throw new PayloadTooLargeException(limit, setting);
      }
    }
    return read;
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
