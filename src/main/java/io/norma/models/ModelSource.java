package io.norma.models;

import java.util.List;

/** A place where model files are found. What it holds may change at any time. */
public interface ModelSource {
  /** Every file there is now. */
  List<ModelFile> find();

  /** The files of one model. */
  default List<ModelFile> find(String name) {
    return find().stream().filter(file -> file.name().equals(name)).toList();
  }
}
