package io.norma.models;

import io.norma.serving.NetworkIdentity;
import java.util.Map;
import java.util.Optional;

/** Where the references of networks are found. */
public interface ReferenceSource {
  /** Those of a network, if it has any. */
  Optional<References> find(NetworkIdentity network);

  /** How many batches each network that has references has of them. */
  Map<NetworkIdentity, Long> batches();
}
