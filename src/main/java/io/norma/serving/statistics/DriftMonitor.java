package io.norma.serving.statistics;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.LayerDistance;
import io.norma.kernel.statistics.PooledEstimate;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.Tensor;
import io.norma.model.BatchNormalizationLayer;
import io.norma.model.ExecutionObserver;
import io.norma.serving.ServedModel;
import io.norma.store.ModelVersion;
import io.norma.store.RevisionName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Watches a sampled share of frozen inferences: how far the values before each batch normalization
 * are from the running statistics that normalize them.
 */
public final class DriftMonitor {
  /** Revisions that are watched at a time; the one that was not seen for longest gives way. */
  private static final int WATCHED = 64;

  private final StatisticsCatalog catalog;
  private final DriftSettings settings;
  private final Map<Key, Watched> windows = new LinkedHashMap<>(16, 0.75f, true);

  DriftMonitor(StatisticsCatalog catalog, DriftSettings settings) {
    this.catalog = catalog;
    this.settings = settings;
  }

  /** An observer for this inference if it is sampled, else {@link ExecutionObserver#NONE}. */
  ExecutionObserver sample(ServedModel model, RevisionName name) {
    double rate = settings.sampleRate();
    if (rate == 0
        || (rate < 1 && ThreadLocalRandom.current().nextDouble() >= rate)
        || model.network().batchNormalizations().isEmpty()) {
      return ExecutionObserver.NONE;
    }
    MomentWindow window = window(model, name);
    boolean[] counted = new boolean[1];
    return (layer, x) -> {
      ChannelMoments moments = ChannelMoments.of(x, 1);
      // One input that is not finite would hide all others for as long as the window lasts.
      if (moments.firstNonFiniteChannel() < 0) {
        window.add(layer, moments, counted[0] ? 0 : rows(x), System.nanoTime());
        counted[0] = true;
      }
    };
  }

  private static int rows(Tensor x) {
    return x.shape().dimension(0);
  }

  private MomentWindow window(ServedModel model, RevisionName name) {
    Key key = new Key(StatisticsCatalog.versionOf(model), name);
    synchronized (windows) {
      Watched watched = windows.get(key);
      if (watched == null || watched.model() != model) {
        if (watched == null && windows.size() >= WATCHED) {
          windows.remove(windows.keySet().iterator().next());
        }
        int[] channels =
            model.network().batchNormalizations().stream()
                .mapToInt(BatchNormalizationLayer::channels)
                .toArray();
        watched = new Watched(model, new MomentWindow(channels, settings.window().toNanos()));
        windows.put(key, watched);
      }
      return watched.window();
    }
  }

  /** What is seen of a model version, for every revision that was used within the window. */
  public List<Drift> of(ServedModel model) {
    List<Map.Entry<Key, Watched>> entries = new ArrayList<>();
    synchronized (windows) {
      for (Map.Entry<Key, Watched> entry : windows.entrySet()) {
        if (entry.getValue().model() == model) {
          entries.add(Map.entry(entry.getKey(), entry.getValue()));
        }
      }
    }
    return entries.stream()
        .map(entry -> drift(model, entry.getKey().name(), entry.getValue().window()))
        .filter(drift -> drift.samples() > 0)
        .toList();
  }

  private Drift drift(ServedModel model, RevisionName name, MomentWindow window) {
    long now = System.nanoTime();
    long samples = window.rows(now);
    if (samples < settings.minimumSamples()) {
      return new Drift(name, samples, settings.minimumSamples(), List.of());
    }
    RunningStatistics running = catalog.unbound(model, name);
    List<LayerDrift> layers = new ArrayList<>();
    List<BatchNormalizationLayer> all = model.network().batchNormalizations();
    for (int i = 0; i < all.size(); i++) {
      BatchNormalizationLayer layer = all.get(i);
      ChannelStatistics seen = seen(window.moments(i, now));
      if (seen != null) {
        layers.add(
            new LayerDrift(
                layer.name(),
                LayerDistance.between(running.layer(layer.name()), seen, layer.epsilon())));
      }
    }
    return new Drift(name, samples, settings.minimumSamples(), layers);
  }

  private static @Nullable ChannelStatistics seen(ChannelMoments moments) {
    if (moments.count() == 0) {
      return null;
    }
    return new PooledEstimate(moments, VarianceConvention.POPULATION).statistics();
  }

  /** Forgets a model that is no longer served. */
  void forget(ModelVersion version) {
    synchronized (windows) {
      windows.keySet().removeIf(key -> key.version().equals(version));
    }
  }

  /**
   * Drift from one revision.
   *
   * @param samples rows in the window
   * @param minimumSamples rows below which there are no layers here
   */
  public record Drift(
      RevisionName name, long samples, long minimumSamples, List<LayerDrift> layers) {}

  /** Drift of one layer, from its running statistics to the values seen. */
  public record LayerDrift(String layer, LayerDistance distance) {}

  private record Key(ModelVersion version, RevisionName name) {}

  private record Watched(ServedModel model, MomentWindow window) {}
}
