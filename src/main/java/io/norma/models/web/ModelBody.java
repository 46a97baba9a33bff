package io.norma.models.web;

import io.norma.http.codec.ZipDirectory;
import io.norma.models.IncomingFiles;
import io.norma.models.ModelSettings;
import io.norma.models.ReceivedModel;
import io.norma.models.VersionFile;
import io.norma.serving.ServingException;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.Part;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.Locale;
import org.apache.tomcat.util.http.fileupload.FileUploadException;
import org.apache.tomcat.util.http.fileupload.MultipartStream.MalformedStreamException;
import org.apache.tomcat.util.http.fileupload.impl.IOFileUploadException;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Reads the body of an upload: an ONNX file, a zip archive with one and what belongs to it, or a
 * form with the parts {@code model}, {@code checkpoint}, and any others for the files that its
 * tensors lie in.
 */
@Component
final class ModelBody {
  private static final String MODEL_PART = "model";
  private static final String CHECKPOINT_PART = "checkpoint";
  private static final int HEAD = 4;

  private final IncomingFiles incoming;
  private final long limit;

  ModelBody(IncomingFiles incoming, ModelSettings settings) {
    this.incoming = incoming;
    limit = settings.maxUploadBytes().toBytes();
  }

  /**
   * Takes all files of a request.
   *
   * @throws ServingException.Invalid if there is no model among them
   * @throws ServingException.TooLarge if they have more bytes than the settings allow
   */
  ReceivedModel receive(HttpServletRequest request) throws IOException {
    ReceivedModel received = new ReceivedModel(incoming);
    try {
      if (isForm(request)) {
        receiveParts(request, received);
      } else {
        receiveBytes(request.getInputStream(), received);
      }
      return received;
    } catch (IOException | RuntimeException e) {
      received.close();
      throw e;
    }
  }

  /** Takes a request whose body is a checkpoint. */
  ReceivedModel receiveCheckpoint(HttpServletRequest request) throws IOException {
    ReceivedModel received = new ReceivedModel(incoming);
    try {
      InputStream content = request.getInputStream();
      received.receive(VersionFile.CHECKPOINT, content::transferTo);
      return received;
    } catch (IOException | RuntimeException e) {
      received.close();
      throw e;
    }
  }

  private static boolean isForm(HttpServletRequest request) {
    String type = request.getContentType();
    return type != null && type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data");
  }

  private void receiveBytes(InputStream body, ReceivedModel received) throws IOException {
    BufferedInputStream stream = new BufferedInputStream(body);
    stream.mark(HEAD);
    byte[] head = stream.readNBytes(HEAD);
    stream.reset();
    if (ZipDirectory.isZip(head, head.length)) {
      ModelArchive.unpack(stream, incoming, limit, received);
    } else {
      received.receive(VersionFile.MODEL, stream::transferTo);
    }
  }

  private static void receiveParts(HttpServletRequest request, ReceivedModel received)
      throws IOException {
    for (Part part : parts(request)) {
      try (InputStream content = part.getInputStream()) {
        received.receive(name(part), content::transferTo);
      } finally {
        part.delete();
      }
    }
    if (!received.has(VersionFile.MODEL)) {
      throw new ServingException.Invalid(
          "the form has no part '%s', which the ONNX file is expected in: curl -X PUT -F model=@model.onnx …"
              .formatted(MODEL_PART));
    }
  }

  private static Collection<Part> parts(HttpServletRequest request) throws IOException {
    try {
      return request.getParts();
    } catch (ServletException e) {
      throw new ServingException.Invalid("the form cannot be read: " + e.getMessage(), e);
    } catch (FileUploadException e) {
      boolean unread =
          e instanceof IOFileUploadException && !(e.getCause() instanceof MalformedStreamException);
      if (unread) {
        throw e;
      }
      // Not broken off, but no form: without a boundary, say.
      throw new ServingException.Invalid("the form cannot be read: " + e.getMessage(), e);
    } catch (IllegalStateException e) {
      throw new ServingException.TooLarge(
          "the form has more bytes than %s allows, or too many parts: %s"
              .formatted(ModelFileLimit.SETTING, e.getMessage()),
          e);
    }
  }

  private static String name(Part part) {
    return switch (part.getName()) {
      case MODEL_PART -> VersionFile.MODEL;
      case CHECKPOINT_PART -> VersionFile.CHECKPOINT;
      default -> {
        @Nullable String file = part.getSubmittedFileName();
        yield file == null || file.isEmpty() ? part.getName() : file.replace('\\', '/');
      }
    };
  }
}
