"""Holds recalibrations of a running Norma against PyTorch's update_bn and against the pooled statistics of precise batch normalization.

    python3 update_bn.py DIR [--url http://localhost:8080] [--batch-size 32] [--rows N]

Trains the digits network, averages its weights over the last epochs (stochastic weight averaging, Izmailov et al. 2018), which leaves the running
statistics behind, and writes it to DIR/1/model.onnx. Then the same rows in the same batches
  go through torch.optim.swa_utils.update_bn, in float32 and in float64;
  are pooled in float64 as fvcore's update_bn_stats does it (Wu and Johnson 2021, "Rethinking 'batch' in BatchNorm", population statistics): of each
    batch the mean and the mean of squares, weighted by how many values it has, those along the axes of space included;
  are sent to Norma in one call for each estimator.
Prints the largest differences, of means relative to the deviation and of variances relative to the variance, and how many test images are right.
Needs torch, onnx and scikit-learn; half a minute on two cores.
"""
import argparse
import copy
import json
import pathlib
import sys
import urllib.parse

import numpy
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, update_bn

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "main" / "models")]
import digits  # noqa: E402
from domains import SEED, epoch  # noqa: E402
from serve_domains import Client  # noqa: E402
from train_digits import DigitsNetwork  # noqa: E402

MODEL, EPOCHS, AVERAGED = "update-bn", 8, 5


def averaged(images, labels):
    """A network whose weights are the mean of those after the last epochs, with the running statistics of the first of these."""
    torch.manual_seed(SEED)
    network = DigitsNetwork()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.5, momentum=0.9, weight_decay=1e-4)
    mean = None
    for number in range(EPOCHS):
        epoch(network, optimizer, images, labels)
        if number >= EPOCHS - AVERAGED:
            mean = mean or AveragedModel(network)
            mean.update_parameters(network)
    return mean.module.eval()


def normalizations(network):
    return {name: module for name, module in network.named_modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)}


def statistics(network):
    return {name: (module.running_mean.double().numpy(), module.running_var.double().numpy())
            for name, module in normalizations(network).items()}


def by_update_bn(network, batches):
    """What PyTorch itself comes to, in the network's own precision."""
    updated = copy.deepcopy(network)
    update_bn(batches, updated)
    return statistics(updated)


def by_pooling(network, batches):
    """fvcore's definition: each layer's input in training mode, all batches as one population."""
    counts, means, squares = {}, {}, {}

    def add(name):
        def hook(_, inputs):
            values = inputs[0].transpose(0, 1).flatten(1)
            count, mean = values.shape[1], values.mean(1)
            square = mean.square() + values.var(1, unbiased=False)
            counts[name] = counts.get(name, 0) + count
            share = count / counts[name]
            means[name] = means.get(name, 0) + (mean - means.get(name, 0)) * share
            squares[name] = squares.get(name, 0) + (square - squares.get(name, 0)) * share
        return hook

    training = copy.deepcopy(network).double().train()
    for name, module in normalizations(training).items():
        module.register_forward_pre_hook(add(name))
    with torch.no_grad():
        for batch in batches:
            training(batch.double())
    return {name: (means[name].numpy(), (squares[name] - means[name].square()).numpy()) for name in means}


def by_norma(client, images, **query):
    """The revision that one call with all rows makes."""
    header = json.dumps({"inputs": [{"name": "image", "shape": list(images.shape), "datatype": "FP32",
                                     "parameters": {"binary_data_size": images.nbytes}}]}).encode()
    client.connection.request(
        "POST", f"/v1/models/{MODEL}/recalibrations?{urllib.parse.urlencode(query)}", header + images.tobytes(),
        {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(header))})
    answer = client.connection.getresponse()
    body = json.loads(answer.read())
    if answer.status != 201:
        raise SystemExit(body)
    print(f"{body['published']}: {body['samples']} rows in {body['batches']} batches, {body['estimator']}, {body['variance_convention']}")
    layers = client.send("GET", answer.headers["Location"])["layers"]
    return {name: (numpy.float64(layer["mean"]), numpy.float64(layer["variance"])) for name, layer in layers.items()}


def difference(actual, expected):
    """Of the means in deviations, of the variances relative; the largest of all layers and channels."""
    if set(actual) != set(expected):
        raise SystemExit(f"layers {sorted(actual)} are not {sorted(expected)}")
    return tuple(max(float(numpy.max(numpy.abs(actual[name][part] - expected[name][part]) / scale(*expected[name])))
                     for name in expected)
                 for part, scale in ((0, lambda _, variance: numpy.sqrt(variance)), (1, lambda _, variance: variance)))


def right(client, images, labels, named):
    answer = client.send("POST", f"/v2/models/{MODEL}/infer", json.dumps({
        "parameters": {"running_statistics": named},
        "inputs": [{"name": "image", "shape": list(images.shape), "datatype": "FP32", "data": images.ravel().tolist()}]}))
    probabilities = numpy.float32(answer["outputs"][0]["data"]).reshape(answer["outputs"][0]["shape"])
    return (probabilities.argmax(1) == labels).mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--url", default="http://localhost:8080")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--rows", type=int, help="of the 1,347 training images; all if nothing is said")
    options = parser.parse_args()
    train, train_labels, test, test_labels = digits.split()
    network = averaged(torch.from_numpy(train), torch.from_numpy(train_labels))
    file = options.folder / "1" / "model.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network, (torch.zeros(2, 1, 8, 8),), str(file), input_names=["image"], output_names=["probabilities"],
        dynamic_axes={"image": {0: "N"}, "probabilities": {0: "N"}}, opset_version=17,
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, dynamo=False)
    client = Client(options.url)
    client.send("PUT", f"/v1/models/{MODEL}/versions/1", file.read_bytes(), "application/octet-stream")

    rows = train[:options.rows]
    batches = list(torch.from_numpy(rows).split(options.batch_size))
    wide = [batch.double() for batch in batches]
    torch32, torch64 = by_update_bn(network, batches), by_update_bn(copy.deepcopy(network).double(), wide)
    means = by_norma(client, rows, set="update-bn", batch_size=options.batch_size)
    pooled = by_norma(client, rows, set="pooled", batch_size=options.batch_size, estimator="pooled",
                      variance_convention="population")
    print("| | mean, in deviations | variance, relative |")
    print("|---|---|---|")
    for name, (actual, expected) in {
        "mean_of_batches, update_bn in float64": (means, torch64),
        "mean_of_batches, update_bn in float32": (means, torch32),
        "update_bn in float32, in float64": (torch32, torch64),
        "pooled, population statistics in float64": (pooled, by_pooling(network, batches)),
        "what the averaging left behind, update_bn in float64": (statistics(network), torch64),
    }.items():
        print("| {} | {:.1e} | {:.1e} |".format(name, *difference(actual, expected)))
    for named in "default@1", "update-bn", "pooled":
        print(f"{named}: {right(client, test, test_labels, named):.1%} of {len(test_labels)} test images are right")


if __name__ == "__main__":
    main()
