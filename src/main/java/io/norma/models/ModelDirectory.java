package io.norma.models;

import io.norma.models.ModelFile.Origin;
import io.norma.models.configuration.ConfigText;
import io.norma.serving.ModelConfig;
import io.norma.serving.ModelName;
import io.norma.serving.ServingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory in Triton's layout: {@code name/1/model.onnx}, with what the model needs beside it,
 * and {@code name/config.pbtxt} where somebody wrote one. Folders that are no model names or no
 * versions are passed over, as are versions without that file.
 */
public final class ModelDirectory implements ModelSource {
  private final Path directory;
  private final Origin origin;

  public ModelDirectory(Path directory, Origin origin) {
    this.directory = directory;
    this.origin = origin;
  }

  @Override
  public List<ModelFile> find() {
    List<ModelFile> files = new ArrayList<>();
    for (Path model : folders(directory)) {
      files.addAll(find(model.getFileName().toString()));
    }
    return files;
  }

  @Override
  public List<ModelFile> find(String name) {
    List<ModelFile> files = new ArrayList<>();
    if (!ModelName.isValid(name)) {
      return files;
    }
    Path model = directory.resolve(name);
    ModelFile.Config config = config(name, model);
    String fileName = fileName(config);
    for (Path version : folders(model)) {
      String number = version.getFileName().toString();
      Path file = version.resolve(fileName);
      if (ModelName.isVersion(number) && Files.isRegularFile(file)) {
        files.add(
            new ModelFile(
                name,
                Long.parseLong(number),
                origin,
                size(file),
                null,
                () -> Files.newInputStream(file),
                companion -> companion(version, companion),
                config));
      }
    }
    return files;
  }

  /** What is wrong with it, whoever loads the model shall hear. */
  private static ModelFile.Config config(String name, Path model) {
    try {
      ModelConfig config = ConfigText.read(name, model);
      return () -> config;
    } catch (ServingException e) {
      return () -> {
        throw e;
      };
    }
  }

  private static String fileName(ModelFile.Config config) {
    try {
      return config.read().fileName();
    } catch (ServingException _) {
      return VersionFile.MODEL;
    }
  }

  private static ModelFile.@Nullable Companion companion(Path folder, String name)
      throws IOException {
    Path file = folder.resolve(name);
    return Files.isRegularFile(file) ? ModelFile.Companion.of(name, file) : null;
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> folders(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(directory)) {
      return children.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
