-- How many changes were ever made, those included that other replicas need not learn of, and which database this is: H2 has
-- a file beside it that says how many must be there, so that one that lost some is noticed. PostgreSQL sees to that itself.
alter table change_counter add column writes bigint default 0 not null;
alter table change_counter add column database_id varchar(36);
