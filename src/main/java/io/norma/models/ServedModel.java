package io.norma.models;

import io.norma.kernel.tensor.MemoryBudget;
import io.norma.kernel.tensor.Tensor;
import io.norma.network.BoundStatistics;
import io.norma.network.Network;
import io.norma.network.Normalization;
import io.norma.network.TensorMetadata;
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
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One version of a model, ready to answer. */
public final class ServedModel {
  private final NetworkIdentity identity;
  private final ModelFile.Origin origin;
  private final List<VersionFile> files;
  private final ModelConfig config;
  private final ImportResult imported;
  private final @Nullable References references;
  private final Network network;
  private volatile ImportReport report;
  private final ExecutionPlan plan;
  private final BoundStatistics defaultStatistics;
  private final Normalization defaultNormalization;
  private final WorkspacePool workspaces;
  private final Object observationLock = new Object();
  private volatile @Nullable ExecutionPlan observationPlan;
  private final AtomicBoolean warm = new AtomicBoolean();
  private final ComputeCost cost;

  ServedModel(
      NetworkIdentity identity,
      ModelFile.Origin origin,
      List<VersionFile> files,
      ModelConfig config,
      ImportResult imported,
      @Nullable References references,
      WorkspacePool workspaces) {
    this.identity = identity;
    this.origin = origin;
    this.files = List.copyOf(files);
    this.workspaces = workspaces;
    this.config = config;
    this.imported = imported;
    this.references = references;
    ImportResult result = references == null ? imported : references.appliedTo(imported);
    network = result.network();
    report = result.report();
    cost = new ComputeCost(network);
    plan = ExecutionPlan.compile(network);
    defaultStatistics = plan.bind(network.runningStatistics());
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

  /** What its files are, without what stands in for what they lost. */
  public ImportResult imported() {
    return imported;
  }

  /** How many batches its virtual batch normalizations are made of; 0 if it has none. */
  long referenceBatches() {
    return references == null ? 0 : references.batches();
  }

  /** The same network with virtual batch normalizations by these references, or without any. */
  ServedModel with(@Nullable References others) {
    return new ServedModel(identity, origin, files, config, imported, others, workspaces);
  }

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

  /** The fastest plan, for frozen running statistics. */
  public ExecutionPlan plan() {
    return plan;
  }

  /** The plan that shows the values before each batch normalization; compiled when first needed. */
  public ExecutionPlan observationPlan() {
    ExecutionPlan compiled = observationPlan;
    if (compiled == null) {
      synchronized (observationLock) {
        compiled = observationPlan;
        if (compiled == null) {
          compiled = ExecutionPlan.compileForObservation(network);
          observationPlan = compiled;
        }
      }
    }
    return compiled;
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
    return residentBytes(network);
  }

  static long residentBytes(Network network) {
    return 2
        * network.constants().values().stream()
            .mapToLong(tensor -> (long) tensor.size() * tensor.dataType().bytes())
            .sum();
  }
}
