package io.norma.http.codec;

/**
 * A response ready to be sent.
 *
 * @param contentType what its body is
 * @param body its array may be longer than the response
 * @param length bytes of the response
 * @param jsonLength bytes of the JSON at its start where other bytes follow, or −1
 */
public record WireResponse(String contentType, byte[] body, int length, int jsonLength) {
  /** JSON, and bytes behind it if its length is given. */
  public WireResponse(byte[] body, int length, int jsonLength) {
    this(
        jsonLength < 0 ? "application/json" : "application/octet-stream", body, length, jsonLength);
  }
}
