-- When something was last done with a calibration: what nobody goes on with is deleted after a while.
alter table calibrations add column touched_at timestamp with time zone;
update calibrations set touched_at = created_at;
alter table calibrations alter column touched_at set not null;
create index calibrations_by_touch on calibrations (touched_at);
