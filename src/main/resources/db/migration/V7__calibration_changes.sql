-- Batches that came with a key, so that the same batch sent again is not counted twice.
create table calibration_changes (
  calibration_id varchar(36) not null references calibrations (id) on delete cascade,
  idempotency_key varchar(255) not null,
  fingerprint char(64) not null,
  changed_at timestamp with time zone not null,
  primary key (calibration_id, idempotency_key)
);

-- Old keys are looked for in one normalizer at a time: who deletes those of others would wait for them.
drop index normalizer_changes_by_time;
