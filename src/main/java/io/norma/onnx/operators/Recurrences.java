package io.norma.onnx.operators;

import io.norma.kernel.layer.support.GateActivation;
import io.norma.kernel.layer.support.GateActivation.Function;
import io.norma.kernel.layer.support.Recurrence;
import io.norma.kernel.layer.support.Recurrence.Direction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the attributes that ONNX's recurrent operators share. */
final class Recurrences {
  private Recurrences() {}

  /**
   * @param defaults the activations of one direction where the node names none
   */
  static Recurrence recurrence(Attributes attributes, String... defaults) {
    Direction direction = attributes.constant("direction", Direction.FORWARD);
    return new Recurrence(
        direction,
        attributes.flag("layout", false),
        attributes.integer("hidden_size", 0),
        activations(attributes, direction == Direction.BIDIRECTIONAL ? 2 : 1, defaults),
        attributes.has("clip") ? attributes.real("clip", 0) : Double.POSITIVE_INFINITY);
  }

  private static List<GateActivation> activations(
      Attributes attributes, int directions, String[] defaults) {
    String[] names = attributes.strings("activations");
    Parameters alphas = new Parameters("activation_alpha", attributes.reals("activation_alpha"));
    Parameters betas = new Parameters("activation_beta", attributes.reals("activation_beta"));
    List<GateActivation> activations = new ArrayList<>();
    int count = names == null ? defaults.length * directions : names.length;
    for (int i = 0; i < count; i++) {
      String name = names == null ? defaults[i % defaults.length] : names[i];
      activations.add(activation(name, alphas, betas));
    }
    return activations;
  }

  private static GateActivation activation(String name, Parameters alphas, Parameters betas) {
    Function function = Attributes.constant("activations", name, Function.values());
    return switch (function) {
      case RELU, TANH, SIGMOID, SOFTSIGN, SOFTPLUS -> GateActivation.of(function);
      case LEAKYRELU -> new GateActivation(function, alphas.next(0.01f), 0);
      case THRESHOLDEDRELU, ELU -> new GateActivation(function, alphas.next(1f), 0);
      case HARDSIGMOID -> new GateActivation(function, alphas.next(0.2f), betas.next(0.5f));
      case AFFINE -> new GateActivation(function, alphas.next(1f), betas.next(0f));
      case SCALEDTANH -> new GateActivation(function, alphas.next(null), betas.next(null));
    };
  }

  /** The values of a list, each taken by the next activation that has such a parameter. */
  private static final class Parameters {
    private final String name;
    private final float @Nullable [] values;
    private int taken;

    Parameters(String name, float @Nullable [] values) {
      this.name = name;
      this.values = values;
    }

    float next(@Nullable Float otherwise) {
      if (values != null && taken < values.length) {
        return values[taken++];
      }
      if (otherwise == null) {
        throw new IllegalArgumentException(
            "attribute '" + name + "' has no value for an activation that needs one");
      }
      return otherwise;
    }
  }
}
