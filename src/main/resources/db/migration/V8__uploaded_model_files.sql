-- A model may come with the files that its tensors lie in, and with a checkpoint. The chunks of all of them stand in one
-- row of positions; a file begins with a chunk of its own.
create table uploaded_model_files (
  model varchar(128) not null,
  version bigint not null,
  name varchar(512) not null,
  first_chunk integer not null,
  size_in_bytes bigint not null,
  sha256 char(64) not null,
  primary key (model, version, name),
  foreign key (model, version) references uploaded_models (model, version) on delete cascade
);

insert into uploaded_model_files (model, version, name, first_chunk, size_in_bytes, sha256)
select model, version, 'model.onnx', 0, size_in_bytes, sha256 from uploaded_models;
