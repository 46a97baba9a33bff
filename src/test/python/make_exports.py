"""Makes networks and exports each in several ways, with what PyTorch answers: files for check_exports.py.

    python make_exports.py FOLDER [--only PATTERN] [--exporters NAMES]

Each export gets a folder: model.onnx (and model.onnx.data), checkpoint.safetensors, input.npy, output.npy,
shifted.npy, adabn.npy. index.json has a line for each.
"""

import argparse
import fnmatch
import json
import os
import pathlib
import shutil
import sys
import time
import traceback

import numpy as np
import torch
from safetensors.torch import save_file

import batch_norms
import exporters
import networks

ROWS = 4
CALIBRATION = 32
HELD_OUT = 8

# What the exporters of today do to every network; the older ways and what others leave, to those in which
# convolutions, dense layers and their names differ most.
ALWAYS = ["dynamo", "dynamo_plain"]
OFTEN = ["dynamo_inline", "legacy", "legacy_preserve", "tf2onnx_like"]
OFTEN_FOR = {e.name for e in networks.OWN} | {
    "resnet18", "mobilenet_v2", "mobilenet_v3_small", "densenet121", "shufflenet_v2_x0_5", "efficientnet_b0",
    "regnet_y_400mf", "squeezenet1_1", "timm_repvgg_a0", "timm_ghostnet_050", "timm_lcnet_050", "timm_mobileone_s0",
}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", default="*", help="networks whose names match (a pattern of the shell)")
    parser.add_argument("--exporters", help="these alone, by comma")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    index = Index(arguments.folder / "index.json")
    for number, entry in enumerate(networks.entries()):
        if fnmatch.fnmatch(entry.name, arguments.only):
            ways = arguments.exporters.split(",") if arguments.exporters else ALWAYS + OFTEN * (entry.name in OFTEN_FOR)
            try:
                make(entry, [w for w in ways if w in exporters.ALL], arguments.folder, index, seed=1000 + number)
            except Exception as e:  # such as a network that this release of timm does not have
                print(f"{entry.name}: not made: {type(e).__name__}: {e}", file=sys.stderr, flush=True)
    if not arguments.exporters or "keras" in arguments.exporters.split(","):
        make_keras(arguments, index)


class Index:
    """A list of what was made; kept as a JSON array with a line for each export."""

    def __init__(self, file: pathlib.Path):
        self.file = file
        self.entries = {e["folder"]: e for e in json.loads(file.read_text())} if file.exists() else {}

    def add(self, folder: str, **what):
        self.entries[folder] = {"folder": folder, **what}
        lines = ",\n".join(json.dumps(e) for e in self.entries.values())
        self.file.write_text(f"[\n{lines}\n]\n")


def make(entry: networks.Entry, ways: list[str], folder: pathlib.Path, index: Index, seed: int) -> None:
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    model = entry.build().eval()
    batch_norms.randomise(model, [entry.rows(16, random) for _ in range(4)])
    arrays = answers(entry, model, random)
    first = None
    for way in ways:
        began = time.monotonic()
        target = folder / f"{entry.name}-{way}"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        try:
            exporters.export(way, model, torch.from_numpy(arrays["input"]), target)
        except Exception as e:  # an exporter that fails is a line of the table, not the end
            shutil.rmtree(target)
            traceback.print_exc(limit=1)
            print(f"{entry.name} {way}: not exported: {type(e).__name__}", file=sys.stderr, flush=True)
            continue
        if first is None:
            save_file({k: v.contiguous().clone() for k, v in model.state_dict().items()}, target / "checkpoint.safetensors")
            for name, array in arrays.items():
                np.save(target / f"{name}.npy", array)
            first = target
        else:
            for name in ["checkpoint.safetensors", *(f"{name}.npy" for name in arrays)]:
                os.link(first / name, target / name)
        index.add(
            target.name, network=entry.name, exporter=way, framework=f"torch {torch.__version__}",
            batch_norms=len(batch_norms.of(model)), calibration_rows=CALIBRATION,
        )  # fmt: skip
        print(f"{target.name}: {time.monotonic() - began:.1f} s", flush=True)


@torch.no_grad()
def answers(entry: networks.Entry, model: torch.nn.Module, random: np.random.Generator) -> dict[str, np.ndarray]:
    inputs, shifted = entry.rows(ROWS, random), entry.shifted(CALIBRATION + HELD_OUT, random)
    adapted = batch_norms.adapted(model, shifted[:CALIBRATION])
    arrays = {
        "input": inputs,
        "output": model(inputs),
        "shifted": shifted,
        "adabn": adapted(shifted[CALIBRATION:]),
    }
    for name, array in arrays.items():
        if not torch.isfinite(array).all():
            raise ValueError(f"{entry.name}: {name} is not finite")
    return {name: array.numpy() for name, array in arrays.items()}


def make_keras(arguments, index: Index) -> None:
    try:
        import keras_exports
    except ImportError as e:
        print("without Keras:", e, file=sys.stderr)
        return
    for number, name in enumerate(keras_exports.ALL):
        if fnmatch.fnmatch(name, arguments.only):
            target = arguments.folder / f"{name}-keras"
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            count = keras_exports.make(name, target, CALIBRATION, HELD_OUT, seed=2000 + number)
            index.add(
                target.name, network=name, exporter="keras", framework=f"keras {keras_exports.keras.__version__}",
                batch_norms=count, calibration_rows=CALIBRATION,
            )  # fmt: skip
            print(f"{target.name}", flush=True)


if __name__ == "__main__":
    main()
