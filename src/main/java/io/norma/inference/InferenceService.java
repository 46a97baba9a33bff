package io.norma.inference;

import io.norma.admission.AdmissionSettings;
import io.norma.admission.ComputeSlots;
import io.norma.admission.ComputeThreads;
import io.norma.admission.Turn;
import io.norma.inference.NormalizationSelector.Comparison;
import io.norma.inference.NormalizationSelector.Guard;
import io.norma.inference.NormalizationSelector.Selection;
import io.norma.inference.batching.BatchRun;
import io.norma.inference.batching.Batcher;
import io.norma.kernel.tensor.LimitException;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ModelRepository;
import io.norma.models.ServedModel;
import io.norma.models.Warmup;
import io.norma.network.ExecutionObserver;
import io.norma.network.LayerException;
import io.norma.network.Normalization;
import io.norma.network.TensorMetadata;
import io.norma.network.run.Workspace;
import io.norma.serving.InferenceRequest;
import io.norma.serving.InferenceResponse;
import io.norma.serving.NamedTensor;
import io.norma.serving.Receipt;
import io.norma.serving.ServingException;
import io.norma.serving.TensorDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Answers inference requests: finds the model, checks the request, waits for a slot, computes. */
public final class InferenceService {
  private final ModelRepository repository;
  private final NormalizationSelector selector;
  private final ComputeSlots slots;
  private final ComputeThreads threads;
  private final Batcher batcher;
  private final RequestTurns turns;
  private final InferenceWatch watch;
  private final Warmup warmup;
  private final AdmissionSettings.Inference limits;
  private final InferenceObserver[] observers;
  private final Receipts receipts;
  private final AtomicInteger inFlight = new AtomicInteger();

  InferenceService(
      ModelRepository repository,
      NormalizationSelector selector,
      ComputeSlots slots,
      ComputeThreads threads,
      Batcher batcher,
      RequestTurns turns,
      InferenceWatch watch,
      Warmup warmup,
      AdmissionSettings.Inference limits,
      List<InferenceObserver> observers) {
    this.repository = repository;
    this.selector = selector;
    this.slots = slots;
    this.threads = threads;
    this.batcher = batcher;
    this.turns = turns;
    this.watch = watch;
    this.warmup = warmup;
    this.limits = limits;
    this.observers = observers.toArray(InferenceObserver[]::new);
    receipts = new Receipts(selector);
  }

  /**
   * Begins an inference, to which reading the request and writing the response belong: they are
   * measured with it, and not begun for a model that is not there.
   *
   * @param version {@code null} for the latest
   * @throws ServingException if there is no such model, or it is not ready
   */
  public InferenceCall begin(String name, @Nullable Long version) {
    return new InferenceCall(repository.get(name, version), inFlight, observers);
  }

  /**
   * Turns an inference away, before its body is read, that would be turned away after that.
   *
   * @throws ServingException if there is no such model, or it is not ready, or too many wait
   */
  public void requireAdmission(String name, @Nullable Long version) {
    ServedModel model = repository.get(name, version);
    try {
      slots.requirePlace();
    } catch (ServingException e) {
      throw new InferenceCall(model, inFlight, observers).failed(e);
    }
  }

  /**
   * Answers a request.
   *
   * @throws ServingException if it does not fit the model, or there is no slot for it
   * @throws LimitException if there is no memory for it
   */
  public InferenceResponse infer(InferenceCall call, InferenceRequest request) {
    ServedModel model = call.model();
    List<Tensor> inputs = RequestCheck.inputs(model, request, limits);
    RequestCheck.requireBatch(model, inputs);
    int @Nullable [] wanted = RequestCheck.outputs(model, request);
    boolean wantsReceipt = RequestCheck.wantsReceipt(request);
    Long seed = RequestCheck.seed(request);
    Turn turn = turns.of(request, model.config(), call.timer().start());
    Selection selected = selector.select(model, request);
    call.selected(used(selected, seed));
    call.checked(model.rows(inputs), selected.runningStatistics());
    // Before the run: running statistics may be deleted while it lasts.
    Receipt.Conditions conditions =
        wantsReceipt ? receipts.conditions(model, selected, used(selected, seed)) : null;
    Answered answered = answer(model, selected, inputs, seed, turn);
    Selection selection = answered.by();
    BatchRun run = answered.run();
    Map<String, Object> used = used(selection, seed);
    call.selected(used);
    if (conditions != null && !selection.equals(selected)) {
      conditions = receipts.conditions(model, selection, used);
    }
    call.ran(run);
    if (!model.isWarm()) {
      warmup.warmLater(model, inputs);
    }
    if (selection.isWatched()) {
      watch.offer(model, inputs, selection.normalization(), selection.watcher(), seed);
    }
    Comparison comparison = selection.comparison();
    if (comparison != null) {
      List<Tensor> compared = run.outputs();
      watch.offer(model, workspace -> comparison.compare(inputs, compared, seed, workspace));
    }
    List<NamedTensor> outputs = named(model, run.outputs(), wanted);
    return new InferenceResponse(
        model.name(),
        model.version(),
        request.id(),
        used,
        outputs,
        conditions == null ? null : receipt(conditions, model, inputs, outputs));
  }

  private static Receipt receipt(
      Receipt.Conditions conditions,
      ServedModel model,
      List<Tensor> inputs,
      List<NamedTensor> outputs) {
    return new Receipt(conditions, Receipts.inputs(model, inputs), TensorDigest.of(outputs));
  }

  /**
   * An inference that is looked at before it runs, if it does.
   *
   * @param inputs hash of what the network will read
   * @param outputs runs it, and gives the hash of what comes out
   */
  public record Trial(Receipt.Conditions conditions, String inputs, Supplier<String> outputs) {}

  /**
   * Prepares an inference that is none of a caller's: checked and bounded like one, but not counted
   * as one.
   *
   * @throws ServingException if the request does not fit the model
   */
  public Trial trial(ServedModel model, InferenceRequest request, Selection selection) {
    List<Tensor> inputs = RequestCheck.inputs(model, request, limits);
    int @Nullable [] wanted = RequestCheck.outputs(model, request);
    Map<String, Object> used = used(selection, RequestCheck.seed(request));
    return new Trial(
        receipts.conditions(model, selection, used),
        Receipts.inputs(model, inputs),
        () -> TensorDigest.of(named(model, run(model, request, selection), wanted)));
  }

  /**
   * Runs a request that is no inference, such as a batch of a calibration: checked and bounded like
   * one, but not counted as one.
   *
   * @return the outputs, in the order of the network's
   * @throws ServingException if the request does not fit the model
   */
  public List<Tensor> run(ServedModel model, InferenceRequest request, Selection selection) {
    List<Tensor> inputs = RequestCheck.inputs(model, request, limits);
    try (ServedModel.Use _ = model.use()) {
      return runAlone(model, selection, inputs, RequestCheck.seed(request), Turn.usual()).outputs();
    } catch (LayerException e) {
      throw refused(model, inputs, e);
    } catch (LimitException e) {
      throw InferenceCall.noMemory(model, e);
    }
  }

  private static Map<String, Object> used(Selection selection, @Nullable Long seed) {
    if (seed == null) {
      return selection.used();
    }
    Map<String, Object> used = new TreeMap<>(selection.used());
    used.put(RequestCheck.SEED, seed);
    return used;
  }

  /** What came of a request, and what it was answered by. */
  private record Answered(Selection by, BatchRun run) {}

  private Answered answer(
      ServedModel model, Selection selection, List<Tensor> inputs, @Nullable Long seed, Turn turn) {
    BatchRun run = run(model, selection, inputs, seed, turn);
    Guard guard = selection.guard();
    if (guard == null) {
      return new Answered(selection, run);
    }
    Selection other = guard.other();
    if (other == null) {
      var _ = guard.prefersOther(inputs, run.outputs(), null);
      return new Answered(selection, run);
    }
    BatchRun otherRun = run(model, other, inputs, seed, turn);
    return guard.prefersOther(inputs, run.outputs(), otherRun.outputs())
        ? new Answered(other, otherRun)
        : new Answered(selection, run);
  }

  private BatchRun run(
      ServedModel model, Selection selection, List<Tensor> inputs, @Nullable Long seed, Turn turn) {
    try (ServedModel.Use _ = model.use()) {
      boolean plain =
          seed == null
              && selection.plan().apply(model) == model.plan()
              && selection.observer().equals(ExecutionObserver.NONE);
      return plain && selection.normalization() instanceof Normalization.Frozen frozen
          ? batcher.run(model, inputs, frozen.rows(), turn)
          : runAlone(model, selection, inputs, seed, turn);
    } catch (LayerException e) {
      throw refused(model, inputs, e);
    }
  }

  /** Runs what must not meet others: its statistics are its own, or it is looked at. */
  private BatchRun runAlone(
      ServedModel model, Selection selection, List<Tensor> inputs, @Nullable Long seed, Turn turn) {
    return threads.run(
        turn,
        model.cost().expected(inputs),
        () -> {
          long begin = System.nanoTime();
          Workspace workspace = model.takeWorkspace();
          try {
            List<Tensor> outputs =
                selection
                    .plan()
                    .apply(model)
                    .run(inputs, selection.normalization(), workspace, selection.observer(), seed);
            return BatchRun.alone(outputs, model.rows(inputs), begin);
          } finally {
            model.giveBack(workspace);
          }
        });
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
      TensorMetadata output = declared.get(position);
      Tensor tensor = outputs.get(position);
      // What the file declares in 16 bits is answered in 16 bits.
      named.add(
          output.elementType().isNarrow()
              ? new NamedTensor(output.name(), tensor, output.elementType())
              : new NamedTensor(output.name(), tensor));
    }
    return named;
  }

  /** Inferences that have begun and not ended. */
  public int inFlight() {
    return inFlight.get();
  }

  /** Where they compute, or wait to. */
  public ComputeSlots slots() {
    return slots;
  }
}
