package io.norma.kernel.compute.tile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class TilesTest {
  private static final Path SOURCES = Path.of("src/main/java/io/norma/kernel/compute/tile");

  static List<TileShape> shapes() {
    return TileShape.ALL;
  }

  /** {@code -Dnorma.test.write-tiles=true} makes it so. */
  @ParameterizedTest
  @MethodSource("shapes")
  void tilesAreAsGenerated(TileShape shape) throws IOException {
    Path file = SOURCES.resolve(shape.className() + ".java");
    if (Boolean.getBoolean("norma.test.write-tiles")) {
      Files.writeString(file, TileSource.of(shape));
    }
    assertThat(file).hasContent(TileSource.of(shape));
  }
}
