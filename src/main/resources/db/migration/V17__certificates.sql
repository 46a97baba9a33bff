-- What a calibration begins from, null for what came with the model; and, as JSON, how the network answers rows by the estimate.
alter table calibrations add column base varchar(256);
alter table calibrations add column probing varchar(1000000);
-- Moments of every other row, float64: n, the means and the sums of squared deviations of one half, and those of the other.
alter table calibration_layers add column halves bytea;
-- Whether a revision that a calibration made is fit for use, as JSON; with an activation it stays when the revision goes.
alter table statistics_revisions add column certificate varchar(1000000);
alter table statistics_activations add column certificate varchar(1000000);
