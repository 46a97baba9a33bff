package io.norma.http.codec;

import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads tensors as the V2 protocol writes them: an object with the shape, the data type, and the
 * elements in {@code data} or, where there is a parameter {@code binary_data_size}, behind the
 * JSON.
 */
final class TensorReader {
  private static final String BINARY_SIZE = "binary_data_size";
  private static final List<ElementType> ALL = List.of(ElementType.values());
  private static final List<ElementType> REAL = List.of(ElementType.FP32, ElementType.FP64);
  private static final List<String> FIELDS = List.of("shape", "datatype", "data", "parameters");

  private final byte[] json;
  private final int length;

  /** Whether elements may be numbers that are not finite, without quotes. */
  private final boolean bareNumbers;

  /**
   * @param length bytes of the array that are the JSON
   */
  TensorReader(byte[] json, int length) {
    this(json, length, false);
  }

  TensorReader(byte[] json, int length, boolean bareNumbers) {
    this.json = json;
    this.length = length;
    this.bareNumbers = bareNumbers;
  }

  /** A tensor of any type with its name among its fields; what else is there is passed over. */
  TensorObject named(JsonParser parser, String path) {
    return new Draft(path, null, ALL).read(parser);
  }

  /** A tensor of real numbers that is the value of a field; nothing else may be there. */
  TensorObject field(JsonParser parser, String field) {
    return new Draft(field, field, REAL).read(parser);
  }

  /** What is known of one tensor so far. */
  private final class Draft {
    private final String path;
    private final boolean strict;
    private final List<ElementType> types;
    private @Nullable String name;
    private @Nullable Shape shape;
    private @Nullable ElementType dataType;
    private @Nullable Tensor tensor;
    private @Nullable JsonParser postponed;
    private @Nullable Map<String, Object> parameters;

    Draft(String path, @Nullable String name, List<ElementType> types) {
      this.path = path;
      this.types = types;
      this.name = name;
      strict = name != null;
    }

    TensorObject read(JsonParser parser) {
      Json.requireStart(parser, JsonToken.START_OBJECT, path);
      for (String field = parser.nextName(); field != null; field = parser.nextName()) {
        if (parser.nextToken() != JsonToken.VALUE_NULL) {
          read(parser, field);
        }
      }
      if (name == null || shape == null || dataType == null) {
        String missing = name == null ? "name" : shape == null ? "shape" : "datatype";
        throw Json.invalid(path + "." + missing, "is missing");
      }
      if (postponed != null) {
        try (JsonParser data = postponed) {
          data.nextToken();
          tensor = JsonElements.read(data, name, path, dataType, shape, mostElements(data));
        }
      }
      TensorObject read = new TensorObject(name, dataType, shape, tensor);
      checkSize(read);
      return read;
    }

    private void read(JsonParser parser, String field) {
      String at = path + "." + field;
      switch (field) {
        case "shape" -> shape = Json.once(shape, shape(parser, at), at);
        case "datatype" -> dataType = Json.once(dataType, dataType(parser, at), at);
        case "parameters" -> parameters = Json.once(parameters, Json.parameters(parser, at), at);
        case "data" -> {
          if (tensor != null || postponed != null) {
            throw Json.invalid(at, "is there twice");
          }
          if (name != null && shape != null && dataType != null) {
            tensor = JsonElements.read(parser, name, path, dataType, shape, mostElements(parser));
          } else {
            postponed = again(parser);
          }
        }
        default -> {
          if (strict) {
            throw Json.invalid(
                at, "is no field of a tensor; " + KnownNames.insteadOf(field, FIELDS));
          }
          if (field.equals("name")) {
            name = Json.once(name, Json.text(parser, at), at);
          } else {
            parser.skipChildren();
          }
        }
      }
    }

    private ElementType dataType(JsonParser parser, String at) {
      String word = Json.text(parser, at);
      return types.stream()
          .filter(type -> type.name().equals(word))
          .findFirst()
          .orElseThrow(() ->
              Json.invalid(at, "must be one of " + types + ", but is " + Json.described(word)));
    }

    private void checkSize(TensorObject read) {
      if (!strict && parameters != null) {
        KnownNames.refuseNearMisses(
            path + ".parameters.", parameters.keySet(), List.of(BINARY_SIZE));
      }
      if (strict && parameters != null) {
        for (String parameter : parameters.keySet()) {
          if (!parameter.equals(BINARY_SIZE)) {
            throw Json.invalid(
                path + ".parameters." + parameter,
                "is no parameter of a tensor; "
                    + KnownNames.insteadOf(parameter, List.of(BINARY_SIZE)));
          }
        }
      }
      Object size = parameters == null ? null : parameters.get(BINARY_SIZE);
      if ((size == null) == (read.tensor() == null)) {
        throw Json.invalid(
            path,
            size == null
                ? "has neither 'data' nor the parameter binary_data_size"
                : "has both 'data' and the parameter binary_data_size; give one of the two");
      }
      if (size == null) {
        return;
      }
      if (!(size instanceof Long bytes) || bytes < 0) {
        throw Json.invalid(
            path + ".parameters." + BINARY_SIZE,
            "must be an integer from 0 up, but is " + Json.described(size));
      }
      if (bytes != read.bytes()) {
        throw Json.invalid(
            path,
            "(%s%s, shape %s) needs %d bytes, but its binary_data_size is %d"
                .formatted(
                    strict ? "" : "'" + name + "' of ",
                    read.dataType(),
                    read.shape(),
                    read.bytes(),
                    bytes));
      }
    }
  }

  private static Shape shape(JsonParser parser, String field) {
    Json.requireStart(parser, JsonToken.START_ARRAY, field);
    long[] dimensions = new long[8];
    int rank = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (rank == dimensions.length) {
        dimensions = Arrays.copyOf(dimensions, 2 * rank);
      }
      dimensions[rank] = Json.integer(parser, field + "[" + rank + "]");
      rank++;
    }
    try {
      return Shape.ofLongs(Arrays.copyOf(dimensions, rank));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw Json.invalid(field, "does not fit: " + e.getMessage());
    }
  }

  /** Skips a value, and gives a parser that will read it once it is known how. */
  private JsonParser again(JsonParser parser) {
    int start = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
    parser.skipChildren();
    int end = Math.toIntExact(parser.currentLocation().getByteOffset());
    return bareNumbers
        ? Json.lenientParser(json, start, end - start)
        : Json.parser(json, start, end - start);
  }

  /** Every element takes a digit and a comma at least. */
  private int mostElements(JsonParser parser) {
    return (int) ((length - parser.currentLocation().getByteOffset()) / 2) + 1;
  }
}
