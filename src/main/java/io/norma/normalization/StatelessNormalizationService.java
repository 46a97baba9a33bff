package io.norma.normalization;

import io.norma.admission.ComputeThreads;
import io.norma.admission.Turn;
import io.norma.kernel.layer.Inputs;
import io.norma.kernel.normalization.SampleNormalization;
import io.norma.kernel.normalization.SampleNormalizationGradient;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.tensor.Memory;
import io.norma.kernel.tensor.Tensor;
import io.norma.normalization.NormalizationObserver.Normalization;
import io.norma.normalization.NormalizationObserver.Outcome;
import io.norma.serving.ServingException;
import java.util.List;
import java.util.function.Supplier;

/** Normalizes what a request brings, and computes gradients; keeps nothing. */
public final class StatelessNormalizationService {
  /** About what an element takes. */
  private static final long NANOS_PER_ELEMENT = 2;

  private final ComputeThreads threads;
  private final NormalizationObserver[] observers;

  StatelessNormalizationService(ComputeThreads threads, List<NormalizationObserver> observers) {
    this.threads = threads;
    this.observers = observers.toArray(NormalizationObserver[]::new);
  }

  /** What is measured of one request while it goes on. */
  public static final class Call {
    private final String kind;
    private final long start = System.nanoTime();
    private String mode = "none";
    private long rows;
    private long elements;
    private long compute;

    private Call(String kind) {
      this.kind = kind;
    }

    void of(Tensor input) {
      rows += input.shape().dimension(0);
      elements += input.size();
    }

    /** Says in which mode the request is. */
    public void mode(boolean training) {
      mode = training ? "training" : "inference";
    }
  }

  /** Work that is part of a request: reading, computing, writing. */
  @FunctionalInterface
  public interface Work<T, E extends Exception> {
    /** Does it. */
    T run(Call call) throws E;
  }

  /**
   * Does a request's work, and lets the observers know how it ended.
   *
   * @throws ServingException if there is no answer
   */
  public <T, E extends Exception> T observe(String kind, Work<T, E> work) throws E {
    Call call = new Call(kind);
    Outcome outcome = Outcome.FAILED;
    try {
      T result = work.run(call);
      outcome = Outcome.SUCCESS;
      return result;
    } catch (ServingException e) {
      outcome =
          switch (e) {
            case ServingException.Overloaded overloaded -> Outcome.REJECTED;
            case ServingException.Expired expired -> Outcome.REJECTED;
            case ServingException.Unavailable unavailable -> Outcome.FAILED;
            default -> Outcome.INVALID;
          };
      throw e;
    } catch (OutOfMemoryError e) {
      throw new ServingException.Unavailable(
          "not enough memory for this request; send fewer rows at a time, or give the service more",
          e);
    } finally {
      Normalization ended =
          new Normalization(
              call.kind,
              call.mode,
              outcome,
              call.rows,
              call.elements,
              call.compute,
              System.nanoTime() - call.start);
      for (NormalizationObserver observer : observers) {
        observer.ended(ended);
      }
    }
  }

  /** Normalizes a batch, whose input the output may overwrite. */
  public BatchResult normalize(BatchRequest request, Call call) {
    call.of(request.input());
    call.mode(request.conventions().training());
    return compute(call, () -> BatchComputation.normalize(request));
  }

  /** Computes the gradients of a batch normalization. */
  public GradientResult gradient(BatchRequest request, Tensor outputGradient, Call call) {
    call.of(request.input());
    call.mode(request.conventions().training());
    return compute(call, () -> BatchComputation.gradient(request, outputGradient));
  }

  /** Moments of a part of a batch. */
  public ChannelMoments moments(MomentsRequest request, Tensor rows, Call call) {
    call.of(rows);
    call.mode(true);
    return compute(call, () -> request.moments(rows));
  }

  /** Normalizes each row by itself. */
  public SampleResult normalize(SampleRequest request, Call call) {
    call.of(request.input());
    List<Tensor> outputs =
        compute(
            call,
            () ->
                new SampleNormalization(request.groups(), request.epsilon(), request.channelAxis())
                    .forward(
                        Inputs.of(request.rows(), request.gamma(), request.beta()), Memory.heap()));
    return new SampleResult(
        outputs.get(0).reshape(request.input().shape()), outputs.get(1), outputs.get(2));
  }

  /** Computes the gradients of a normalization of each row by itself. */
  public GradientResult gradient(SampleRequest request, Tensor outputGradient, Call call) {
    call.of(request.input());
    Tensor input = request.input();
    Checks.requireGradient(outputGradient, input);
    List<Tensor> outputs =
        compute(
            call,
            () ->
                new SampleNormalizationGradient(
                        request.groups(), request.epsilon(), request.channelAxis())
                    .forward(
                        Inputs.of(
                            outputGradient.reshape(request.rows().shape()),
                            request.rows(),
                            request.gamma()),
                        Memory.heap()));
    return new GradientResult(
        outputs.get(0).reshape(input.shape()), outputs.get(1), outputs.get(2), false);
  }

  <T> T compute(Call call, Supplier<T> computation) {
    return threads.run(
        Turn.usual(),
        call.elements * NANOS_PER_ELEMENT,
        () -> {
          long begin = System.nanoTime();
          try {
            return computation.get();
          } catch (IllegalArgumentException e) {
            throw new ServingException.InvalidField("input", "'input': " + e.getMessage());
          } finally {
            call.compute += System.nanoTime() - begin;
          }
        });
  }
}
