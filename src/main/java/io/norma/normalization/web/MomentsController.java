package io.norma.normalization.web;

import io.norma.http.BinaryTensorHeader;
import io.norma.http.FieldsBody;
import io.norma.http.RequestBody;
import io.norma.http.codec.AnswerWriter;
import io.norma.http.codec.Fields;
import io.norma.http.codec.FieldsReader;
import io.norma.http.codec.TensorStream;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.normalization.BatchResult.Statistics;
import io.norma.normalization.Conventions;
import io.norma.normalization.MomentsRequest;
import io.norma.normalization.NormalizationSettings;
import io.norma.normalization.StatelessNormalizationService;
import io.norma.normalization.StatelessNormalizationService.Call;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import org.springframework.context.SmartLifecycle;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The statistics of a batch too large for one request, in one pass and constant memory: as lines of
 * JSON, the first with the fields and the others with rows, or as fields followed by rows in
 * binary.
 *
 * <p>Rows are not answered normalized: a caller that sends all before it reads, as most do, would
 * wait for a service that waits for it; and an error in a late row could no longer be a status.
 */
@RestController
final class MomentsController implements SmartLifecycle {
  /** Longest line of JSON. */
  private static final int LONGEST_LINE = 1 << 24;

  /** Elements that are taken from a binary stream at once, as long as a row has no more. */
  private static final int PART = 1 << 16;

  private final StatelessNormalizationService service;
  private final int mostElements;
  private volatile boolean running;

  MomentsController(StatelessNormalizationService service, NormalizationSettings settings) {
    this.service = service;
    mostElements = settings.maxStreamRowElements();
  }

  @PostMapping("/v1/normalizations/batch/stream")
  void stream(HttpServletRequest request, HttpServletResponse response) throws IOException {
    int jsonLength = BinaryTensorHeader.read(request);
    InputStream body = RequestBody.stream(request);
    AnswerWriter.Answer answer =
        service.observe(
            "stream",
            call -> {
              BatchMessages.Moments moments =
                  jsonLength < 0 ? lines(body, call) : binary(body, jsonLength, call);
              return AnswerWriter.write(moments, false);
            });
    FieldsBody.write(answer, request, response);
  }

  private BatchMessages.Moments lines(InputStream body, Call call) throws IOException {
    LineReader lines = new LineReader(body, LONGEST_LINE);
    if (!lines.next()) {
      throw new ServingException.Invalid("the body is empty; its first line must be an object");
    }
    MomentsRequest request = read(FieldsReader.read(lines.bytes(), lines.length()));
    ChannelMoments moments = ChannelMoments.empty(request.channels());
    while (lines.next()) {
      requireRunning();
      Fields fields = FieldsReader.read(lines.bytes(), lines.length());
      Tensor rows = fields.tensor("input");
      fields.requireNothingElse();
      moments = moments.merge(service.moments(request, rows, call));
    }
    return BatchMessages.Moments.of(moments, request);
  }

  private BatchMessages.Moments binary(InputStream body, int jsonLength, Call call)
      throws IOException {
    if (jsonLength > LONGEST_LINE) {
      throw new ServingException.Invalid(
          "the JSON has %d bytes, more than %d".formatted(jsonLength, LONGEST_LINE));
    }
    byte[] json = body.readNBytes(jsonLength);
    if (json.length < jsonLength) {
      throw FieldsBody.tooLong(jsonLength, json.length);
    }
    MomentsRequest request = read(FieldsReader.read(json, json.length));
    int row = request.part().size();
    Shape shape = request.part().with(0, Math.max(1, PART / row));
    Tensor part = Tensor.zeros(request.dataType(), shape);
    TensorStream stream = new TensorStream();
    ChannelMoments moments = ChannelMoments.empty(request.channels());
    for (int read = part.size(); read == part.size(); ) {
      read = stream.read(part, body);
      requireRunning();
      if (read % row != 0) {
        throw new ServingException.InvalidField(
            "input",
            "'input': the body ends within a row of %d elements: %d bytes follow the JSON, but each row has %d bytes"
                .formatted(row, stream.bytesRead(), (long) row * request.dataType().bytes()));
      }
      if (read > 0) {
        Tensor rows = Tensor.of(request.dataType(), shape.with(0, read / row), part.array(), 0);
        moments = moments.merge(service.moments(request, rows, call));
      }
    }
    return BatchMessages.Moments.of(moments, request);
  }

  /** A stream may be endless, and the server that stops would wait for it. */
  private void requireRunning() {
    if (!running) {
      throw new ServingException.Unavailable(
          "the service is shutting down: send the stream again, from its first row", null);
    }
  }

  @Override
  public void start() {
    running = true;
  }

  /** Has open streams end with their next row. */
  @Override
  public void stop() {
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  private MomentsRequest read(Fields fields) {
    int[] shape = fields.integers("shape");
    if (shape == null || shape.length == 0) {
      throw fields.missing("shape");
    }
    shape[0] = 1;
    Shape part;
    try {
      part = Shape.of(shape);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw fields.invalid("shape", "does not fit: " + e.getMessage());
    }
    if (part.size() > mostElements) {
      throw fields.invalid(
          "shape",
          "has rows of %d elements, more than %d (norma.normalization.max-stream-row-elements)"
              .formatted(part.size(), mostElements));
    }
    String dataType = fields.choice("datatype", "FP32", "FP64");
    if (dataType == null) {
      throw fields.missing("datatype");
    }
    Conventions conventions = BatchFields.conventions(fields, true);
    Tensor mean = fields.vector("running_mean");
    Tensor variance = fields.vector("running_variance");
    if ((mean == null) != (variance == null)
        || (mean != null && variance != null && mean.size() != variance.size())) {
      throw fields.invalid("running_mean", "must come with 'running_variance', alike in length");
    }
    fields.requireNothingElse();
    Statistics running =
        mean == null || variance == null
            ? null
            : new Statistics(mean.toDoubleArray(), variance.toDoubleArray());
    return new MomentsRequest(DataType.valueOf(dataType), part, conventions, running);
  }
}
