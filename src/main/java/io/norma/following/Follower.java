package io.norma.following;

import io.norma.inference.ClassScores;
import io.norma.inference.NormalizationSelector.Guard;
import io.norma.inference.NormalizationSelector.Selection;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ServedModel;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One traffic class of one network. It gathers rows until they are enough for a revision, and holds
 * each request's answer by the class's set against that without it: its own is given where it is
 * the surer one, here and over the last rows. Where it mostly isn't, the set fits no more.
 */
final class Follower {
  /** Rows that the mean advantage remembers, so to speak: each new one counts for so much less. */
  private static final double REMEMBERED = 16;

  private final String trafficClass;
  private final FollowingSettings settings;
  private final Consumer<Work> todo;
  private final boolean[] recent;
  private RowBuffer buffer;
  private double advantage;
  private int recentRows;
  private int next;
  private long byFollowed;
  private long bySource;

  /** Something that takes longer than a request may wait. */
  sealed interface Work {}

  /** A revision is to be made of rows. */
  record Rows(Follower follower, RowBuffer rows) implements Work {}

  /** The class's set fits no more. */
  record Alarm(Follower follower, String why) implements Work {}

  /** There is nothing to do any more. */
  record End() implements Work {}

  /**
   * Of a class.
   *
   * @param todo takes what there is to do, or leaves it, and returns at once
   */
  Follower(
      String trafficClass, ServedModel model, FollowingSettings settings, Consumer<Work> todo) {
    this.trafficClass = trafficClass;
    this.settings = settings;
    this.todo = todo;
    recent = new boolean[settings.alarmRows()];
    buffer = new RowBuffer(model.network().inputs(), settings.rows());
  }

  String trafficClass() {
    return trafficClass;
  }

  /**
   * A guard for one request.
   *
   * @param other what it would get without a set of the class's own; {@code null} if it has none
   */
  Guard guard(ServedModel model, @Nullable Selection other) {
    return new Guard() {
      @Override
      public @Nullable Selection other() {
        return other;
      }

      @Override
      public boolean prefersOther(
          List<Tensor> inputs, List<Tensor> outputs, @Nullable List<Tensor> others) {
        return answered(model, inputs, outputs, others);
      }
    };
  }

  private boolean answered(
      ServedModel model, List<Tensor> inputs, List<Tensor> outputs, @Nullable List<Tensor> others) {
    int rows = model.rows(inputs);
    ClassScores scores = ClassScores.of(outputs, rows);
    ClassScores otherScores = others == null ? null : ClassScores.of(others, rows);
    if (scores == null) {
      return false;
    }
    Boolean other =
        otherScores == null ? null : isLessSure(confidence(scores) - confidence(otherScores), rows);
    note(model, inputs, rows, other);
    return Boolean.TRUE.equals(other);
  }

  private static double confidence(ClassScores scores) {
    return Arrays.stream(scores.confidences()).average().orElse(0);
  }

  /**
   * Whether a request is answered less surely by the class's set, or the last ones were in the
   * mean: a set that fits no more is sure of some rows all the same.
   */
  private synchronized boolean isLessSure(double difference, int rows) {
    advantage += (1 - Math.pow(1 - 1 / REMEMBERED, rows)) * (difference - advantage);
    return difference < 0 || advantage < 0;
  }

  private synchronized void note(
      ServedModel model, List<Tensor> inputs, int rows, @Nullable Boolean other) {
    if (other == null || other) {
      bySource += rows;
    } else {
      byFollowed += rows;
    }
    if (other != null) {
      watch(rows, other);
    }
    buffer.add(inputs, rows);
    if (buffer.isFull()) {
      todo.accept(new Rows(this, buffer));
      buffer = new RowBuffer(model.network().inputs(), settings.rows());
    }
  }

  private void watch(int rows, boolean other) {
    for (int i = 0; i < Math.min(rows, recent.length); i++) {
      recent[next] = other;
      next = (next + 1) % recent.length;
      recentRows = Math.min(recentRows + 1, recent.length);
    }
    int others = 0;
    for (boolean one : recent) {
      others += one ? 1 : 0;
    }
    if (recentRows == recent.length && 2 * others > recent.length) {
      todo.accept(
          new Alarm(
              this,
              "of the last %d rows %d were answered more surely without it"
                  .formatted(recent.length, others)));
      forgetRecent();
    }
  }

  /** After another revision has come: what is known of the one before says nothing of it. */
  synchronized void forgetRecent() {
    advantage = 0;
    Arrays.fill(recent, false);
    recentRows = 0;
    next = 0;
  }

  /** Counts of rows since the process began. */
  record Counts(int gathered, long byFollowed, long bySource) {}

  synchronized Counts counts() {
    return new Counts(buffer.rows(), byFollowed, bySource);
  }
}
