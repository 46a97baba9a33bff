package io.norma.models;

import io.norma.admission.Imports;
import io.norma.admission.MemoryBudgets;
import io.norma.kernel.compute.matrix.WeightFormat;
import io.norma.kernel.tensor.LimitException;
import io.norma.models.configuration.ConfigCheck;
import io.norma.network.run.RunLimits;
import io.norma.onnx.ImportResult;
import io.norma.onnx.OnnxImporter;
import io.norma.onnx.file.FileOutline;
import io.norma.onnx.file.MissingDataException;
import io.norma.onnx.file.OnnxImportException;
import io.norma.onnx.restoration.CheckpointMismatchException;
import io.norma.serving.ModelConfig;
import io.norma.serving.NetworkIdentity;
import io.norma.serving.ServingException;
import io.norma.serving.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Cleaner;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a file into a model that is compiled and warm, on threads of its own: as many at once as
 * there are of those. Takes no locks.
 */
public final class ModelLoader {
  private static final Logger LOG = LoggerFactory.getLogger(ModelLoader.class);

  private static final Cleaner CLEANER = Cleaner.create();

  /**
   * How often, after a collection, it is looked whether memory was given back, and how far apart.
   */
  private static final int COLLECTION_ATTEMPTS = 20;

  private static final long COLLECTION_NANOS = 20_000_000;
  private static final long BETWEEN_COLLECTIONS = 1_000_000_000;

  private final Imports imports;
  private final Warmup warmup;
  private final MemoryBudgets budgets;
  private final IncomingFiles incoming;
  private final ReferenceSource references;
  private final WeightFormat weights;
  private final WorkspacePool workspaces;
  private final AtomicLong collected = new AtomicLong(System.nanoTime() - BETWEEN_COLLECTIONS);

  /**
   * @param imports on whose threads models are made ready
   * @param limits what one run may take besides memory
   * @param incoming where files are written that a model needs at hand
   * @param references of the networks that have any
   * @param weights how those of dense layers are kept of which nobody wrote otherwise
   */
  public ModelLoader(
      Imports imports,
      Warmup warmup,
      MemoryBudgets budgets,
      RunLimits limits,
      IncomingFiles incoming,
      ReferenceSource references,
      WeightFormat weights) {
    this.imports = imports;
    this.warmup = warmup;
    this.budgets = budgets;
    this.incoming = incoming;
    this.references = references;
    this.weights = weights;
    workspaces = new WorkspacePool(budgets.workspaces(), limits);
    budgets.heap().reclaimBy(workspaces::freeOne);
    budgets.heap().reclaimBy(this::collect);
  }

  /** How many models are made ready at once. */
  int atOnce() {
    return imports.atOnce();
  }

  /**
   * Imports, compiles and warms.
   *
   * @param extent how far it is warmed when this returns
   * @throws ServingException if the file is no model that can be served
   */
  ServedModel load(ModelFile file, Warmup.Extent extent) {
    return imports.run(
        () -> load(file.name(), file.version(), extent, memory -> compile(file, memory)));
  }

  /**
   * Makes a network ready anew that is served already, with the references that it has now.
   *
   * @throws ServingException if there is no memory for it
   */
  ServedModel renew(ServedModel before) {
    NetworkIdentity identity = before.identity();
    try (ServedModel.Use _ = before.use()) {
      return imports.run(() ->
          load(
              identity.model(),
              identity.version(),
              Warmup.Extent.WARM,
              memory -> before.with(references.find(identity).orElse(null), memory)));
    }
  }

  /**
   * Loads weights once more that a model gave back. They are not warmed: its code is compiled.
   *
   * @throws ServingException if they cannot be had, or are others
   */
  ResidentNetwork.Weights bringBack(ServedModel model, ModelFile file) {
    return imports.run(() -> {
      ImportMemory memory = model.reserved();
      try {
        Read read = read(file, memory);
        String found = VersionFile.identity(read.files);
        if (!found.equals(model.identity().sha256())) {
          throw new ServingException.Unavailable(
              "its file is another than the one that is served: its SHA-256 is %s, not %s; load the model anew"
                  .formatted(found, model.identity().sha256()),
              null);
        }
        memory.reserveForCompiling(model.heapBytes());
        ResidentNetwork.Weights weights = model.weightsOf(read.imported);
        memory.settle(model.heapBytes());
        return weights;
      } catch (LimitException e) {
        memory.release();
        throw ServingException.of(
            e.of("model '%s' version %d: ".formatted(model.name(), model.version())));
      } catch (RuntimeException | Error e) {
        memory.release();
        throw e;
      }
    });
  }

  /** Gives back the memory of weights that a model gave back. */
  void release(ServedModel model) {
    model.freeWorkspaces();
    model.reserved().release();
  }

  /** Adds what lets go of models where others need the memory. */
  void reclaimBy(BooleanSupplier reclaimer) {
    budgets.heap().reclaimBy(reclaimer);
  }

  private ServedModel load(
      String name,
      long version,
      Warmup.Extent extent,
      Function<ImportMemory, ServedModel> compilation) {
    ImportMemory memory = new ImportMemory(budgets.heap());
    try {
      ServedModel model = compilation.apply(memory);
      memory.settle(model.heapBytes());
      warmup.run(model, extent, imports.time().begin());
      // What it holds is given back when nothing runs on it any more.
      CLEANER.register(model, memory::release);
      return model;
    } catch (LimitException e) {
      memory.release();
      throw ServingException.of(e.of("model '%s' version %d: ".formatted(name, version)));
    } catch (RuntimeException | Error e) {
      memory.release();
      throw e;
    }
  }

  /** A network as it was read, and the files that it was read from. */
  private record Read(ImportResult imported, List<VersionFile> files) {}

  private Read read(ModelFile file, ImportMemory memory) {
    MessageDigest digest = Sha256.digest();
    ImportResult imported;
    List<VersionFile> files = new ArrayList<>();
    memory.reserveForReading(file.bytes());
    try (InputStream content = file.content().open()) {
      memory.reserve(FileOutline.of(content, imports.nodes()).heapBytes());
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    try (InputStream content = new DigestInputStream(file.content().open(), digest);
        OpenedCompanions companions = new OpenedCompanions(file, incoming, memory)) {
      imported =
          OnnxImporter.read(content, file.name(), imports.limits(budgets.folding()), companions);
      content.transferTo(OutputStream.nullOutputStream());
      files.add(
          new VersionFile(
              VersionFile.MODEL, file.bytes(), HexFormat.of().formatHex(digest.digest())));
      Path checkpoint = companions.checkpoint();
      if (checkpoint != null) {
        imported =
            CheckpointFile.restore(imported, checkpoint, budgets.folding(), imports.time().begin());
      }
      files.addAll(companions.files());
    } catch (MissingDataException e) {
      throw new ServingException.Invalid(e.getMessage() + ". " + MissingData.advice(file, e), e);
    } catch (OnnxImportException e) {
      throw ServingException.of(e);
    } catch (CheckpointMismatchException e) {
      throw new ServingException.Invalid(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    return new Read(imported, files);
  }

  private static ServingException unreadable(ModelFile file, IOException e) {
    return new ServingException.Unavailable(
        "the file of model '%s' version %d cannot be read: %s"
            .formatted(file.name(), file.version(), e.getMessage()),
        e);
  }

  private ServedModel compile(ModelFile file, ImportMemory memory) {
    long start = System.nanoTime();
    ModelConfig config = file.config().read();
    Read read = read(file, memory);
    ImportResult imported = read.imported;
    ConfigCheck.check(config, imported.network().inputs(), imported.network().outputs());
    memory.reserveForCompiling(ServedModel.residentBytes(imported.network()));
    NetworkIdentity identity =
        new NetworkIdentity(file.name(), file.version(), VersionFile.identity(read.files));
    ServedModel model =
        new ServedModel(
            identity,
            file.origin(),
            read.files,
            config,
            Objects.requireNonNullElse(config.weights(), weights),
            imported,
            references.find(identity).orElse(null),
            workspaces,
            memory);
    LOG.info(
        "model {} version {} imported in {} ms: {} layers, {} batch normalizations, {} warnings",
        model.name(),
        model.version(),
        (System.nanoTime() - start) / 1_000_000,
        model.report().layers().size(),
        model.report().batchNormalizations().size(),
        model.report().warnings().size());
    if (!config.ignored().isEmpty()) {
      LOG.info(
          "model {} version {}: nothing is made of {} in {}",
          model.name(),
          model.version(),
          config.ignored(),
          config.source());
    }
    return model;
  }

  /**
   * Models that are served no more give back their memory when they are collected: makes sure, but
   * not again and again.
   */
  private boolean collect() {
    long now = System.nanoTime();
    long last = collected.get();
    if (now - last < BETWEEN_COLLECTIONS || !collected.compareAndSet(last, now)) {
      return false;
    }
    long before = budgets.heap().reserved();
    System.gc();
    for (int i = 0; i < COLLECTION_ATTEMPTS; i++) {
      if (budgets.heap().reserved() < before) {
        return true;
      }
      LockSupport.parkNanos(COLLECTION_NANOS);
    }
    return false;
  }
}
