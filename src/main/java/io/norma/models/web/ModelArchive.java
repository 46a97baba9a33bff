package io.norma.models.web;

import io.norma.http.codec.ZipDirectory;
import io.norma.http.codec.ZippedFile;
import io.norma.models.IncomingFiles;
import io.norma.models.ReceivedModel;
import io.norma.models.VersionFile;
import io.norma.serving.ServingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A zip archive with a model and the files beside it, stored or deflated. The folder that the model
 * stands in is the one that all names are below; what operating systems add is passed over.
 */
final class ModelArchive {
  private static final String ONNX = ".onnx";
  private static final String SAFETENSORS = ".safetensors";

  private ModelArchive() {}

  /**
   * Unpacks a body.
   *
   * @param limit how many bytes it may hold, unpacked
   * @throws ServingException.Invalid if it is no archive with one model
   * @throws ServingException.TooLarge if it unpacks to more than the limit
   */
  static void unpack(InputStream body, IncomingFiles incoming, long limit, ReceivedModel target)
      throws IOException {
    Path file = incoming.create();
    try {
      try (OutputStream out = Files.newOutputStream(file)) {
        body.transferTo(out);
      }
      try (FileChannel channel = FileChannel.open(file);
          Arena arena = Arena.ofConfined()) {
        unpack(
            ZipDirectory.read(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena)),
            limit,
            target);
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static void unpack(List<ZippedFile> all, long limit, ReceivedModel target)
      throws IOException {
    List<ZippedFile> files = all.stream().filter(file -> !isPassedOver(file)).toList();
    ZippedFile model = only(files, ONNX);
    if (model == null) {
      throw new ServingException.Invalid(
          files.stream().anyMatch(file -> file.name().endsWith("data.pkl"))
              ? "the zip archive is a PyTorch file, which has weights but no network; export the"
                  + " model with torch.onnx.export"
              : "the zip archive has no file that ends in .onnx; pack the model with its data");
    }
    ZipDirectory.requireWithin(files, limit, ModelFileLimit.SETTING);
    String folder = model.name().substring(0, model.name().lastIndexOf('/') + 1);
    ZippedFile checkpoint = only(files, SAFETENSORS);
    for (ZippedFile file : files) {
      String name =
          file.equals(model)
              ? VersionFile.MODEL
              : file.equals(checkpoint) ? VersionFile.CHECKPOINT : below(folder, file.name());
      target.receive(name, file::writeTo);
    }
  }

  private static boolean isPassedOver(ZippedFile file) {
    String name = file.name();
    String last = name.substring(name.lastIndexOf('/') + 1);
    return last.startsWith(".") || name.startsWith("__MACOSX/");
  }

  /** The file of this kind, or {@code null} if there is none. */
  private static @Nullable ZippedFile only(List<ZippedFile> files, String ending) {
    List<ZippedFile> found = files.stream().filter(file -> file.name().endsWith(ending)).toList();
    if (found.size() > 1) {
      throw new ServingException.Invalid(
          "the zip archive has %d files that end in %s, '%s' and '%s' among them; pack one"
              .formatted(found.size(), ending, found.get(0).name(), found.get(1).name()));
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
