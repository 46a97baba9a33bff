package io.norma.references.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.norma.kernel.statistics.ChannelMoments;
import io.norma.models.References;
import io.norma.references.ReferenceService;
import io.norma.serving.NetworkIdentity;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the routes of references answer.
 *
 * @param sha256 of the network
 * @param repeated after a batch was added: whether it had been before, under the same key
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ReferenceAnswer(
    String model,
    String version,
    String sha256,
    long batches,
    long samples,
    List<Layer> layers,
    @Nullable Boolean repeated) {
  /**
   * A layer and the batch normalization behind it.
   *
   * @param node name of the convolution or dense layer
   * @param layer name of the batch normalization, in running statistics
   * @param count values per channel that its moments are of
   */
  record Layer(String node, String layer, int channels, long count) {}

  static ReferenceAnswer of(ReferenceService.Added added) {
    return of(added.references(), added.repeated());
  }

  static ReferenceAnswer of(ReferenceService.Of references) {
    return of(references, null);
  }

  private static ReferenceAnswer of(ReferenceService.Of of, @Nullable Boolean repeated) {
    NetworkIdentity network = of.network();
    References references = of.references();
    List<Layer> layers = new ArrayList<>();
    Iterator<String> names = of.layerNames().iterator();
    for (Map.Entry<String, ChannelMoments> layer : references.layers().entrySet()) {
      ChannelMoments moments = layer.getValue();
      layers.add(new Layer(layer.getKey(), names.next(), moments.channels(), moments.count()));
    }
    return new ReferenceAnswer(
        network.model(),
        Long.toString(network.version()),
        network.sha256(),
        references.batches(),
        references.samples(),
        layers,
        repeated);
  }
}
