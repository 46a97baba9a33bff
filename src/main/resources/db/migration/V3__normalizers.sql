-- What normalizers remember. Vectors are float64, little-endian. momentum is null where all batches count alike.
create table normalizers (
  name varchar(128) primary key,
  channels integer not null,
  channel_axis integer not null,
  epsilon double precision not null,
  momentum double precision,
  variance_convention varchar(16) not null,
  created_at timestamp with time zone not null,
  batches bigint not null,
  value_count bigint not null,
  mean bytea not null,
  deviations bytea not null,
  running_mean bytea not null,
  running_variance bytea not null
);

-- Changes that came with a key, so that the same change sent again is answered alike and not counted twice.
create table normalizer_changes (
  name varchar(128) not null references normalizers (name) on delete cascade,
  idempotency_key varchar(255) not null,
  fingerprint char(64) not null,
  changed_at timestamp with time zone not null,
  batches bigint not null,
  value_count bigint not null,
  mean bytea not null,
  deviations bytea not null,
  running_mean bytea not null,
  running_variance bytea not null,
  primary key (name, idempotency_key)
);
create index normalizer_changes_by_time on normalizer_changes (changed_at);
