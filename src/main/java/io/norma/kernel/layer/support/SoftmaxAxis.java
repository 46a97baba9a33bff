package io.norma.kernel.layer.support;

import io.norma.kernel.tensor.Shape;

/**
 * Which elements a softmax, log-softmax or hardmax takes together.
 *
 * @param axis an axis of the input; a negative one counts from the end
 * @param flattens whether the axes from {@code axis} on are taken together, as operator sets before
 *     13 have it, instead of this one alone
 */
public record SoftmaxAxis(int axis, boolean flattens) {
  /** Takes a group of elements that stand {@code stride} apart. */
  @FunctionalInterface
  public interface GroupConsumer {
    void accept(int offset, int length, int stride);
  }

  public void forEachGroup(Shape x, GroupConsumer consumer) {
    forEachSlab(
        x,
        (offset, length, stride) -> {
          for (int i = 0; i < stride; i++) {
            consumer.accept(offset + i, length, stride);
          }
        });
  }

  /** As many groups side by side as their elements stand apart: what lies in one piece. */
  public void forEachSlab(Shape x, GroupConsumer consumer) {
    int from = flattens && axis == x.rank() ? axis : x.axis(axis);
    int to = flattens ? x.rank() : from + 1;
    int outer = x.size(0, from);
    int length = x.size(from, to);
    int inner = x.size(to, x.rank());
    for (int o = 0; o < outer; o++) {
      consumer.accept(o * length * inner, length, inner);
    }
  }
}
