package io.norma.serving;

/** What can be done that changes anything: each kind of change that the audit tells of. */
public enum AuditedAction {
  /** A version is served from where it was found, by a request. */
  MODEL_LOADED,
  /** A version is served no more, by a request. */
  MODEL_UNLOADED,
  /** A version was put into the database. */
  MODEL_UPLOADED,
  /** A version was taken out of the database, with all that hung on it. */
  MODEL_DELETED,
  /** A checkpoint was put beside a version: it is another network from then on. */
  CHECKPOINT_ADDED,
  /** A version follows its files in the model directory. */
  MODEL_FOLLOWED,
  /** A batch was added to a network's references. */
  REFERENCES_ADDED,
  /** A network's references were forgotten. */
  REFERENCES_DELETED,
  /** A statistics set began with its first revision. */
  SET_CREATED,
  /** A revision was added to a set. */
  REVISION_ADDED,
  /** All revisions of a set were deleted. */
  SET_DELETED,
  /** One revision was deleted. */
  REVISION_DELETED,
  /** One revision gets the requests that name none. */
  ACTIVATED,
  /** Several revisions share the requests that name none. */
  SPLIT,
  /** What was active before is active again. */
  ROLLED_BACK,
  /** A calibration was begun. */
  CALIBRATION_BEGUN,
  /** Moments from elsewhere were merged into a calibration. */
  CALIBRATION_MERGED,
  /** A calibration became a revision. */
  CALIBRATION_PUBLISHED,
  /** A calibration was deleted, or expired. */
  CALIBRATION_DELETED,
  /** A normalizer was made. */
  NORMALIZER_CREATED,
  /** Moments from elsewhere were merged into a normalizer. */
  NORMALIZER_MERGED,
  /** A normalizer was deleted. */
  NORMALIZER_DELETED,
  /** An API key was made. */
  KEY_CREATED,
  /** An API key is not accepted any more. */
  KEY_REVOKED
}
