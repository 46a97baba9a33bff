package io.norma.inference;

import io.norma.admission.ComputeSlots;
import io.norma.inference.InferenceObserver.Inference;
import io.norma.inference.InferenceObserver.Outcome;
import io.norma.inference.NormalizationSelector.Selection;
import io.norma.kernel.tensor.MemoryLimitException;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.models.Warmup;
import io.norma.network.LayerException;
import io.norma.network.TensorMetadata;
import io.norma.network.run.Workspace;
import io.norma.serving.InferenceRequest;
import io.norma.serving.InferenceResponse;
import io.norma.serving.NamedTensor;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Answers inference requests: finds the model, checks the request, waits for a slot, computes. */
public final class InferenceService {
  private final ModelRepository repository;
  private final NormalizationSelector selector;
  private final ComputeSlots slots;
  private final InferenceWatch watch;
  private final Warmup warmup;
  private final int maxBatchSize;
  private final InferenceObserver[] observers;
  private final AtomicInteger inFlight = new AtomicInteger();

  InferenceService(
      ModelRepository repository,
      NormalizationSelector selector,
      ComputeSlots slots,
      InferenceWatch watch,
      Warmup warmup,
      int maxBatchSize,
      List<InferenceObserver> observers) {
    this.repository = repository;
    this.selector = selector;
    this.slots = slots;
    this.watch = watch;
    this.warmup = warmup;
    this.maxBatchSize = maxBatchSize;
    this.observers = observers.toArray(InferenceObserver[]::new);
  }

  /**
   * Answers one request. Reading and writing it are part of the inference, so that they are
   * measured with it and not begun for a model that is not there.
   *
   * @param version {@code null} for the latest
   * @param read gives the request
   * @param write turns the response into what the caller needs
   * @throws ServingException if there is no answer
   */
  public <T> T infer(
      String name,
      @Nullable Long version,
      Supplier<InferenceRequest> read,
      Function<InferenceResponse, T> write) {
    ServedModel model = repository.get(name, version);
    Course course = new Course(model);
    inFlight.incrementAndGet();
    try {
      InferenceRequest request = read.get();
      List<Tensor> inputs = RequestCheck.inputs(model, request, maxBatchSize);
      int @Nullable [] wanted = RequestCheck.outputs(model, request);
      Selection selection = selector.select(model, request);
      course.rows = model.rows(request);
      course.read();
      List<Tensor> outputs = compute(model, selection, inputs, course);
      if (selection.isWatched()) {
        watch.offer(model, inputs, selection.normalization(), selection.watcher());
      }
      T written =
          write.apply(
              new InferenceResponse(
                  model.name(),
                  model.version(),
                  request.id(),
                  selection.used(),
                  named(model, outputs, wanted)));
      course.end(Outcome.SUCCESS);
      return written;
    } catch (ServingException e) {
      course.end(outcome(e));
      throw e;
    } catch (MemoryLimitException e) {
      course.end(e.neverFits() ? Outcome.INVALID : Outcome.REJECTED);
      throw noMemory(model, e);
    } catch (RuntimeException | Error e) {
      course.end(Outcome.FAILED);
      throw e;
    } finally {
      inFlight.decrementAndGet();
    }
  }

  /**
   * Runs a request that is no inference, such as a batch of a calibration: checked and bounded like
   * one, but not counted as one.
   *
   * @return the outputs, in the order of the network's
   * @throws ServingException if the request does not fit the model
   */
  public List<Tensor> run(ServedModel model, InferenceRequest request, Selection selection) {
    List<Tensor> inputs = RequestCheck.inputs(model, request, maxBatchSize);
    try {
      return compute(model, selection, inputs, new Course(model));
    } catch (MemoryLimitException e) {
      throw noMemory(model, e);
    }
  }

  private static ServingException noMemory(ServedModel model, MemoryLimitException e) {
    return ServingException.of(
        e.of("model '%s' cannot compute this request: ".formatted(model.name())));
  }

  private List<Tensor> compute(
      ServedModel model, Selection selection, List<Tensor> inputs, Course course) {
    slots.enter();
    try {
      course.leftQueue();
      Workspace workspace = model.takeWorkspace();
      try {
        List<Tensor> outputs =
            selection
                .plan()
                .run(inputs, selection.normalization(), workspace, selection.observer());
        course.computed();
        if (!model.isWarm()) {
          warmup.warmLater(model, inputs);
        }
        return outputs;
      } catch (LayerException e) {
        throw refused(model, inputs, e);
      } finally {
        model.giveBack(workspace);
      }
    } finally {
      slots.leave();
    }
  }

  /**
   * A layer speaks of what the inputs became on their way to it: the caller knows what they were.
   */
  private static ServingException refused(
      ServedModel model, List<Tensor> inputs, LayerException e) {
    List<TensorMetadata> declared = model.network().inputs();
    String given =
        IntStream.range(0, inputs.size())
            .mapToObj(
                i -> "'%s' of shape %s".formatted(declared.get(i).name(), inputs.get(i).shape()))
            .collect(Collectors.joining(", "));
    return new ServingException.Invalid(
        "model '%s' cannot compute this request: %s; its inputs are %s"
            .formatted(model.name(), e.getMessage(), given.isEmpty() ? "none" : given),
        e);
  }

  private static List<NamedTensor> named(
      ServedModel model, List<Tensor> outputs, int @Nullable [] wanted) {
    List<TensorMetadata> declared = model.network().outputs();
    int count = wanted == null ? outputs.size() : wanted.length;
    List<NamedTensor> named = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int position = wanted == null ? i : wanted[i];
      named.add(new NamedTensor(declared.get(position).name(), outputs.get(position)));
    }
    return named;
  }

  private static Outcome outcome(ServingException e) {
    return switch (e) {
      case ServingException.Overloaded overloaded -> Outcome.REJECTED;
      case ServingException.Unavailable unavailable -> Outcome.FAILED;
      default -> Outcome.INVALID;
    };
  }

  /** Inferences that have begun and not ended. */
  public int inFlight() {
    return inFlight.get();
  }

  /** Where they compute, or wait to. */
  public ComputeSlots slots() {
    return slots;
  }

  /** The clock of one inference. */
  private final class Course {
    private final ServedModel model;
    private final long start = System.nanoTime();
    private int rows;
    private long last = start;
    private long input;
    private long queue;
    private long compute;

    private Course(ServedModel model) {
      this.model = model;
    }

    void read() {
      input = lap();
    }

    void leftQueue() {
      queue = lap();
    }

    void computed() {
      compute = lap();
    }

    private long lap() {
      long now = System.nanoTime();
      long lap = now - last;
      last = now;
      return lap;
    }

    void end(Outcome outcome) {
      long output = outcome == Outcome.SUCCESS ? lap() : 0;
      Inference inference =
          new Inference(
              model.identity(),
              outcome,
              rows,
              input,
              queue,
              compute,
              output,
              System.nanoTime() - start);
      for (InferenceObserver observer : observers) {
        observer.ended(inference);
      }
    }
  }
}
