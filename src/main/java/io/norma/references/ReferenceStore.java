package io.norma.references;

import io.norma.models.ReferenceSource;
import io.norma.models.References;
import io.norma.serving.NetworkIdentity;
import io.norma.store.KeyedChange;
import io.norma.store.StoreConflictException;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * References, in the database so that every replica has them. They stay as they are while running
 * statistics depend on them.
 */
public interface ReferenceStore extends ReferenceSource {
  /**
   * What became of a batch.
   *
   * @param repeated whether it had been merged before, under the same key
   */
  record Merge(References references, boolean repeated) {}

  /**
   * Merges what a batch comes to; it is part of the references for good when this returns.
   *
   * @param batch its moments, of the layers that the references have, or are to have
   * @param virtualLayers what the batch normalizations behind these layers are called
   * @throws StoreConflictException if there are references of other layers, or running statistics
   *     for one of these batch normalizations
   */
  Merge merge(
      NetworkIdentity network,
      References batch,
      Collection<String> virtualLayers,
      @Nullable KeyedChange key);

  /** Whether a batch is part of the references, under this key. */
  boolean isKnown(NetworkIdentity network, KeyedChange key);

  /**
   * Forgets the references of a network.
   *
   * @return whether there were any
   * @throws StoreConflictException if there are running statistics for one of these batch
   *     normalizations
   */
  boolean delete(NetworkIdentity network, Collection<String> virtualLayers);
}
