-- Keys of those who ask. Of what a holder presents there is the SHA-256 alone; it has 256 random bits. Scopes are words and
-- models are patterns, both between commas, which neither has. name_in_use is the name until the key is revoked, then null:
-- no two keys that work have the same.
create table api_keys (
  id char(16) primary key,
  name varchar(128) not null,
  name_in_use varchar(128) unique,
  sha256 bytea not null,
  scopes varchar(64) not null,
  models varchar(16384) not null,
  created_at timestamp with time zone not null,
  created_by varchar(256) not null,
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  revoked_by varchar(256)
);
