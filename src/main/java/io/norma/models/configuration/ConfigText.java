package io.norma.models.configuration;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.TextFormat;
import io.norma.models.configuration.proto.Triton;
import io.norma.serving.ModelConfig;
import io.norma.serving.ServingException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a {@code config.pbtxt}, Triton's model configuration in protobuf's text format. */
public final class ConfigText {
  /** What it is called, beside the folders of a model's versions. */
  public static final String FILE = "config.pbtxt";

  /** No configuration is anywhere near as long. */
  private static final long LONGEST = 1 << 20;

  /** How the parser names what a message does not have. */
  private static final Pattern UNKNOWN =
      Pattern.compile("(?<place>[0-9]+:[0-9]+):\\s+inference\\.(?<owner>.+)\\.(?<field>[^.\\s]+)");

  private ConfigText() {}

  /**
   * Reads the configuration of a model.
   *
   * @param folder of the model
   * @return {@link ModelConfig#NONE} if there is no such file
   * @throws ServingException if it is none; its message names the file and, where that can be said,
   *     the line and the column, both from 1
   */
  public static ModelConfig read(String model, Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return ModelConfig.NONE;
    }
    String source = model + "/" + FILE;
    Triton.ModelConfig.Builder message = Triton.ModelConfig.newBuilder();
    try {
      TextFormat.getParser().merge(text(source, file), message);
    } catch (TextFormat.ParseException e) {
      throw new ServingException.Invalid("%s:%s".formatted(source, explained(e)), e);
    }
    return ConfigMessage.read(message.build(), model, source);
  }

  private static String text(String source, Path file) {
    try {
      if (Files.size(file) > LONGEST) {
        throw new ServingException.Invalid(
            "%s has %d bytes; a configuration has %d at most"
                .formatted(source, Files.size(file), LONGEST));
      }
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new ServingException.Invalid(source + " must be UTF-8, but is not", e);
    } catch (IOException e) {
      throw new ServingException.Unavailable(
          "%s cannot be read: %s".formatted(source, e.getMessage()), e);
    }
  }

  /** The parser begins with the line and the column, as compilers do. */
  private static String explained(TextFormat.ParseException e) {
    String message = String.valueOf(e.getMessage());
    Matcher unknown = UNKNOWN.matcher(message);
    if (!unknown.find()) {
      return message;
    }
    String owner = unknown.group("owner");
    Descriptor known = named(Triton.getDescriptor().getMessageTypes(), owner);
    return "%s: %s has no '%s'%s"
        .formatted(
            unknown.group("place"),
            owner,
            unknown.group("field"),
            known == null
                ? ""
                : "; it has " + known.getFields().stream().map(FieldDescriptor::getName).toList());
  }

  private static @Nullable Descriptor named(List<Descriptor> messages, String name) {
    for (Descriptor message : messages) {
      if (message.getFullName().equals("inference." + name)) {
        return message;
      }
      Descriptor inner = named(message.getNestedTypes(), name);
      if (inner != null) {
        return inner;
      }
    }
    return null;
  }
}
