package io.norma.delivery;

import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;

/**
 * The chart in {@code helm/norma}, rendered by Helm's own library. That leaves out hooks, so the
 * chart's tests are rendered from a copy in which they are no hooks.
 */
final class Chart {
  static final Path DIRECTORY = Path.of("helm/norma");
  static final Helm HELM = new Helm(DIRECTORY);
  private static final Helm WITHOUT_HOOKS = new Helm(copyWithoutHooks());

  private Chart() {}

  /** The manifests for values written as YAML. */
  static List<Manifest> render(String values) {
    try {
      Path file = Files.createTempFile("values", ".yaml");
      try {
        Files.writeString(file, values);
        return manifests(
            WITHOUT_HOOKS
                .template()
                .withName("letters")
                .withNamespace("reading")
                .withKubeVersion("1.34.0")
                .withValuesFile(file)
                .call());
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The one manifest of a kind, as the schema reads it. */
  static <T> T only(String values, Class<T> kind) {
    List<T> found =
        render(values).stream()
            .map(KubernetesSchema::read)
            .filter(kind::isInstance)
            .map(kind::cast)
            .toList();
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " of " + kind.getSimpleName() + ", expected one");
    }
    return found.getFirst();
  }

  private static Path copyWithoutHooks() {
    Path copy = Path.of("target/chart-without-hooks");
    try (Stream<Path> files = Files.walk(DIRECTORY)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(DIRECTORY.relativize(file));
        Files.createDirectories(target.resolveSibling("."));
        Files.writeString(
            target,
            Files.readString(file)
                .replace("helm.sh/hook", "example.org/hook")
                // There is no cluster, where `helm template` finds nothing, either.
                .replace("lookup \"v1\" \"Secret\" .Release.Namespace $name", "dict"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return copy;
  }

  private static List<Manifest> manifests(String yaml) {
    List<Manifest> manifests = new ArrayList<>();
    for (Object document : new Yaml().loadAll(yaml)) {
      if (document != null) {
        manifests.add(Manifest.of(document));
      }
    }
    return manifests;
  }
}
