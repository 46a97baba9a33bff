-- How requests are shared among revisions, as 'default@1 900000,night@3 100000': millionths of all, in the order that they
-- were given in. null where one revision gets all; where several do, set_name and revision are those of the largest share.
alter table statistics_activations add column shares varchar(65536);
