package io.norma.serving;

import io.norma.model.BoundStatistics;
import io.norma.model.ExecutionPlan;
import io.norma.model.Network;
import io.norma.model.Normalization;
import io.norma.model.TensorMetadata;
import io.norma.model.Workspace;
import io.norma.onnx.ImportReport;
import io.norma.onnx.ImportResult;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** One version of a model, ready to answer. */
public final class ServedModel {
  /** Workspaces beyond this size are not kept for the next run. */
  private static final long LARGEST_WORKSPACE_KEPT = 256L << 20;

  private final String name;
  private final long version;
  private final ModelFile.Origin origin;
  private final String sha256;
  private final Network network;
  private final ImportReport report;
  private final ExecutionPlan plan;
  private final BoundStatistics defaultStatistics;
  private final Normalization defaultNormalization;
  private final ConcurrentLinkedQueue<Workspace> workspaces = new ConcurrentLinkedQueue<>();
  private final Object observationLock = new Object();
  private volatile @Nullable ExecutionPlan observationPlan;

  /**
   * @param sha256 of the file, in hexadecimal
   */
  ServedModel(
      String name, long version, ModelFile.Origin origin, String sha256, ImportResult imported) {
    this.name = name;
    this.version = version;
    this.origin = origin;
    this.sha256 = sha256;
    network = imported.network();
    report = imported.report();
    plan = ExecutionPlan.compile(network);
    defaultStatistics = plan.bind(network.runningStatistics());
    defaultNormalization = new Normalization.Frozen(defaultStatistics);
  }

  public String name() {
    return name;
  }

  public long version() {
    return version;
  }

  public ModelFile.Origin origin() {
    return origin;
  }

  /** Checksum of the file, in hexadecimal. */
  public String sha256() {
    return sha256;
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

  /** A workspace for one run, to be given back. */
  Workspace takeWorkspace() {
    Workspace workspace = workspaces.poll();
    return workspace == null ? new Workspace() : workspace;
  }

  void giveBack(Workspace workspace) {
    if (workspace.bytes() <= LARGEST_WORKSPACE_KEPT) {
      workspaces.offer(workspace);
    }
  }
}
