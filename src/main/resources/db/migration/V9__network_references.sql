-- What layers of a network put out on reference data; virtual batch normalizations are made of it. Vectors are float64,
-- little-endian. batches only grows: replicas tell by it whether they are behind.
create table network_references (
  network_id bigint primary key references networks (id) on delete cascade,
  batches bigint not null,
  samples bigint not null
);

create table network_reference_layers (
  network_id bigint not null references network_references (network_id) on delete cascade,
  position integer not null,
  node varchar(1024) not null,
  value_count bigint not null,
  mean bytea not null,
  deviations bytea not null,
  primary key (network_id, position)
);

-- Batches that came with a key, so that the same batch sent again is not counted twice.
create table network_reference_changes (
  network_id bigint not null references network_references (network_id) on delete cascade,
  idempotency_key varchar(255) not null,
  fingerprint char(64) not null,
  changed_at timestamp with time zone not null,
  primary key (network_id, idempotency_key)
);
