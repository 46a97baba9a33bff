package io.norma.runningstatistics;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** The arrays of floating-point numbers in an {@code .npz} file, by name. */
record NumpyArchive(Map<String, double[]> arrays) {
  private static final int LENGTH_AT = 8;
  private static final int HEADER_AT = 10;

  static NumpyArchive read(Path file) throws IOException {
    Map<String, double[]> arrays = new LinkedHashMap<>();
    try (ZipInputStream zip =
        new ZipInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        ByteBuffer bytes = ByteBuffer.wrap(zip.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
        int end = HEADER_AT + bytes.getShort(LENGTH_AT);
        String header =
            new String(bytes.array(), HEADER_AT, end - HEADER_AT, StandardCharsets.US_ASCII);
        if (header.contains("'<f")) {
          arrays.put(
              entry.getName().replaceFirst("\\.npy$", ""),
              numbers(bytes.position(end), header.contains("'<f8'")));
        }
      }
    }
    return new NumpyArchive(arrays);
  }

  private static double[] numbers(ByteBuffer bytes, boolean isDouble) {
    double[] numbers = new double[bytes.remaining() / (isDouble ? Double.BYTES : Float.BYTES)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = isDouble ? bytes.getDouble() : bytes.getFloat();
    }
    return numbers;
  }

  double[] get(String name) {
    double[] array = arrays.get(name);
    if (array == null) {
      throw new IllegalArgumentException("no array '" + name + "', only " + arrays.keySet());
    }
    return array;
  }
}
