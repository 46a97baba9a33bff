package io.norma.onnx.file;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Recognizes by their first bytes the files that are most often sent in place of a model. */
final class FileKind {
  static final int HEAD_BYTES = 256;

  private FileKind() {}

  /** What the file looks like and what to do, or {@code null} if nothing known. */
  static @Nullable String describe(byte[] head) {
    if (head.length == 0) {
      return "an empty file; check that the upload has a body";
    }
    String latin = new String(head, StandardCharsets.ISO_8859_1);
    String text = latin.strip().toLowerCase(Locale.ROOT);
    if (text.startsWith("ï»¿")) {
      text = text.substring(3).strip();
    }
    if (text.startsWith("version https://git-lfs.github.com/spec/")) {
      return "a Git LFS pointer, which stands for the model; fetch the model itself with `git lfs"
          + " pull`";
    }
    if (latin.startsWith("PK\u0003\u0004")) {
      return "a zip archive (perhaps a PyTorch .pt file); export the model with torch.onnx.export,"
          + " or unpack the archive";
    }
    if (latin.startsWith("\u001f\u008b")) {
      return "a gzip archive; unpack it";
    }
    if (latin.startsWith("\u0080") && latin.length() > 1 && latin.charAt(1) <= 5) {
      return "a Python pickle (perhaps an old PyTorch file); export the model with"
          + " torch.onnx.export";
    }
    if (latin.startsWith("\u0089HDF")) {
      return "an HDF5 file (perhaps of Keras); convert the model with tf2onnx";
    }
    if (latin.startsWith("TFL3", 4)) {
      return "a TensorFlow Lite model; convert it with tf2onnx";
    }
    if (latin.startsWith("ORTM", 4)) {
      return "a model in ONNX Runtime's own format; send the .onnx file it was made from";
    }
    if (latin.startsWith("{", 8) && latin.startsWith("\0\0", 6)) {
      return "a safetensors file, which has weights but no network; export the model as ONNX";
    }
    if (text.startsWith("<?xml")) {
      return "an XML document; check the address that the file was downloaded from";
    }
    if (text.startsWith("<!doctype html") || text.startsWith("<html") || text.startsWith("<")) {
      return "an HTML page; check the address that the file was downloaded from";
    }
    if (text.startsWith("{") || text.startsWith("[")) {
      return "JSON; send the bytes of the .onnx file themselves";
    }
    return null;
  }
}
