package io.norma.http.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.serving.ServingException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NpzFileTest {
  private static final String HEADER = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }";

  @ParameterizedTest
  @CsvSource({"<f4, true", ">f4, true", "<f8, false", ">f8, true", "<f2, false", ">f2, true"})
  void readsRealNumbersInBothOrdersOfBytes(String type, boolean stored) throws IOException {
    double[] numbers = {1, -0.5, 3.25, 65504};
    NamedArray array =
        read(zip(stored, "a.npy", npy(1, HEADER.formatted(type, "False", "(4,)"), type, numbers)))
            .getFirst();
    assertThat(array.name()).isEqualTo("a");
    assertThat(array.shape()).containsExactly(4L);
    assertThat(values(array)).containsExactly(numbers);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void readsAllVersionsOfTheHeader(int version) throws IOException {
    byte[] file = npy(version, HEADER.formatted("<f4", "False", "(2,)"), "<f4", 7, 8);
    assertThat(values(read(zip(true, "a.npy", file)).getFirst())).containsExactly(7, 8);
  }

  @Test
  void countsElementsOfFortranOrderWithTheLastAxisRunningFastest() throws IOException {
    // numpy.asfortranarray([[1, 2, 3], [4, 5, 6]]) lies by columns.
    byte[] file = npy(1, HEADER.formatted("<f4", "True", "(2, 3)"), "<f4", 1, 4, 2, 5, 3, 6);
    assertThat(values(read(zip(false, "a.npy", file)).getFirst()))
        .containsExactly(1, 2, 3, 4, 5, 6);
    // numpy.asfortranarray(numpy.arange(12).reshape(2, 3, 2))
    byte[] cube =
        npy(
            1,
            HEADER.formatted("<f4", "True", "(2, 3, 2)"),
            "<f4",
            0,
            6,
            2,
            8,
            4,
            10,
            1,
            7,
            3,
            9,
            5,
            11);
    assertThat(values(read(zip(true, "a.npy", cube)).getFirst()))
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  }

  @Test
  void leavesOtherTypesUnread() throws IOException {
    byte[] file = npy(1, HEADER.formatted("<i8", "False", "()"), "<f8", 0);
    NamedArray array = read(zip(true, "steps.npy", file)).getFirst();
    assertThat(array.type()).isEqualTo("<i8");
    assertThat(array.elements()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } | needs 3 times 4",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 2), } | needs",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), } | impossible",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 2), } |"
            + " impossible",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), } | expected one as",
        "{'descr': '<f4', 'fortran_order': False} | expected one as",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), } |"
            + " expected one as",
        "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,), } | expected one as",
        "{'descr': '<f4', 'fortran_order': 'no', 'shape': (2,), } | expected one as",
        "{'descr': __import__('os'), 'fortran_order': False, 'shape': (2,), } | expected one as",
        "nothing | expected one as"
      })
  void refusesHeadersThatDoNotFit(String header, String expected) throws IOException {
    byte[] archive = zip(true, "a.npy", npy(1, header, "<f4", 1, 2));
    assertThatThrownBy(() -> read(archive))
        .isInstanceOf(ServingException.Invalid.class)
        .hasMessageContaining("array 'a'")
        .hasMessageContaining(expected);
  }

  @Test
  void refusesWhatIsNoArray() throws IOException {
    byte[] archive =
        zip(true, "a.npy", "no array, but long enough".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> read(archive)).hasMessageContaining("begin with \\x93NUMPY");
    byte[] file = npy(1, HEADER.formatted("<f4", "False", "(2,)"), "<f4", 1, 2);
    file[6] = 4;
    byte[] later = zip(true, "a.npy", file);
    assertThatThrownBy(() -> read(later)).hasMessageContaining("version 4.0");
    file[6] = 2;
    byte[] longer = zip(true, "a.npy", file);
    assertThatThrownBy(() -> read(longer)).hasMessageContaining("has a header of");
  }

  @Test
  void refusesDamagedBytes() throws IOException {
    byte[] archive =
        zip(true, "a.npy", npy(1, HEADER.formatted("<f4", "False", "(2,)"), "<f4", 1, 2));
    int last = new String(archive, StandardCharsets.ISO_8859_1).indexOf("PK\1\2") - 1;
    archive[last] ^= 1;
    NamedArray array = read(archive).getFirst();
    assertThatThrownBy(array::elements).hasMessageContaining("checksum");
  }

  @Test
  void refusesToInflateMoreThanTheArchiveSays() throws IOException {
    byte[] archive =
        zip(false, "a.npy", npy(1, HEADER.formatted("<f4", "False", "(2,)"), "<f4", 1, 2));
    // The unpacked size in the directory, four bytes less, and the header to go with it.
    int entry = new String(archive, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
    ByteBuffer bytes = ByteBuffer.wrap(archive).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(entry + 24, bytes.getInt(entry + 24) - 4);
    assertThatThrownBy(() -> read(archive)).hasMessageContaining("needs 2 times 4");
    bytes.putInt(entry + 24, bytes.getInt(entry + 24) + 8);
    assertThatThrownBy(() -> read(archive)).isInstanceOf(ServingException.Invalid.class);
  }

  @Test
  void boundsSizesThatAddUpToNothing() throws IOException {
    byte[] archive = zip64("a.npy", npy(1, HEADER.formatted("<f4", "False", "(2,)"), "<f4", 1, 2));
    // In the directory's field for sizes beyond 32 bits, between its header and two lengths.
    int entry = new String(archive, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
    ByteBuffer.wrap(archive)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(entry + 46 + "a.npy".length() + 4, Long.MAX_VALUE);
    assertThatThrownBy(() -> read(archive))
        .isInstanceOf(ServingException.TooLarge.class)
        .hasMessageContaining("limit");
  }

  /** Whatever bytes are changed, an archive is read or refused, and nothing else. */
  @Test
  void readsOrRefusesWhateverComes() throws IOException {
    byte[] whole =
        zip(false, "a.npy", npy(1, HEADER.formatted("<f4", "True", "(2, 2)"), "<f4", 1, 2, 3, 4));
    Random random = new Random(14);
    for (int i = 0; i < 20_000; i++) {
      byte[] archive = whole.clone();
      for (int j = 0; j <= random.nextInt(4); j++) {
        archive[random.nextInt(archive.length)] = (byte) random.nextInt(256);
      }
      int length = random.nextInt(8) == 0 ? random.nextInt(archive.length) : archive.length;
      try {
        List<NamedArray> arrays = NamedArrays.read(archive, length, 1 << 20, "limit");
        if (arrays != null) {
          arrays.forEach(NpzFileTest::values);
        }
      } catch (ServingException e) {
        assertThat(e).hasMessageNotContaining("null");
      }
    }
  }

  @Test
  void findsSizesBeyond32BitsInTheirOwnField() throws IOException {
    byte[] file = npy(1, HEADER.formatted("<f4", "False", "(2,)"), "<f4", 5, 6);
    assertThat(values(read(zip64("a.npy", file)).getFirst())).containsExactly(5, 6);
  }

  /**
   * As numpy writes it: sizes in the local header alone are ZIP64; here the directory has them,
   * too.
   */
  private static byte[] zip64(String name, byte[] content) {
    CRC32 checksum = new CRC32();
    checksum.update(content);
    ByteBuffer zip = ByteBuffer.allocate(content.length + 500).order(ByteOrder.LITTLE_ENDIAN);
    byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
    zip.putInt(0x04034b50)
        .putShort((short) 45)
        .putInt(0)
        .putInt(0)
        .putInt((int) checksum.getValue());
    zip.putInt(-1).putInt(-1).putShort((short) encoded.length).putShort((short) 20).put(encoded);
    zip.putShort((short) 1).putShort((short) 16).putLong(content.length).putLong(content.length);
    zip.put(content);
    int directory = zip.position();
    zip.putInt(0x02014b50).putShort((short) 45).putShort((short) 45).putInt(0).putInt(0);
    zip.putInt((int) checksum.getValue()).putInt(-1).putInt(-1).putShort((short) encoded.length);
    zip.putShort((short) 28).putShort((short) 0).putInt(0).putInt(0).putInt(-1).put(encoded);
    zip.putShort((short) 1).putShort((short) 24).putLong(content.length).putLong(content.length);
    zip.putLong(0);
    int end = zip.position();
    zip.putInt(0x06064b50).putLong(44).putInt(0x002d002d).putLong(0).putLong(1).putLong(1);
    zip.putLong(end - directory).putLong(directory);
    zip.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
    zip.putInt(0x06054b50)
        .putInt(0)
        .putShort((short) -1)
        .putShort((short) -1)
        .putInt(-1)
        .putInt(-1);
    zip.putShort((short) 0);
    return Arrays.copyOf(zip.array(), zip.position());
  }

  private static List<NamedArray> read(byte[] archive) {
    return Objects.requireNonNull(NamedArrays.read(archive, archive.length, 1 << 20, "limit"));
  }

  private static double[] values(NamedArray array) {
    IntToDoubleFunction elements = array.elements();
    int size = Math.toIntExact(array.shape().stream().reduce(1L, (a, b) -> a * b));
    double[] values = new double[elements == null ? 0 : size];
    Arrays.setAll(values, i -> elements == null ? 0 : elements.applyAsDouble(i));
    return values;
  }

  private static byte[] npy(int version, String header, String type, double... numbers) {
    byte[] text = (header + "\n").getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer file =
        ByteBuffer.allocate(12 + text.length + 8 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put("\u0093NUMPY".getBytes(StandardCharsets.ISO_8859_1)).put((byte) version).put((byte) 0);
    if (version == 1) {
      file.putShort((short) text.length);
    } else {
      file.putInt(text.length);
    }
    file.put(text);
    file.order(type.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    for (double number : numbers) {
      switch (type.substring(1)) {
        case "f2" -> file.putShort(Float.floatToFloat16((float) number));
        case "f4" -> file.putFloat((float) number);
        default -> file.putDouble(number);
      }
    }
    return Arrays.copyOf(file.array(), file.position());
  }

  private static byte[] zip(boolean stored, String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      ZipEntry entry = new ZipEntry(name);
      if (stored) {
        CRC32 checksum = new CRC32();
        checksum.update(content);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(checksum.getValue());
      }
      zip.putNextEntry(entry);
      zip.write(content);
    }
    return bytes.toByteArray();
  }
}
