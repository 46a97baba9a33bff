"""Makes src/test/resources/statistics: the digits' shifted running statistics as frameworks write them.

    python make_statistics.py [FOLDER]

Needs NumPy, safetensors, ONNX, h5py, PyTorch and Keras. What it writes is committed.
"""

import io
import json
import os
import pathlib
import sys
import zipfile

os.environ["KERAS_BACKEND"] = "torch"

import h5py
import keras
import numpy as np
import onnx
import safetensors.numpy
import torch

ROOT = pathlib.Path(__file__).resolve().parents[3]
LAYERS = ["bn1", "bn2", "bn3", "bn4"]


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "src/test/resources/statistics")
    folder.mkdir(parents=True, exist_ok=True)
    document = json.loads((ROOT / "examples/digits/shifted/running-statistics.json").read_text())
    model = onnx.load(ROOT / "src/main/resources/models/digits/1/model.onnx")
    weights = {i.name: onnx.numpy_helper.to_array(i) for i in model.graph.initializer}
    means = {n: np.array(document["layers"][n]["mean"], np.float32) for n in LAYERS}
    variances = {n: np.array(document["layers"][n]["variance"], np.float32) for n in LAYERS}
    pytorch = {f"{n}.running_mean": means[n] for n in LAYERS} | {f"{n}.running_var": variances[n] for n in LAYERS}

    np.savez(folder / "pytorch.npz", **pytorch, **{"fc2.weight": np.asfortranarray(weights["fc2.weight"])})
    np.savez(folder / "wrapped.npz", **{f"module.{k}": v for k, v in (weights | pytorch).items() if v.ndim == 1})
    np.savez_compressed(
        folder / "tensorflow.npz",
        **{f"net/{n}/moving_mean:0": means[n].astype(">f8") for n in LAYERS},
        **{f"net/{n}/moving_variance:0": variances[n].astype(">f4") for n in LAYERS},
    )
    np.savez(folder / "half.npz", **{k: v.astype("<f2") for k, v in pytorch.items()})
    (folder / "half.json").write_text(
        json.dumps({k: v.astype("<f2").astype(np.float32).tolist() for k, v in pytorch.items()}) + "\n"
    )
    versions(folder / "versions.npz", pytorch)
    safetensors.numpy.save_file(
        {k.replace(".", "/").replace("running_var", "moving_variance").replace("running", "moving"): v for k, v in pytorch.items()},
        folder / "keras-names.safetensors",
    )
    keras_files(folder, means, variances, weights)
    state = {k: torch.from_numpy(v.copy()) for k, v in pytorch.items()}
    torch.save(state, folder / "state-dict.pt")
    torch.save(state, folder / "old-state-dict.pth", _use_new_zipfile_serialization=False)


def versions(file, arrays):
    """One archive with all versions of the format of an array."""
    with zipfile.ZipFile(file, "w") as archive:
        for number, (name, array) in enumerate(arrays.items()):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, version=(1 + number % 3, 0))
            # A reader that cannot seek, such as a pipe, gets the sizes behind the bytes: so may any entry be.
            archive.writestr(zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0)), buffer.getvalue())


def keras_files(folder, means, variances, weights):
    """The digits' batch normalizations under the names that Keras gives by itself, with γ and β."""
    keras.utils.set_random_seed(0)
    x = inputs = keras.Input((16,))
    norms = []
    for name in LAYERS:
        norms.append(keras.layers.BatchNormalization())
        x = norms[-1](keras.layers.Dense(means[name].size)(x))
    model = keras.Model(inputs, x)
    for name, norm in zip(LAYERS, norms):
        norm.set_weights([weights[f"{name}.weight"], weights[f"{name}.bias"], means[name], variances[name]])
    model.save(folder / "model.keras")
    model.save_weights(folder / "model.weights.h5")
    model.save(folder / "legacy.h5")
    # As the lines have it that refusals of HDF5 and of Keras' archives give.
    for source, target in (("model.weights.h5", "from-weights-h5"), ("legacy.h5", "from-h5")):
        arrays = {}
        h5py.File(folder / source).visititems(
            lambda name, item: arrays.update({name: item[...]}) if isinstance(item, h5py.Dataset) else None
        )
        arrays = {k: v for k, v in arrays.items() if "dense" not in k}
        safetensors.numpy.save_file(arrays, folder / f"{target}.safetensors")
    arrays = {w.path: keras.ops.convert_to_numpy(w) for w in keras.saving.load_model(folder / "model.keras").weights}
    arrays = {k: v for k, v in arrays.items() if "dense" not in k}
    safetensors.numpy.save_file(arrays, folder / "from-keras.safetensors")
    for name in ("model.keras", "model.weights.h5", "legacy.h5"):
        shrink(folder / name)


def shrink(file):
    """Their beginnings are all that a refusal reads; of an archive, the names of its files."""
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
        with zipfile.ZipFile(file, "w") as archive:
            for name in names:
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), b"")
    else:
        file.write_bytes(file.read_bytes()[:2048])


if __name__ == "__main__":
    main()
