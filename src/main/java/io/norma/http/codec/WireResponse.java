package io.norma.http.codec;

/**
 * A response ready to be sent.
 *
 * @param body its array may be longer than the response
 * @param length bytes of the response
 * @param jsonLength bytes of the JSON at its start, or −1 if that is all there is
 */
public record WireResponse(byte[] body, int length, int jsonLength) {}
