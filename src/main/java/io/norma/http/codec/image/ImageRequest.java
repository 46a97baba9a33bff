package io.norma.http.codec.image;

import io.norma.http.codec.RequestMemory;
import io.norma.http.codec.ResponseForm;
import io.norma.http.codec.WireRequest;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.TensorMetadata;
import io.norma.serving.InferenceRequest;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServingException;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;

/**
 * Reads a body that is an image, for a model whose only input takes one. It is never resized: a
 * network's answers depend on how that is done.
 *
 * @param mostPixels that an image may have
 * @param answer how the request is answered
 */
public record ImageRequest(
    ImageFormat format, PixelScale scale, long mostPixels, ResponseForm answer) {
  /**
   * Reads a body.
   *
   * @param inputs what the model declares
   * @throws ServingException if the model takes no image, or not this one
   */
  public WireRequest read(String model, List<TensorMetadata> inputs, byte[] body, int length) {
    ImageInput input = ImageInput.of(model, inputs);
    BufferedImage image = new ImageDecoder(format, body, length).decode(input, mostPixels);
    Shape shape = Shape.of(1, input.channels(), image.getHeight(), image.getWidth());
    byte[] samples = Samples.of(image, input.channels());
    RequestMemory.current().take((long) samples.length * input.type().dataType().bytes());
    Tensor tensor = scale.elements(input, shape, samples);
    return new WireRequest(
        new InferenceRequest(
            null,
            Map.of(),
            List.of(new NamedTensor(input.metadata().name(), tensor, input.type())),
            List.of()),
        answer);
  }
}
