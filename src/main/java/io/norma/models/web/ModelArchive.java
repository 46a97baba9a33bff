package io.norma.models.web;

import io.norma.models.IncomingFiles;
import io.norma.models.ReceivedModel;
import io.norma.models.VersionFile;
import io.norma.serving.ServingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * A zip archive with a model and the files beside it, stored or deflated. The folder that the model
 * stands in is the one that all names are below; what operating systems add is passed over.
 */
final class ModelArchive {
  private static final String ONNX = ".onnx";
  private static final String SAFETENSORS = ".safetensors";
  private static final int MOST_ENTRIES = 1000;

  private final ZipFile archive;
  private final LimitedBytes limit;

  private ModelArchive(ZipFile archive, LimitedBytes limit) {
    this.archive = archive;
    this.limit = limit;
  }

  /** Whether a body that begins with these bytes is an archive. */
  static boolean isLike(byte[] head) {
    return head.length >= 4 && head[0] == 'P' && head[1] == 'K' && head[2] == 3 && head[3] == 4;
  }

  /**
   * Unpacks a body.
   *
   * @throws ServingException.Invalid if it is no archive with one model
   * @throws ServingException.TooLarge if it unpacks to more than the limit
   */
  static void unpack(
      InputStream body, IncomingFiles incoming, LimitedBytes limit, ReceivedModel target)
      throws IOException {
    Path file = incoming.create();
    try {
      try (OutputStream out = Files.newOutputStream(file)) {
        body.transferTo(out);
      }
      try (ZipFile archive = new ZipFile(file.toFile())) {
        new ModelArchive(archive, limit).unpack(target);
      } catch (ZipException e) {
        throw new ServingException.Invalid(
            "the zip archive cannot be read: %s; pack it anew, without encryption"
                .formatted(e.getMessage()),
            e);
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private void unpack(ReceivedModel target) throws IOException {
    if (archive.size() > MOST_ENTRIES) {
      throw new ServingException.Invalid(
          "the zip archive has %d entries, more than the %d that a model may have"
              .formatted(archive.size(), MOST_ENTRIES));
    }
    List<ZipEntry> entries = new ArrayList<>();
    archive.stream().filter(entry -> !isPassedOver(entry)).forEach(entries::add);
    ZipEntry model = only(entries, ONNX);
    if (model == null) {
      throw new ServingException.Invalid(
          entries.stream().anyMatch(entry -> entry.getName().endsWith("data.pkl"))
              ? "the zip archive is a PyTorch file, which has weights but no network; export the"
                  + " model with torch.onnx.export"
              : "the zip archive has no file that ends in .onnx; pack the model with its data");
    }
    String folder = model.getName().substring(0, model.getName().lastIndexOf('/') + 1);
    ZipEntry checkpoint = only(entries, SAFETENSORS);
    for (ZipEntry entry : entries) {
      String name =
          entry.equals(model)
              ? VersionFile.MODEL
              : entry.equals(checkpoint) ? VersionFile.CHECKPOINT : below(folder, entry.getName());
      try (InputStream content = archive.getInputStream(entry)) {
        target.receive(name, limit.of(content)::transferTo);
      }
    }
  }

  private static boolean isPassedOver(ZipEntry entry) {
    String name = entry.getName();
    String last = name.substring(name.lastIndexOf('/') + 1);
    return entry.isDirectory() || last.startsWith(".") || name.startsWith("__MACOSX/");
  }

  /** The entry of this kind, or {@code null} if there is none. */
  private static @Nullable ZipEntry only(List<ZipEntry> entries, String ending) {
    List<ZipEntry> found =
        entries.stream().filter(entry -> entry.getName().endsWith(ending)).toList();
    if (found.size() > 1) {
      throw new ServingException.Invalid(
          "the zip archive has %d files that end in %s, '%s' and '%s' among them; pack one"
              .formatted(found.size(), ending, found.get(0).getName(), found.get(1).getName()));
    }
    return found.isEmpty() ? null : found.getFirst();
  }

  private static String below(String folder, String name) {
    if (!name.startsWith(folder)) {
      throw new ServingException.Invalid(
          "the zip archive has '%s', which does not lie below the model's folder '%s'"
              .formatted(name, folder));
    }
    return name.substring(folder.length());
  }
}
