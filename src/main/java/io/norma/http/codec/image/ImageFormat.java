package io.norma.http.codec.image;

import io.norma.serving.ServingException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** Formats that images are read in. */
public enum ImageFormat {
  /** ISO/IEC 15948. */
  PNG("image/png", "89504E470D0A1A0A"),
  /** ISO/IEC 10918-1. */
  JPEG("image/jpeg", "FFD8FF");

  private final String mediaType;

  /** In hexadecimal digits. */
  private final String start;

  ImageFormat(String mediaType, String start) {
    this.mediaType = mediaType;
    this.start = start;
  }

  /** What a Content-Type calls it. */
  public String mediaType() {
    return mediaType;
  }

  /** The format of a media type, written in small letters. */
  public static Optional<ImageFormat> of(String mediaType) {
    return Arrays.stream(values()).filter(each -> each.mediaType.equals(mediaType)).findFirst();
  }

  private boolean begins(byte[] body, int length) {
    return HexFormat.of().withUpperCase().formatHex(body, 0, shown(length)).equals(start);
  }

  /** How many of a body's bytes say what it is. */
  private int shown(int length) {
    return Math.min(length, start.length() / 2);
  }

  /**
   * Refuses what does not begin as a file of this format does.
   *
   * @throws ServingException.Invalid if so
   */
  void requireStart(byte[] body, int length) {
    if (begins(body, length)) {
      return;
    }
    String other =
        Arrays.stream(values())
            .filter(each -> each.begins(body, length))
            .findFirst()
            .map(each -> "it is a %s: send it as %s".formatted(each, each.mediaType))
            .orElse(
                length == 0
                    ? "it is empty"
                    : "it begins with the bytes "
                        + HexFormat.ofDelimiter(" ")
                            .withUpperCase()
                            .formatHex(body, 0, shown(length)));
    throw new ServingException.Invalid(
        "the body is no %s, as its Content-Type says: %s".formatted(this, other));
  }
}
