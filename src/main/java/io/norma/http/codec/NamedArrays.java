package io.norma.http.codec;

import io.norma.serving.QuotedNames;
import io.norma.serving.ServingException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Files that name their arrays, told apart by their bytes: safetensors and NumPy's {@code .npz} are
 * read; PyTorch's, Keras' and HDF5 are refused with the lines that turn them into safetensors.
 */
public final class NamedArrays {
  private static final byte[] HDF5 = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  private static final int PICKLE = 0x80;
  private static final int HEAD = 64;
  private static final int MOST_NAMES = 5;

  private static final String FROM_PYTORCH =
      """
      import torch, safetensors.torch
      safetensors.torch.save_file({k: v.contiguous() for k, v in torch.load("model.pt", \
      weights_only=True, map_location="cpu").items()}, "model.safetensors")\
      """;

  private static final String FROM_HDF5 =
      """
      import h5py, safetensors.numpy; arrays = {}; h5py.File("model.weights.h5").visititems(lambda \
      name, item: arrays.update({name: item[...]}) if isinstance(item, h5py.Dataset) else None)
      safetensors.numpy.save_file(arrays, "model.safetensors")\
      """;

  private static final String FROM_KERAS =
      """
      import keras, safetensors.numpy
      safetensors.numpy.save_file({w.path: keras.ops.convert_to_numpy(w) for w in \
      keras.saving.load_model("model.keras").weights}, "model.safetensors")\
      """;

  private NamedArrays() {}

  /**
   * Reads what is one of these formats.
   *
   * @param limit how many bytes an archive may hold, unpacked
   * @param setting that the limit can be changed by
   * @return the arrays in the file's order, or {@code null} if it has another format
   * @throws ServingException if the format is known, but not read, or the file is damaged
   */
  public static @Nullable List<NamedArray> read(
      byte[] body, int length, long limit, String setting) {
    if (ZipDirectory.isZip(body, length)) {
      MemorySegment archive = MemorySegment.ofArray(body).asSlice(0, length);
      return zipped(ZipDirectory.read(archive), limit, setting);
    }
    if (isSafetensors(body, length)) {
      return safetensors(body, length);
    }
    requireNoOther(Arrays.copyOf(body, Math.min(length, HEAD)));
    return null;
  }

  /**
   * Refuses a file that is not safetensors, but known.
   *
   * @param head its first bytes
   * @throws ServingException.Invalid with the lines that turn it into safetensors
   */
  static void requireNoOther(byte[] head) {
    if (ZipDirectory.isZip(head, head.length)) {
      throw refused("a zip archive, as PyTorch writes a .pt or .pth file", FROM_PYTORCH);
    }
    if (isHdf5(head, head.length)) {
      throw refused("an HDF5 file, as Keras writes its weights", FROM_HDF5);
    }
    if (isPickle(head, head.length)) {
      throw refused(
          "a pickle, as older releases of PyTorch write a .pt or .pth file", FROM_PYTORCH);
    }
  }

  private static boolean isHdf5(byte[] body, int length) {
    return length > HDF5.length
        && ByteBuffer.wrap(body, 0, HDF5.length).equals(ByteBuffer.wrap(HDF5));
  }

  private static boolean isPickle(byte[] body, int length) {
    return length > 2 && (body[0] & 0xff) == PICKLE && body[1] >= 2 && body[1] <= 5;
  }

  /**
   * Reads a safetensors file.
   *
   * @throws ServingException.Invalid if it is none
   */
  public static List<NamedArray> safetensors(byte[] body, int length) {
    return SafetensorsHeader.read(body, length).stream()
        .map(entry -> NamedArray.of(entry, body))
        .toList();
  }

  /** A length that its own bytes bear out, and a header that begins as an object does. */
  private static boolean isSafetensors(byte[] body, int length) {
    if (length <= Long.BYTES || body[Long.BYTES] != '{') {
      return false;
    }
    long header = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return header >= 2 && header <= length - Long.BYTES;
  }

  private static List<NamedArray> zipped(List<ZippedFile> files, long limit, String setting) {
    if (files.stream().anyMatch(file -> named(file, "data.pkl"))) {
      throw refused("a PyTorch file (.pt or .pth)", FROM_PYTORCH);
    }
    if (files.stream().anyMatch(file -> named(file, "model.weights.h5"))) {
      throw refused("a Keras model (.keras)", FROM_KERAS);
    }
    if (!NpzFile.isNpz(files)) {
      List<String> names = files.stream().map(ZippedFile::name).toList();
      throw new ServingException.Invalid(
          "the zip archive is none of NumPy's, with a .npy file for each array: it holds %s"
              .formatted(names.isEmpty() ? "nothing" : QuotedNames.of(names, MOST_NAMES)));
    }
    ZipDirectory.requireWithin(files, limit, setting);
    return NpzFile.read(files);
  }

  private static boolean named(ZippedFile file, String name) {
    return file.name().equals(name) || file.name().endsWith("/" + name);
  }

  private static ServingException refused(String what, String script) {
    return new ServingException.Invalid(
        "this is %s, which is not read here; these lines of Python make a safetensors file of it:\n%s"
            .formatted(what, script));
  }
}
