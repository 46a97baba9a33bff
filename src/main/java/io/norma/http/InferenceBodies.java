package io.norma.http;

import io.norma.admission.ComputeThreads;
import io.norma.admission.Turn;
import io.norma.http.codec.InferenceRequestReader;
import io.norma.http.codec.NpyBody;
import io.norma.http.codec.RawRequest;
import io.norma.http.codec.RequestMemory;
import io.norma.http.codec.ResponseForm;
import io.norma.http.codec.WireRequest;
import io.norma.http.codec.image.ImageFormat;
import io.norma.http.codec.image.ImageRequest;
import io.norma.http.codec.image.PixelScale;
import io.norma.network.TensorMetadata;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ServingException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ResponseStatusException;

/**
 * The forms that bodies of inferences come in. {@code Inference-Header-Content-Length} tells JSON
 * with bytes behind it, or bytes alone; without it the media types of images and of NumPy arrays
 * are what they say, and all else is JSON, whatever a client calls it.
 */
@Component
public final class InferenceBodies {
  private static final String IMAGE = "image/";

  /** About what a byte of a compressed image takes to decode. */
  private static final long DECODING_NANOS = 100;

  private final long mostPixels;
  private final ComputeThreads threads;

  InferenceBodies(HttpSettings settings, ComputeThreads threads) {
    mostPixels = settings.maxImagePixels();
    this.threads = threads;
  }

  /** Reads a body of one form. */
  @FunctionalInterface
  public interface Form {
    /**
     * Reads a body.
     *
     * @param inputs what the model declares
     * @throws ServingException if it does not fit its form, or the model
     */
    WireRequest read(String model, List<TensorMetadata> inputs, RequestBody body);
  }

  /**
   * The form of a request's body, before it is read.
   *
   * @throws ServingException if a header or a parameter in the address is not as it must be
   * @throws ResponseStatusException if it is an image of a format that is not read
   */
  public Form of(HttpServletRequest request) {
    int jsonLength = BinaryTensorHeader.read(request);
    String type = jsonLength < 0 ? mediaType(request) : "";
    if (jsonLength == 0 || type.equals(NpyBody.MEDIA_TYPE) || type.startsWith(IMAGE)) {
      refuseReceipt(request);
    }
    if (type.equals(NpyBody.MEDIA_TYPE)) {
      PixelScale.refuse(request.getParameterMap());
      ResponseForm answer = AcceptedForm.of(request);
      return (model, inputs, body) ->
          NpyBody.read(model, inputs, body.bytes(), body.length(), answer);
    }
    if (type.startsWith(IMAGE)) {
      ImageRequest image = image(type, request);
      return (model, inputs, body) ->
          decoded(body, () -> image.read(model, inputs, body.bytes(), body.length()));
    }
    if (jsonLength == 0) {
      return (model, inputs, body) -> RawRequest.read(model, inputs, body.bytes(), body.length());
    }
    return (model, inputs, body) ->
        InferenceRequestReader.read(body.bytes(), body.length(), jsonLength);
  }

  /**
   * Refuses to give a receipt where it cannot be asked for in a body's parameters.
   *
   * @throws ServingException.InvalidField if the address asks for one
   */
  private static void refuseReceipt(HttpServletRequest request) {
    String query = request.getQueryString();
    // Not the request's parameters: to find those, Tomcat may read the body.
    if (query != null
        && query.contains(InferenceRequest.RECEIPT)
        && QueryParameters.of(query).containsKey(InferenceRequest.RECEIPT)) {
      throw new ServingException.InvalidField(
          InferenceRequest.RECEIPT,
          "'receipt' is a parameter of bodies in JSON, which a replay takes, too: send the tensor"
              + " in JSON, or behind it, instead of a body without parameters");
    }
  }

  /** A large image takes long, and its decoder never gives way: it is admitted as a run is. */
  private WireRequest decoded(RequestBody body, Supplier<WireRequest> read) {
    RequestMemory memory = RequestMemory.current();
    return threads.run(
        Turn.usual(), DECODING_NANOS * body.length(), () -> memory.during(read::get));
  }

  private ImageRequest image(String type, HttpServletRequest request) {
    Optional<ImageFormat> format = ImageFormat.of(type);
    if (format.isEmpty()) {
      throw new ResponseStatusException(
          HttpStatus.UNSUPPORTED_MEDIA_TYPE,
          "images of type '%s' are not read; send %s"
              .formatted(
                  type,
                  Arrays.stream(ImageFormat.values())
                      .map(ImageFormat::mediaType)
                      .collect(Collectors.joining(" or "))));
    }
    return new ImageRequest(
        format.get(),
        PixelScale.of(request.getParameterMap()),
        mostPixels,
        AcceptedForm.of(request));
  }

  /** Without its parameters, in small letters. */
  private static String mediaType(HttpServletRequest request) {
    String type = request.getContentType();
    if (type == null) {
      return "";
    }
    int end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }
}
