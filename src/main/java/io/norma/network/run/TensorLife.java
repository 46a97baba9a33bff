package io.norma.network.run;

/** A tensor's size, and the steps from the one that asks for it to the last one that reads it. */
final class TensorLife {
  final int size;
  final int first;
  int last;

  /** What it is laid out with, and where in there. */
  TensorGroup group;

  int place;

  TensorLife(int size, int step) {
    this.size = size;
    first = step;
    last = step;
    group = new TensorGroup(this);
  }
}
