package io.norma.normalization.web;

import io.norma.http.codec.Fields;
import io.norma.http.codec.RequestMemory;
import io.norma.kernel.tensor.Shape;
import io.norma.kernel.tensor.Tensor;
import io.norma.normalization.BatchRequest;
import io.norma.normalization.Condition;
import io.norma.normalization.Convention;
import io.norma.normalization.Conventions;
import io.norma.normalization.Renormalization;
import io.norma.normalization.RunningUpdate;
import io.norma.serving.ServingException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Reads batch normalizations. */
final class BatchFields {
  private BatchFields() {}

  static BatchRequest read(Fields fields) {
    String mode = fields.choice("mode", "training", "inference");
    if (mode == null) {
      throw fields.missing("mode");
    }
    Conventions conventions = conventions(fields, mode.equals("training"));
    int[] labels = fields.integers("condition");
    Tensor gammaTable = fields.numbers("gamma_table");
    Tensor betaTable = fields.numbers("beta_table");
    if (labels == null && (gammaTable != null || betaTable != null)) {
      throw fields.invalid("condition", "is missing: tables need the rows' labels");
    }
    Shape shape = fields.tensor("input").shape();
    int axis = conventions.channelAxis();
    if (axis >= -shape.rank() && axis < shape.rank()) {
      RequestMemory.current().takeChannels(shape.dimension(axis));
    }
    Long ghostBatchSize = fields.integer("ghost_batch_size", 1, Integer.MAX_VALUE);
    return new BatchRequest(
        fields.tensor("input"),
        conventions,
        fields.numbers("gamma"),
        fields.numbers("beta"),
        fields.numbers("running_mean"),
        fields.numbers("running_variance"),
        labels == null ? null : new Condition(labels, gammaTable, betaTable),
        renormalization(fields),
        ghostBatchSize == null ? 0 : Math.toIntExact(ghostBatchSize),
        fields.truths("row_mask"));
  }

  static Conventions conventions(Fields fields, boolean training) {
    Convention convention = convention(fields);
    return new Conventions(
        training,
        fields.integer("channel_axis", convention.channelAxis()),
        fields.number("epsilon", convention.epsilon()),
        update(fields, convention),
        fields.choice("variance_convention", convention.variance()));
  }

  static Convention convention(Fields fields) {
    return fields.choice("convention", Convention.PYTORCH);
  }

  private static RunningUpdate update(Fields fields, Convention convention) {
    Fields cumulative = fields.object("cumulative");
    double weight = weight(fields, convention, cumulative != null);
    if (cumulative == null) {
      return new RunningUpdate.Momentum(weight);
    }
    RunningUpdate update = new RunningUpdate.Cumulative(cumulative.integer("batches"));
    cumulative.requireNothingElse();
    return update;
  }

  private static double weight(Fields fields, Convention convention, boolean cumulative) {
    return weight(
        fields.has("momentum") ? (Double) fields.number("momentum") : null,
        fields.has("decay") ? (Double) fields.number("decay") : null,
        cumulative,
        convention,
        fields::invalid);
  }

  /** The weight of the new batch: momentum, or what the decay leaves. */
  static double weight(
      @Nullable Double momentum,
      @Nullable Double decay,
      boolean cumulative,
      Convention convention,
      BiFunction<String, String, ServingException> invalid) {
    if ((momentum != null && decay != null)
        || (cumulative && (momentum != null || decay != null))) {
      throw invalid.apply(
          momentum != null ? "momentum" : "decay",
          "is one too many: give one of 'momentum' (weight of the new batch), 'decay' (weight of"
              + " the old value) and 'cumulative'");
    }
    if (decay == null) {
      return momentum == null ? convention.momentum() : momentum;
    }
    if (!(decay >= 0 && decay <= 1)) {
      throw invalid.apply("decay", "must lie in [0, 1], but is " + decay);
    }
    return 1 - decay;
  }

  private static @Nullable Renormalization renormalization(Fields fields) {
    Fields clips = fields.object("renormalization");
    if (clips == null) {
      return null;
    }
    Renormalization renormalization =
        new Renormalization(clips.number("r_max"), clips.number("d_max"));
    clips.requireNothingElse();
    return renormalization;
  }
}
