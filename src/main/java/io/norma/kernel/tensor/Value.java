package io.norma.kernel.tensor;

import java.util.List;

/** What passes from one layer to the next: a tensor, or a sequence of them. */
public sealed interface Value permits Tensor, TensorSequence {
  /** The tensors that it consists of. */
  List<Tensor> tensors();
}
