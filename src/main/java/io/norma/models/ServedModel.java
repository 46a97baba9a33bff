package io.norma.models;

import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ResidentNetwork.Weights;
import io.norma.network.BoundStatistics;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.TensorMetadata;
import io.norma.network.compile.RowIndependence;
import io.norma.network.control.Subgraph;
import io.norma.network.run.ExecutionPlan;
import io.norma.network.run.Workspace;
import io.norma.onnx.ImportReport;
import io.norma.onnx.ImportResult;
import io.norma.onnx.ImportWarning;
import io.norma.serving.InferenceRequest;
import io.norma.serving.ModelConfig;
import io.norma.serving.NamedTensor;
import io.norma.serving.NetworkIdentity;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One version of a model, ready to answer. */
public final class ServedModel {
  /** Of a node, the step that it becomes, and their places in plans. */
  private static final long NODE_BYTES = 1 << 10;

  private final NetworkIdentity identity;
  private final ModelFile.Origin origin;
  private final List<VersionFile> files;
  private final ModelConfig config;
  private final WeightFormat weightFormat;
  private final @Nullable References references;
  private final Network network;
  private final ResidentNetwork weights;
  private final long residentBytes;
  private final long nodeBytes;
  private final boolean isApart;
  private final ImportMemory memory;
  private volatile ImportReport report;
  private final BoundStatistics defaultStatistics;
  private final Normalization defaultNormalization;
  private final WorkspacePool workspaces;
  private final AtomicBoolean warm = new AtomicBoolean();
  private final ComputeCost cost;

  ServedModel(
      NetworkIdentity identity,
      ModelFile.Origin origin,
      List<VersionFile> files,
      ModelConfig config,
      WeightFormat weightFormat,
      ImportResult imported,
      @Nullable References references,
      WorkspacePool workspaces,
      ImportMemory memory) {
    this.identity = identity;
    this.origin = origin;
    this.files = List.copyOf(files);
    this.workspaces = workspaces;
    this.config = config;
    this.weightFormat = weightFormat;
    this.references = references;
    this.memory = memory;
    ImportResult result = references == null ? imported : references.appliedTo(imported);
    network = withoutWeights(result.network());
    report = result.report();
    cost = new ComputeCost(result.network());
    isApart = RowIndependence.of(result.network());
    residentBytes = residentBytes(result.network());
    nodeBytes = NODE_BYTES * Subgraph.count(result.network().nodes());
    weights = new ResidentNetwork(new Weights(imported, result.network(), weightFormat));
    defaultStatistics = bind(network.runningStatistics());
    defaultNormalization = new Normalization.Frozen(defaultStatistics);
  }

  /** What it is, among all that were ever called like it. */
  public NetworkIdentity identity() {
    return identity;
  }

  public String name() {
    return identity.model();
  }

  public long version() {
    return identity.version();
  }

  public ModelFile.Origin origin() {
    return origin;
  }

  /** What it was loaded from: the model, and what it needed of the files beside it. */
  public List<VersionFile> files() {
    return files;
  }

  /** What its operator wrote about it. */
  public ModelConfig config() {
    return config;
  }

  /** How its plan for serving keeps the weights of dense layers. */
  public WeightFormat weightFormat() {
    return weightFormat;
  }

  /** What is left of a network while its weights are not in memory. */
  private static Network withoutWeights(Network whole) {
    return new Network(
        whole.name(),
        whole.inputs(),
        whole.outputs(),
        List.of(),
        Map.of(),
        whole.batchNormalizations(),
        whole.runningStatistics(),
        whole.varianceConvention());
  }

  /**
   * Keeps its weights in memory until it is closed.
   *
   * @throws io.norma.serving.ServingException.Unavailable if they are not there and cannot come
   *     back
   */
  public Use use() {
    weights.enter();
    return new Use(weights);
  }

  /** The same, if its weights are in memory now. */
  public @Nullable Use useIfResident() {
    return weights.tryEnter() ? new Use(weights) : null;
  }

  /** That somebody uses the weights of a model, who is one thread. */
  public static final class Use implements AutoCloseable {
    private final ResidentNetwork used;

    private Use(ResidentNetwork used) {
      this.used = used;
    }

    @Override
    public void close() {
      used.leave();
    }
  }

  /** Whether its weights are in memory. */
  public boolean isResident() {
    return weights.isResident();
  }

  /** Why its weights could not come back when they were last wanted, if they could not. */
  public @Nullable String failure() {
    return weights.failure();
  }

  ResidentNetwork weights() {
    return weights;
  }

  /** What its weights take of the heap. */
  ImportMemory reserved() {
    return memory;
  }

  /** The weights of its files once more, with what stands in for what they lost. */
  Weights weightsOf(ImportResult again) {
    ImportResult result = references == null ? again : references.appliedTo(again);
    return new Weights(again, result.network(), weightFormat);
  }

  /** Frees the workspaces that its runs left. */
  void freeWorkspaces() {
    workspaces.free(this);
  }

  /** What its files are, without what stands in for what they lost; in {@link #use}. */
  public ImportResult imported() {
    return weights.with(Weights::imported);
  }

  /** Its layers with their weights; in {@link #use}. */
  public Network networkWithWeights() {
    return weights.with(Weights::network);
  }

  /** Whether any stand in for batch normalizations that were folded away. */
  public boolean hasReferences() {
    return references != null;
  }

  /** How many batches its virtual batch normalizations are made of; 0 if it has none. */
  long referenceBatches() {
    return references == null ? 0 : references.batches();
  }

  /** The same network with virtual batch normalizations by these references, or without any. */
  ServedModel with(@Nullable References others, ImportMemory itsMemory) {
    return new ServedModel(
        identity, origin, files, config, weightFormat, imported(), others, workspaces, itsMemory);
  }

  /** What it declares, without layers and weights: they are not always there. */
  public Network network() {
    return network;
  }

  public ImportReport report() {
    return report;
  }

  /** Rows of a request: extent of the batch axis of its inputs, 1 if they have none. */
  public int rows(InferenceRequest request) {
    for (NamedTensor input : request.inputs()) {
      for (TensorMetadata declared : network.inputs()) {
        if (declared.name().equals(input.name()) && declared.hasDynamicBatch()) {
          return input.tensor().shape().dimension(0);
        }
      }
    }
    return 1;
  }

  /** Rows of a run: the same of inputs in the network's order. */
  public int rows(List<Tensor> inputs) {
    for (int i = 0; i < inputs.size(); i++) {
      if (network.inputs().get(i).hasDynamicBatch()) {
        return inputs.get(i).shape().dimension(0);
      }
    }
    return 1;
  }

  /** The fastest plan, for frozen running statistics; in {@link #use}. */
  public ExecutionPlan plan() {
    return weights.with(Weights::plan);
  }

  /**
   * The plan that shows the values before each batch normalization, compiled when first needed; in
   * {@link #use}.
   */
  public ExecutionPlan observationPlan() {
    return weights.with(Weights::observationPlan);
  }

  /**
   * Makes running statistics ready for runs of its plans; they stay so while its weights are gone.
   *
   * @throws IllegalArgumentException if a layer is missing or has another number of channels
   */
  public BoundStatistics bind(RunningStatistics statistics) {
    return new BoundStatistics(network.batchNormalizations(), statistics);
  }

  /** Whether each row of its outputs depends on the same row of its inputs alone. */
  public boolean keepsRowsApart() {
    return isApart;
  }

  /** The running statistics that came with the file. */
  public BoundStatistics defaultStatistics() {
    return defaultStatistics;
  }

  /** Frozen, by the running statistics that came with the file. */
  Normalization defaultNormalization() {
    return defaultNormalization;
  }

  /** What its runs take. */
  public ComputeCost cost() {
    return cost;
  }

  /** Adds what its owner should know to the report. */
  void warn(ImportWarning warning) {
    report = report.with(warning);
  }

  /** Notes that it was warmed when it was loaded. */
  void warmed() {
    warm.set(true);
  }

  /** Whether the caller is the first to warm it. */
  boolean beginWarming() {
    return warm.compareAndSet(false, true);
  }

  /** Leaves the warming to another request. */
  void breakOffWarming() {
    warm.set(false);
  }

  /** Whether it was warmed, or is being warmed. */
  public boolean isWarm() {
    return warm.get();
  }

  /** The memory that runs share. */
  public MemoryBudget memory() {
    return workspaces.budget();
  }

  /**
   * Makes sure that so much could be had for a run.
   *
   * @throws io.norma.kernel.tensor.MemoryLimitException if not
   */
  void requireSpace(long bytes) {
    workspaces.budget().reserve(bytes, 0);
    workspaces.budget().release(bytes);
  }

  /** A workspace for one run, to be given back. */
  public Workspace takeWorkspace() {
    return workspaces.take(this);
  }

  public void giveBack(Workspace workspace) {
    workspaces.giveBack(this, workspace);
  }

  /** Bytes of constants, and of weights packed for the plan: what it takes while it is served. */
  long residentBytes() {
    return residentBytes;
  }

  /** The same, with its nodes: what it takes of the heap. */
  long heapBytes() {
    return residentBytes + nodeBytes;
  }

  static long residentBytes(Network network) {
    return 2
        * network.constants().values().stream()
            .mapToLong(tensor -> (long) tensor.size() * tensor.dataType().bytes())
            .sum();
  }
}
