package io.norma.http.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.norma.http.codec.AnswerWriter.Answer;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AnswerWriterTest {
  record Values(Tensor output, double @Nullable [] runningMean, @Nullable Tensor anotherOutput) {}

  record Words(long zCount, boolean repeated, Instant createdAt, @Nullable String absent) {}

  record Scalar(double value) {}

  record Nested(NestedArray array) {}

  private static final Tensor FLOATS = Tensor.of(Shape.of(1, 2), 1.5f, Float.NaN);
  private static final Tensor DOUBLES = Tensor.of(Shape.of(2), 1e15, Double.NEGATIVE_INFINITY);

  private static String json(Record answer) {
    return text(AnswerWriter.write(answer, false));
  }

  private static String text(Answer answer) {
    return new String(answer.json(), StandardCharsets.UTF_8);
  }

  @Test
  void writesComponentsInTheirOrderInSnakeCaseWithoutThoseThatAreAbsent() {
    assertThat(json(new Words(3, true, Instant.parse("2024-05-06T07:08:09.120Z"), null)))
        .isEqualTo(
            """
            {"z_count":3,"repeated":true,"created_at":"2024-05-06T07:08:09.120Z"}\
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "3, 3.0",
    "1e-5, 1.0E-5",
    "0.1, 0.1",
    "1e15, 1.0E15",
    "-0.0, -0.0",
    "NaN, \"NaN\"",
    "-Infinity, \"-Infinity\""
  })
  void writesNumbersShortAndTextForThoseThatAreNotFinite(double number, String written) {
    assertThat(json(new Scalar(number))).isEqualTo("{\"value\":" + written + "}");
  }

  @Test
  void writesTensorsIntoTheJson() {
    Answer answer =
        AnswerWriter.write(new Values(FLOATS, new double[] {0.5, Double.NaN}, DOUBLES), false);
    assertThat(text(answer))
        .isEqualTo(
            """
            {"output":{"datatype":"FP32","shape":[1,2],"data":[1.5,"NaN"]},\
            "running_mean":[0.5,"NaN"],\
            "another_output":{"datatype":"FP64","shape":[2],"data":[1.0E15,"-Infinity"]}}\
            """);
    assertThat(answer.binary()).isEmpty();
    assertThat(answer.length()).isEqualTo(answer.json().length);
  }

  @Test
  void leavesTensorsToFollowTheJson() {
    Answer answer = AnswerWriter.write(new Values(FLOATS, new double[] {0.5}, DOUBLES), true);
    assertThat(text(answer))
        .isEqualTo(
            """
            {"output":{"datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}},\
            "running_mean":[0.5],\
            "another_output":{"datatype":"FP64","shape":[2],"parameters":{"binary_data_size":16}}}\
            """);
    assertThat(answer.binary()).isEqualTo(List.of(FLOATS, DOUBLES));
    assertThat(answer.length()).isEqualTo(answer.json().length + 24);
  }

  @Test
  void nestsNumbersAsTheirRankSaysInTheJsonAlone() {
    Answer flat = AnswerWriter.write(new Nested(new NestedArray(DOUBLES)), true);
    assertThat(text(flat)).isEqualTo("{\"array\":[1.0E15,\"-Infinity\"]}");
    assertThat(flat.binary()).isEmpty();
    Tensor rows = Tensor.of(Shape.of(2, 2), 1, 0.1f, 3, 4);
    assertThat(json(new Nested(new NestedArray(rows))))
        .isEqualTo("{\"array\":[[1.0," + (double) 0.1f + "],[3.0,4.0]]}");
  }

  @Test
  void saysThatMemoryRanOut() {
    Tensor large = Tensor.of(Shape.of(100_000), new float[100_000]);
    try (RequestMemory memory = new RequestMemory(new MemoryBudget("little", 100_000))) {
      assertThatThrownBy(
              () -> memory.during(() -> AnswerWriter.write(new Values(large, null, null), false)))
          .isExactlyInstanceOf(MemoryLimitException.class);
    }
  }
}
