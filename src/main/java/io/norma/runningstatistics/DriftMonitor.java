package io.norma.runningstatistics;

import io.norma.kernel.statistics.ChannelMoments;
import io.norma.kernel.statistics.ChannelStatistics;
import io.norma.kernel.statistics.LayerDistance;
import io.norma.kernel.statistics.PooledEstimate;
import io.norma.kernel.statistics.RunningStatistics;
import io.norma.kernel.statistics.VarianceConvention;
import io.norma.kernel.tensor.Tensor;
import io.norma.models.ServedModel;
import io.norma.network.BatchNormalizationLayer;
import io.norma.network.ExecutionObserver;
import io.norma.serving.ServingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

  /** The models that are there to be asked; others are not watched. */
  private final Set<ServedModel> served = ConcurrentHashMap.newKeySet();

  private final Map<Key, MomentWindow> windows = new LinkedHashMap<>(16, 0.75f, true);

  DriftMonitor(StatisticsCatalog catalog, DriftSettings settings) {
    this.catalog = catalog;
    this.settings = settings;
  }

  /** An observer for this inference if it is sampled, else {@link ExecutionObserver#NONE}. */
  ExecutionObserver sample(ServedModel model, RevisionName name) {
    double rate = settings.sampleRate();
    if (rate == 0
        || (rate < 1 && ThreadLocalRandom.current().nextDouble() >= rate)
        || model.network().batchNormalizations().isEmpty()
        || !served.contains(model)) {
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
    Key key = new Key(model, name);
    synchronized (windows) {
      MomentWindow window = windows.get(key);
      if (window == null) {
        int[] channels =
            model.network().batchNormalizations().stream()
                .mapToInt(BatchNormalizationLayer::channels)
                .toArray();
        window = new MomentWindow(channels, settings.window().toNanos());
        if (served.contains(model)) {
          if (windows.size() >= WATCHED) {
            windows.remove(windows.keySet().iterator().next());
          }
          windows.put(key, window);
        }
      }
      return window;
    }
  }

  /**
   * What is seen of a network, for every revision that was used within the window. Of a revision
   * that has been deleted there is nothing left to be away from.
   */
  public List<Drift> of(ServedModel model) {
    Map<RevisionName, MomentWindow> used = new LinkedHashMap<>();
    synchronized (windows) {
      windows.forEach((key, window) -> {
        if (key.model() == model) {
          used.put(key.name(), window);
        }
      });
    }
    List<Drift> drifts = new ArrayList<>();
    used.forEach((name, window) -> {
      try {
        Drift drift = drift(model, name, window);
        if (drift.samples() > 0) {
          drifts.add(drift);
        }
      } catch (ServingException.NotFound _) {
        synchronized (windows) {
          windows.remove(new Key(model, name));
        }
      }
    });
    return drifts;
  }

  private Drift drift(ServedModel model, RevisionName name, MomentWindow window) {
    // First, since a revision that was deleted has no count either.
    RunningStatistics running = catalog.unbound(model, name);
    long now = System.nanoTime();
    long samples = window.rows(now);
    if (samples < settings.minimumSamples()) {
      return new Drift(name, samples, settings.minimumSamples(), List.of());
    }
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

  /** Watches a model from now on. */
  void begin(ServedModel model) {
    served.add(model);
  }

  /** Forgets a model that is no longer served. */
  void forget(ServedModel model) {
    synchronized (windows) {
      served.remove(model);
      windows.keySet().removeIf(key -> key.model() == model);
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

  private record Key(ServedModel model, RevisionName name) {}
}
