-- What mean and spread, rounded to double, leave over of the sums that they come from: vectors of as many float64 as there
-- are channels, one behind the other, whose sum is what is left. null or empty where nothing is. With them neither the order
-- of batches nor that of merged calibrations makes a difference.
alter table calibration_layers add column mean_remainder bytea;
alter table calibration_layers add column spread_remainder bytea;
