package io.norma.onnx;

import static io.norma.onnx.OnnxBuilder.declaration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.norma.kernel.tensor.DataType;
import io.norma.kernel.tensor.ElementType;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.network.Network;
import io.norma.onnx.file.MalformedOnnxException;
import io.norma.onnx.proto.AttributeProto;
import io.norma.onnx.proto.TensorProto;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Files whose numbers have 16 bits. */
final class NarrowNumbersTest {
  private static final int FP16 = TensorProto.DataType.FLOAT16_VALUE;
  private static final int BF16 = TensorProto.DataType.BFLOAT16_VALUE;

  private static TensorProto.Builder narrow(int type, int elements) {
    return TensorProto.newBuilder().setName("w").setDataType(type).addDims(elements);
  }

  private static OnnxBuilder sum(int type, TensorProto w) {
    return OnnxBuilder.operatorSet(22)
        .input(declaration("x", type, -1, 3))
        .initializer(w)
        .node("sum", "Add", List.of("x", "w"), List.of("y"))
        .output(declaration("y", type, -1, 3));
  }

  /** 1.5, −2, 65504: raw bytes are little-endian. */
  @Test
  void widensInitializersInRawBytes() {
    ByteString raw = ByteString.copyFrom(new byte[] {0, 0x3E, 0, (byte) 0xC0, (byte) 0xFF, 0x7B});

    Network network = sum(FP16, narrow(FP16, 3).setRawData(raw).build()).read().network();

    assertThat(Objects.requireNonNull(network.constants().get("w")).toFloatArray())
        .containsExactly(1.5f, -2, 65504);
  }

  @Test
  void widensInitializersOfWhichEachElementIsAnInteger() {
    TensorProto w =
        narrow(BF16, 3).addInt32Data(0x3FC0).addInt32Data(0xC000).addInt32Data(0x7F80).build();

    Network network = sum(BF16, w).read().network();

    assertThat(Objects.requireNonNull(network.constants().get("w")).toFloatArray())
        .containsExactly(1.5f, -2, Float.POSITIVE_INFINITY);
  }

  @Test
  void widensConstantNodes() {
    AttributeProto value =
        AttributeProto.newBuilder()
            .setName("value")
            .setType(AttributeProto.AttributeType.TENSOR)
            .setT(narrow(FP16, 1).addInt32Data(0x3E00))
            .build();
    Network network =
        OnnxBuilder.operatorSet(22)
            .input(declaration("x", FP16, -1, 3))
            .node("c", "Constant", List.of(), List.of("w"), value)
            .node("sum", "Add", List.of("x", "w"), List.of("y"))
            .output(declaration("y", FP16, -1, 3))
            .read()
            .network();

    assertThat(Objects.requireNonNull(network.constants().get("w")).toFloatArray())
        .containsExactly(1.5f);
  }

  @Test
  void tellsWhatTheFileDeclaresAndComputesInFp32() {
    ImportResult imported = sum(FP16, narrow(FP16, 1).addInt32Data(0).build()).read();

    assertThat(imported.network().inputs().getFirst().elementType()).isEqualTo(ElementType.FP16);
    assertThat(imported.network().inputs().getFirst().dataType()).isEqualTo(DataType.FP32);
    assertThat(imported.network().outputs().getFirst().elementType()).isEqualTo(ElementType.FP16);
    assertThat(imported.report().inputs().getFirst().dataType()).isEqualTo(ElementType.FP16);
  }

  @Test
  void refusesElementsThatAreNotAllThere() {
    TensorProto short2 = narrow(FP16, 3).addInt32Data(1).build();
    TensorProto odd = narrow(FP16, 3).setRawData(ByteString.copyFrom(new byte[5])).build();

    assertThatThrownBy(sum(FP16, short2)::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContainingAll("'w'", "needs 3 elements, but has 1");
    assertThatThrownBy(sum(FP16, odd)::read)
        .isInstanceOf(MalformedOnnxException.class)
        .hasMessageContainingAll("'w'", "5 bytes", "FP16");
  }

  /** Two bytes more for each element, of the whole heap, and given back when all is read. */
  @Test
  void reservesWhatWideningTakes() {
    ByteBuffer file =
        ByteBuffer.wrap(
            sum(FP16, narrow(FP16, 1000).setRawData(ByteString.copyFrom(new byte[2000])).build())
                .bytes());
    MemoryBudget enough = new MemoryBudget("heap", 2000);
    MemoryBudget small = new MemoryBudget("heap", 1999);

    OnnxImporter.read(file.duplicate(), "m", enough.part("folding", 0));

    assertThat(enough.reserved()).isZero();
    assertThatThrownBy(() -> OnnxImporter.read(file, "m", small.part("folding", 0)))
        .isInstanceOf(MemoryLimitException.class)
        .hasMessageContainingAll("'w'", "widened", "heap");
    assertThat(small.reserved()).isZero();
  }
}
