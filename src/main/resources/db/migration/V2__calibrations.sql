create table calibrations (
  id varchar(36) primary key,
  model varchar(128) not null,
  version bigint not null,
  set_name varchar(128) not null,
  estimator varchar(32) not null,
  variance_convention varchar(16) not null,
  minimum_samples bigint not null,
  created_at timestamp with time zone not null,
  created_by varchar(256) not null,
  batches bigint not null,
  samples bigint not null,
  published_revision integer
);
create index calibrations_by_model on calibrations (model, version, created_at);

-- What the batches so far come to, per layer; merged under a lock on the calibration's row. Vectors are
-- float64, little-endian.
create table calibration_layers (
  calibration_id varchar(36) not null references calibrations (id) on delete cascade,
  position integer not null,
  layer varchar(512) not null,
  weight bigint not null,
  mean bytea not null,
  spread bytea not null,
  runs bigint not null,
  row_count bigint not null,
  row_mean bytea not null,
  row_deviations bytea not null,
  row_deviations_within_runs bytea not null,
  movement double precision not null,
  primary key (calibration_id, position)
);
