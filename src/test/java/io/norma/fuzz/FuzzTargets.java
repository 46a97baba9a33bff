package io.norma.fuzz;

import io.norma.http.codec.InferenceFuzzTargets;
import io.norma.http.codec.image.ImageFuzzTarget;
import io.norma.models.CheckpointFuzzTarget;
import io.norma.models.web.ArchiveFuzzTarget;
import io.norma.normalization.web.NormalizationFuzzTarget;
import io.norma.onnx.OnnxFuzzTarget;
import io.norma.onnx.file.ExternalDataFuzzTarget;
import io.norma.runningstatistics.web.StatisticsFuzzTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** All that reads bytes of strangers, and the inputs that were findings once. */
public final class FuzzTargets {
  private static final Path FINDINGS = Path.of("src/test/resources/fuzz");

  private FuzzTargets() {}

  public static List<FuzzTarget> all() {
    List<FuzzTarget> all = new ArrayList<>();
    all.add(new OnnxFuzzTarget());
    all.add(new ExternalDataFuzzTarget());
    all.add(new ArchiveFuzzTarget());
    all.add(new CheckpointFuzzTarget());
    all.addAll(StatisticsFuzzTarget.all());
    all.addAll(InferenceFuzzTargets.all());
    all.addAll(ImageFuzzTarget.all());
    all.add(new NormalizationFuzzTarget());
    return all;
  }

  /** One of them. */
  public static FuzzTarget named(String name) {
    List<FuzzTarget> all = all();
    return all.stream()
        .filter(target -> target.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no target '%s'; there are %s"
                    .formatted(name, all.stream().map(FuzzTarget::name).toList())));
  }

  /** What was a finding of a target once: the files in its folder. */
  public static List<Path> findings(FuzzTarget target) {
    Path folder = FINDINGS.resolve(target.name());
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
