"""Writes what PyTorch makes of the ready-made requests, in float64, as the truth for tests and for comparison.

examples/digits/probabilities.json: the probabilities for each of the ten single images.
examples/digits/shifted/running-statistics.json: the running statistics after one forward pass in training mode over
calibration.json, as a body that can be loaded as a statistics set.
"""

import json

import numpy
import onnx
import torch
from onnx import numpy_helper
from torch import nn

import make_requests
import train_digits


def exported_network():
    """The network with the weights of the exported file: its initializers bear PyTorch's names."""
    initializers = onnx.load(str(train_digits.TARGET)).graph.initializer
    weights = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in initializers}
    network = train_digits.DigitsNetwork().double()
    missing, unexpected = network.load_state_dict(weights, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"{train_digits.TARGET}: missing {missing}, unexpected {unexpected}")
    return network.eval()


def images_of(path):
    # Norma reads the numbers as float32; the sums that follow are in float64.
    tensor = json.loads(path.read_text())["inputs"][0]
    images = numpy.array(tensor["data"], numpy.float32).reshape(tensor["shape"])
    return torch.from_numpy(images).double()


def running_statistics(network):
    layers = {}
    for name, module in network.named_modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            layers[name] = {"mean": rounded(module.running_mean), "variance": rounded(module.running_var)}
    return layers


def rounded(tensor):
    return [float(f"{value:.8g}") for value in tensor.tolist()]


def main():
    network = exported_network()
    target = make_requests.TARGET

    with torch.no_grad():
        lines = [
            f'  "{name}.json": {json.dumps(rounded(network(images_of(target / f"{name}.json"))[0]))}'
            for name in make_requests.NAMES
        ]
    (target / "probabilities.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")

    calibration = images_of(target / "shifted" / "calibration.json")
    calibrated = train_digits.recalibrated(network, calibration)
    layers = (f"    {json.dumps(name)}: {json.dumps(layer)}" for name, layer in running_statistics(calibrated).items())
    (target / "shifted" / "running-statistics.json").write_text(
        "{\n"
        '  "source": "PyTorch, one forward pass in training mode over calibration.json",\n'
        '  "variance_convention": "unbiased",\n'
        f'  "sample_count": {len(calibration)},\n'
        '  "layers": {\n' + ",\n".join(layers) + "\n  }\n}\n"
    )


if __name__ == "__main__":
    main()
