package io.norma.http.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.serving.NamedTensor;
import java.io.StringWriter;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

final class ClassificationTest {
  @Test
  void ofEqualScoresTheFirstIsTheBest() {
    assertThat(best(Tensor.of(Shape.of(1, 3), -0f, 0f, -1f)))
        .contains("\"-0.000000:0\",\"0.000000:1\"");
    // Both are 2⁵³ as doubles.
    assertThat(best(Tensor.of(Shape.of(1, 3), 1L << 53, (1L << 53) + 1, 0)))
        .contains("\"9007199254740992.000000:1\",\"9007199254740992.000000:0\"");
    assertThat(best(Tensor.of(Shape.of(1, 3), 1f, 2f, 2f)))
        .contains("\"2.000000:1\",\"2.000000:2\"");
  }

  private static String best(Tensor scores) {
    StringWriter json = new StringWriter();
    try (JsonGenerator generator =
        new JsonFactory().createGenerator(ObjectWriteContext.empty(), json)) {
      Classification.write(
          generator, new NamedTensor("scores", scores), 2, false, new ArrayList<>());
    }
    return json.toString();
  }
}
