package io.norma.http;

import java.util.regex.Pattern;

/**
 * How large the bodies of certain requests may be, where that is not as of all others.
 *
 * @param requests which: method, space, path within the application
 * @param bytes after decompression
 * @param setting that it can be changed by
 */
public record BodyLimit(Pattern requests, long bytes, String setting) {}
