-- gamma and beta of a layer where a revision brings its own, float32 as the mean; none: those of the network.
alter table statistics_layers add column gamma bytea;
alter table statistics_layers add column beta bytea;
