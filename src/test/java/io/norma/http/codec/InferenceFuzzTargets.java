package io.norma.http.codec;

import static io.norma.fuzz.SampleFiles.concat;
import static io.norma.fuzz.SampleFiles.digits;
import static io.norma.fuzz.SampleFiles.floats;
import static io.norma.fuzz.SampleFiles.npy;
import static io.norma.fuzz.SampleFiles.text;
import static io.norma.fuzz.SampleFiles.twoParts;

import io.norma.fuzz.FuzzTarget;
import io.norma.kernel.tensor.ElementType;
import io.norma.network.TensorMetadata;
import io.norma.serving.InferenceResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Bodies of inferences but for images, and the answers to them: the same tensors. */
public final class InferenceFuzzTargets {
  private static final List<TensorMetadata> INPUTS =
      List.of(new TensorMetadata("x", ElementType.FP32, List.of(-1L, 2L, 3L)));

  private static final String TENSOR =
      "{\"name\":\"x\",\"shape\":[1,2,3],\"datatype\":\"%s\",\"data\":%s}";

  private InferenceFuzzTargets() {}

  public static List<FuzzTarget> all() {
    return List.of(new JsonBodies(), new BinaryBodies(), new NpyBodies());
  }

  /** Writes an answer of what came, in the form that was asked for. */
  private static void answer(WireRequest read) {
    InferenceResponse response =
        new InferenceResponse("model", 1, read.request().id(), Map.of(), read.request().inputs());
    InferenceResponseWriter.write(response, read.form());
  }

  private static final class JsonBodies implements FuzzTarget {
    @Override
    public String name() {
      return "inference-json";
    }

    @Override
    public List<byte[]> seeds() {
      return List.of(
          digits("three.json"),
          inputs("", TENSOR.formatted("FP32", "[1,2.5,-3e-2,4,5,NaN]")),
          inputs("", TENSOR.formatted("FP64", "[[[1,2,3],[4,5,6]]]")),
          inputs("", TENSOR.formatted("BOOL", "[true,false,true,true,false,true]")),
          inputs("", TENSOR.formatted("INT8", "[1,-128,127,0,1,2]")),
          inputs("", TENSOR.formatted("UINT64", "[1,18446744073709551615,0,0,0,0]")),
          inputs("", TENSOR.formatted("BF16", "[1,2,3,4,5,6]")),
          inputs("", TENSOR.formatted("FP16", "[1,2,\"Infinity\",4,5,6]")),
          inputs(
              "\"id\":\"a\",\"parameters\":{\"seed\":7,\"normalization\":\"batch\",\"prior_weight\":"
                  + "0.5,\"binary_data_output\":true},",
              TENSOR.formatted("INT64", "[1,2,3,4,5,6]")),
          inputs(
              "\"outputs\":[{\"name\":\"x\",\"parameters\":{\"classification\":2,"
                  + "\"binary_data\":false}}],",
              TENSOR.formatted("FP32", "[1,2,3,4,5,6]")));
    }

    private static byte[] inputs(String before, String tensor) {
      return text("{" + before + "\"inputs\":[" + tensor + "]}");
    }

    @Override
    public void read(byte[] input) {
      answer(InferenceRequestReader.read(input, input.length, -1));
    }
  }

  /** Two bytes say how long the JSON is; 0 for bytes alone. */
  private static final class BinaryBodies implements FuzzTarget {
    @Override
    public String name() {
      return "inference-binary";
    }

    @Override
    public List<byte[]> seeds() {
      return List.of(
          twoParts(json("FP32", 24), floats(1, 2, 3, 4, 5, 6)),
          twoParts(json("INT64", 48), new byte[48]),
          twoParts(json("BOOL", 6), new byte[] {0, 1, 0, 1, 1, 1}),
          twoParts(json("BF16", 12), new byte[12]),
          twoParts(new byte[0], floats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)));
    }

    private static byte[] json(String type, int bytes) {
      return text(
          ("{\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":\"x\",\"shape\":"
                  + "[1,2,3],\"datatype\":\"%s\",\"parameters\":{\"binary_data_size\":%d}}]}")
              .formatted(type, bytes));
    }

    @Override
    public void read(byte[] input) {
      if (input.length < 2) {
        return;
      }
      byte[] body = Arrays.copyOfRange(input, 2, input.length);
      // As it is written: it may be longer than the body.
      int length = Byte.toUnsignedInt(input[0]) | (Byte.toUnsignedInt(input[1]) << 8);
      answer(
          length == 0
              ? RawRequest.read("model", INPUTS, body, body.length)
              : InferenceRequestReader.read(body, body.length, length));
    }
  }

  private static final class NpyBodies implements FuzzTarget {
    @Override
    public String name() {
      return "inference-npy";
    }

    @Override
    public List<byte[]> seeds() {
      byte[] elements = floats(1, 2, 3, 4, 5, 6);
      return List.of(
          digits("three.npy"),
          npy("<f4", "False", "(1, 2, 3)", elements),
          npy("<f4", "True", "(1, 2, 3)", elements),
          npy("<f8", "True", "(3,)", elements),
          npy("<f2", "True", "(2, 6)", elements),
          npy("|b1", "False", "(2, 2)", new byte[4]),
          npy("<i8", "False", "()", new byte[8]),
          concat(
              new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, 58, 0, 0, 0},
              text("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n"),
              floats(1, 2)));
    }

    @Override
    public void read(byte[] input) {
      answer(NpyBody.read("model", INPUTS, input, input.length, ResponseForm.BINARY));
    }
  }
}
