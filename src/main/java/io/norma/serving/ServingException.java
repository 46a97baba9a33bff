package io.norma.serving;

import io.norma.kernel.tensor.LimitException;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.file.MissingDataException;
import io.norma.onnx.file.OnnxImportException;
import io.norma.onnx.file.UnsupportedOnnxException;
import io.norma.onnx.file.UnsupportedPart;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Why a use case refuses. The message is for the caller: what was expected, what came. */
public abstract sealed class ServingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private ServingException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Why a file is refused that was to be a network. */
  public static ServingException of(OnnxImportException e) {
    String message = String.valueOf(e.getMessage());
    return switch (e) {
      case MalformedOnnxException malformed -> new Invalid(message, malformed);
      case MissingDataException missing -> new Invalid(message, missing);
      case UnsupportedOnnxException unsupported ->
          new Unsupported(
              message,
              unsupported.parts().stream().map(UnsupportedPart::toString).toList(),
              unsupported);
    };
  }

  /** Why somebody gets no memory. */
  public static ServingException of(LimitException e) {
    String message = String.valueOf(e.getMessage());
    return e.neverFits() ? new TooLarge(message, e) : new Overloaded(message, 1, e);
  }

  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  /** What was sent does not fit the model, or is no model. */
  public static final class Invalid extends ServingException {
    private static final long serialVersionUID = 1L;

    public Invalid(String message) {
      super(message, null);
    }

    public Invalid(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** A field of the request has a value that it must not have. */
  public static final class InvalidField extends ServingException {
    private static final long serialVersionUID = 1L;

    private final String field;

    public InvalidField(String field, String message) {
      super(message, null);
      this.field = field;
    }

    /** Its name. */
    public String field() {
      return field;
    }
  }

  /** There is nothing of that name. */
  public static final class NotFound extends ServingException {
    private static final long serialVersionUID = 1L;

    public NotFound(String message) {
      super(message, null);
    }
  }

  /** The name is taken by something else, or must stay as it is. */
  public static final class Conflict extends ServingException {
    private static final long serialVersionUID = 1L;

    public Conflict(String message) {
      super(message, null);
    }
  }

  /** A model that is well-formed but cannot be served, with every reason found. */
  public static final class Unsupported extends ServingException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> reasons;

    public Unsupported(String message, List<String> reasons, @Nullable Throwable cause) {
      super(message, cause);
      this.reasons = List.copyOf(reasons);
    }

    /** One line per node that stands in the way. */
    public List<String> reasons() {
      return reasons;
    }
  }

  /** Not now: the model is not ready, or the service lacks something it needs. */
  public static final class Unavailable extends ServingException {
    private static final long serialVersionUID = 1L;

    public Unavailable(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** More requests wait than the queue holds. */
  public static final class Overloaded extends ServingException {
    private static final long serialVersionUID = 1L;

    private final int retryAfterSeconds;

    public Overloaded(String message, int retryAfterSeconds) {
      this(message, retryAfterSeconds, null);
    }

    public Overloaded(String message, int retryAfterSeconds, @Nullable Throwable cause) {
      super(message, cause);
      this.retryAfterSeconds = retryAfterSeconds;
    }

    /** When a retry is worth while. */
    public int retryAfterSeconds() {
      return retryAfterSeconds;
    }
  }

  /** The caller's time was over before there was an answer. */
  public static final class Expired extends ServingException {
    private static final long serialVersionUID = 1L;

    private Expired(String message) {
      super(message, null);
    }

    /** Nothing was computed: it waited until then. */
    public static Expired inQueue() {
      return new Expired(
          "the request's time was over before its turn came; nothing was computed: send a larger"
              + " timeout (in microseconds), or try again later");
    }
  }

  /** A body or a batch is larger than the settings allow. */
  public static final class TooLarge extends ServingException {
    private static final long serialVersionUID = 1L;

    public TooLarge(String message) {
      super(message, null);
    }

    public TooLarge(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
