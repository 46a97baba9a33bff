package io.norma.http.codec;

import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.TensorMetadata;
import io.norma.serving.InferenceRequest;
import io.norma.serving.InferenceResponse;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;

/**
 * A body that is one NumPy array, as {@code numpy.save} writes it: a model's only input, or its
 * only output.
 */
public final class NpyBody {
  public static final String MEDIA_TYPE = "application/x-npy";

  /** As NumPy aligns them. */
  private static final int ALIGNMENT = 64;

  private static final int PREFIX = 10;

  /** BF16 is not among NumPy's types. */
  private static final Map<String, ElementType> TYPES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("|b1", ElementType.BOOL),
              Map.entry("|u1", ElementType.UINT8),
              Map.entry("<u2", ElementType.UINT16),
              Map.entry("<u4", ElementType.UINT32),
              Map.entry("<u8", ElementType.UINT64),
              Map.entry("|i1", ElementType.INT8),
              Map.entry("<i2", ElementType.INT16),
              Map.entry("<i4", ElementType.INT32),
              Map.entry("<i8", ElementType.INT64),
              Map.entry("<f2", ElementType.FP16),
              Map.entry("<f4", ElementType.FP32),
              Map.entry("<f8", ElementType.FP64)));

  private NpyBody() {}

  /**
   * Reads a body.
   *
   * @param inputs what the model declares
   * @param answer how the request is answered
   * @throws ServingException.Invalid if the model has not one input, or the body is no array of
   *     numbers
   */
  public static WireRequest read(
      String model, List<TensorMetadata> inputs, byte[] body, int length, ResponseForm answer) {
    if (inputs.size() != 1) {
      throw new ServingException.Invalid(
          "model '%s' has the inputs %s, and an array does not tell which it is: send JSON, with binary tensors behind it if you like"
              .formatted(model, names(inputs.stream().map(TensorMetadata::name).toList())));
    }
    String name = inputs.getFirst().name();
    int first = Math.min(length, NpyHeader.PREFIX + NpyHeader.LONGEST);
    NpyHeader header = NpyHeader.read(Arrays.copyOf(body, first), name);
    ElementType type = TYPES.get(header.type());
    if (type == null) {
      throw new ServingException.Invalid(
          "array '%s' has elements of type %s; expected one of %s"
              .formatted(name, header.type(), String.join(", ", TYPES.keySet())));
    }
    header.requireBytes(name, length - header.dataStart());
    Tensor tensor = tensor(header, name, type, body);
    return new WireRequest(
        new InferenceRequest(
            null,
            // Numbers are FP64 in NumPy unless somebody says otherwise.
            Map.of(InferenceRequest.CONVERT_INPUTS, true),
            List.of(new NamedTensor(name, tensor, type)),
            List.of()),
        answer);
  }

  private static Tensor tensor(NpyHeader header, String name, ElementType type, byte[] body) {
    Shape shape;
    try {
      shape = Shape.ofLongs(header.shape().stream().mapToLong(Long::longValue).toArray());
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new ServingException.Invalid(
          "array '%s' has the impossible shape %s".formatted(name, header.shape()), e);
    }
    return header.columnMajor() && shape.rank() > 1
        ? BinaryElements.read(name, type, shape, rowMajor(header, type, shape.size(), body), 0)
        : BinaryElements.read(name, type, shape, body, header.dataStart());
  }

  private static byte[] rowMajor(NpyHeader header, ElementType type, int size, byte[] body) {
    int each = type.bytes();
    RequestMemory.current().take((long) size * each);
    byte[] ordered = new byte[size * each];
    IntUnaryOperator position = header.columnMajorPositions();
    for (int i = 0; i < size; i++) {
      System.arraycopy(
          body, header.dataStart() + position.applyAsInt(i) * each, ordered, i * each, each);
    }
    return ordered;
  }

  /**
   * Writes an answer.
   *
   * @throws ServingException.Invalid if there is more than one output
   */
  static WireResponse write(InferenceResponse response) {
    if (response.outputs().size() != 1) {
      throw new ServingException.Invalid(
          "model '%s' has the outputs %s, and %s holds one: accept application/json or application/octet-stream"
              .formatted(
                  response.model(),
                  names(response.outputs().stream().map(NamedTensor::name).toList()),
                  MEDIA_TYPE));
    }
    NamedTensor output = response.outputs().getFirst();
    ElementType type =
        output.elementType() == ElementType.BF16 ? ElementType.FP32 : output.elementType();
    Tensor tensor = type.isNarrow() ? NarrowElements.bits(output.tensor(), type) : output.tensor();
    byte[] head = head(type, tensor.shape());
    int length = Math.addExact(head.length, BinaryElements.size(tensor));
    RequestMemory.current().take(length);
    byte[] file = Arrays.copyOf(head, length);
    BinaryElements.write(tensor, file, head.length);
    return new WireResponse(MEDIA_TYPE, file, length, -1);
  }

  /** Version 1.0, which everybody reads. */
  private static byte[] head(ElementType type, Shape shape) {
    String word =
        TYPES.entrySet().stream()
            .filter(entry -> entry.getValue() == type)
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow();
    String extents =
        Arrays.stream(shape.toLongs()).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String text =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s%s), }"
            .formatted(word, extents, shape.rank() == 1 ? "," : "");
    int length = (PREFIX + text.length() + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
    byte[] head = new byte[length];
    Arrays.fill(head, (byte) ' ');
    byte[] magic = "\u0093NUMPY\u0001\u0000".getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(magic, 0, head, 0, magic.length);
    head[PREFIX - 2] = (byte) (length - PREFIX);
    head[PREFIX - 1] = (byte) ((length - PREFIX) >> 8);
    byte[] dictionary = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(dictionary, 0, head, PREFIX, dictionary.length);
    head[length - 1] = '\n';
    return head;
  }

  private static String names(List<String> names) {
    return names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
  }
}
