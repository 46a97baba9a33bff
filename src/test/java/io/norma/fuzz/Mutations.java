package io.norma.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Inputs made of others by a few changes each, the same for the same seed: bits, bytes, lengths and
 * counts at their edges, numbers in text, and parts that are cut out, repeated or exchanged.
 */
final class Mutations {
  private static final int LONGEST = 1 << 14;
  private static final int MOST_CHANGES = 4;
  private static final int MOST_REPEATS = 300;

  /** Where counts and lengths break. */
  private static final long[] EDGES = {
    0,
    1,
    -1,
    2,
    7,
    8,
    127,
    128,
    255,
    256,
    32767,
    32768,
    65535,
    65536,
    1 << 20,
    1L << 30,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 31,
    0xFFFFFFFFL,
    1L << 32,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Long.MAX_VALUE / 8,
    Long.MAX_VALUE / 4 + 1
  };

  private static final List<String> WORDS =
      List.of(
          "0",
          "-1",
          "1e999",
          "-0.0",
          "NaN",
          "Infinity",
          "1e-999",
          "2147483648",
          "-2147483649",
          "9223372036854775807",
          "9223372036854775808",
          "1" + "0".repeat(400),
          "null",
          "true",
          "{}",
          "[]",
          "[[]]",
          "\"\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "{\"a\":",
          "[",
          "]",
          "}",
          ",",
          "\"",
          "FP16",
          "BF16",
          "BYTES",
          "BOOL",
          "INT64",
          "UINT64",
          "FP64",
          "(",
          ")",
          "True",
          "<f2",
          ">f8",
          "|O",
          "|b1");

  private final Random random;
  private final List<byte[]> pool;

  Mutations(List<byte[]> seeds, long seed) {
    random = new Random(seed);
    pool = new ArrayList<>(seeds);
  }

  byte[] next() {
    byte[] input = any();
    int changes = random.nextBoolean() ? 1 : 1 + random.nextInt(MOST_CHANGES);
    for (int i = 0; i < changes; i++) {
      input = changed(input);
    }
    return input.length > LONGEST ? Arrays.copyOf(input, LONGEST) : input;
  }

  /** Keeps an input that was taken, to be changed further. */
  void keep(byte[] taken) {
    if (random.nextInt(20) == 0) {
      pool.add(taken);
    }
  }

  private byte[] any() {
    return pool.get(random.nextInt(pool.size()));
  }

  private byte[] changed(byte[] input) {
    if (input.length == 0) {
      return any();
    }
    int at = position(input);
    return switch (random.nextInt(10)) {
      case 0 -> with(input, at, (byte) (input[at] ^ (1 << random.nextInt(8))));
      case 1 -> with(input, at, (byte) random.nextInt(256));
      case 2 -> number(input, at);
      case 3 -> varint(input, at);
      case 4 -> replaced(input, at, at + length(input, at), new byte[0]);
      case 5 -> repeated(input, at);
      case 6 -> Arrays.copyOf(input, at);
      case 7 -> word(input, at);
      case 8 -> digits(input, at);
      default -> spliced(input, at);
    };
  }

  /** Half of the changes go where the structure is, which elements dwarf. */
  private int position(byte[] input) {
    int most = random.nextBoolean() ? Math.min(input.length, 400) : input.length;
    return random.nextInt(most);
  }

  private int length(byte[] input, int at) {
    int most = input.length - at;
    return 1 + random.nextInt(random.nextBoolean() ? Math.min(most, 8) : most);
  }

  private static byte[] with(byte[] input, int at, byte value) {
    byte[] changed = input.clone();
    changed[at] = value;
    return changed;
  }

  /** An edge in 1, 2, 4 or 8 bytes, little-endian or big-endian. */
  private byte[] number(byte[] input, int at) {
    int bytes = Math.min(1 << random.nextInt(4), input.length - at);
    boolean bigEndian = random.nextInt(4) == 0;
    long value = EDGES[random.nextInt(EDGES.length)];
    byte[] changed = input.clone();
    for (int i = 0; i < bytes; i++) {
      changed[at + (bigEndian ? bytes - 1 - i : i)] = (byte) (value >> (8 * i));
    }
    return changed;
  }

  /** An edge as protocol buffers write it, instead of a byte. */
  private byte[] varint(byte[] input, int at) {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    long value = EDGES[random.nextInt(EDGES.length)];
    while ((value & ~0x7FL) != 0) {
      written.write((int) (value & 0x7F) | 0x80);
      value >>>= 7;
    }
    written.write((int) value);
    return replaced(input, at, at + 1, written.toByteArray());
  }

  private byte[] repeated(byte[] input, int at) {
    int end = at + length(input, at);
    int times = 1 + random.nextInt(random.nextInt(8) == 0 ? MOST_REPEATS : 3);
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    for (int i = 0; i < times && written.size() < LONGEST; i++) {
      written.write(input, at, end - at);
    }
    return replaced(input, at, at, written.toByteArray());
  }

  private byte[] word(byte[] input, int at) {
    String word = WORDS.get(random.nextInt(WORDS.size()));
    int times = random.nextInt(20) == 0 ? MOST_REPEATS : 1;
    byte[] bytes = word.repeat(times).getBytes(StandardCharsets.UTF_8);
    return replaced(input, at, random.nextBoolean() ? at : at + length(input, at), bytes);
  }

  /** Another number instead of the one that is written next. */
  private byte[] digits(byte[] input, int at) {
    int from = at;
    while (from < input.length && !isDigit(input[from])) {
      from++;
    }
    int to = from;
    while (to < input.length && isDigit(input[to])) {
      to++;
    }
    String number = Long.toString(EDGES[random.nextInt(EDGES.length)]);
    return replaced(input, from, to, number.getBytes(StandardCharsets.UTF_8));
  }

  private static boolean isDigit(byte character) {
    return character >= '0' && character <= '9';
  }

  /** A part of another input instead of a part of this one. */
  private byte[] spliced(byte[] input, int at) {
    byte[] other = any();
    if (other.length == 0) {
      return input;
    }
    int from = random.nextInt(other.length);
    byte[] part = Arrays.copyOfRange(other, from, from + length(other, from));
    return replaced(input, at, random.nextBoolean() ? at : at + length(input, at), part);
  }

  private static byte[] replaced(byte[] input, int from, int to, byte[] by) {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    written.write(input, 0, from);
    written.writeBytes(by);
    written.write(input, to, input.length - to);
    return written.toByteArray();
  }
}
