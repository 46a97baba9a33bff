package io.norma.http.codec.image;

import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/** A body as ImageIO reads it, without a copy on the heap or on a disk. */
final class BytesInput extends ImageInputStreamImpl {
  private final byte[] bytes;
  private final int length;

  BytesInput(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
  }

  @Override
  public int read() throws IOException {
    checkClosed();
    bitOffset = 0;
    return streamPos < length ? Byte.toUnsignedInt(bytes[(int) streamPos++]) : -1;
  }

  @Override
  public int read(byte[] target, int offset, int most) throws IOException {
    checkClosed();
    bitOffset = 0;
    if (most == 0) {
      return 0;
    }
    if (streamPos >= length) {
      return -1;
    }
    int count = (int) Math.min(most, length - streamPos);
    System.arraycopy(bytes, (int) streamPos, target, offset, count);
    streamPos += count;
    return count;
  }

  @Override
  public long length() {
    return length;
  }
}
