"""Trains networks that have a batch normalization for each domain and share everything else, for Norma to serve.

    python3 domains.py DIR [--domains 2|4] [--method dsbn|fedbn]

DSBN (Chang et al. 2019) trains one network on batches of one domain each, with that domain's normalizations; FedBN (Li et al. 2021) trains
one network per site and averages all but the normalizations after each round. Writes for either, under DIR/METHOD-DOMAINS:
  1/model.onnx         the network with the first domain's normalizations
  DOMAIN.npz           the domain's running statistics, gamma and beta by the names of its state dict: a set of running statistics
  expected.npz         test images of each domain, their labels, and what PyTorch computes for them in float64
Needs torch, onnx and scikit-learn; a minute on two cores.
"""
import argparse
import copy
import pathlib
import sys

import numpy
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "main" / "models"))
import digits  # noqa: E402
from train_digits import DigitsNetwork  # noqa: E402

SEED, BATCH, ROUNDS = 20150211, 64, 12
NORMALIZATIONS = ("bn1", "bn2", "bn3", "bn4")
DOMAINS = {
    "clean": lambda images: images,
    "sensor": digits.gain_and_offset,
    "negative": lambda images: 1 - images,
    "noisy": digits.contrast_brightness_noise,
}


def is_of_a_domain(name):
    return name.split(".")[0] in NORMALIZATIONS


def parts(network):
    """The state dict's entries that a domain has for itself."""
    return {name: value.clone() for name, value in network.state_dict().items() if is_of_a_domain(name)}


def epoch(network, optimizer, images, labels):
    network.train()
    loss = nn.CrossEntropyLoss(label_smoothing=0.05)
    order = torch.randperm(len(images))
    for start in range(0, len(images) - BATCH + 1, BATCH):
        rows = order[start:start + BATCH]
        optimizer.zero_grad()
        loss(network.logits(images[rows]), labels[rows]).backward()
        optimizer.step()


def dsbn(data, labels):
    """One network whose normalizations are exchanged with the domain of the batches."""
    network = DigitsNetwork()
    own = {name: parts(network) for name in data}
    shared = [p for name, p in network.named_parameters() if not is_of_a_domain(name)]
    theirs = [p for name, p in network.named_parameters() if is_of_a_domain(name)]
    optimizer = torch.optim.AdamW([{"params": shared}, {"params": theirs}], lr=2e-3, weight_decay=1e-2)
    for _ in range(ROUNDS):
        for name, images in data.items():
            network.load_state_dict(own[name], strict=False)
            epoch(network, optimizer, images, labels)
            own[name] = parts(network)
    return network, own


def fedbn(data, labels):
    """A network per site; all but their normalizations are averaged after each round."""
    sites = {name: DigitsNetwork() for name in data}
    first = next(iter(sites.values())).state_dict()
    optimizers = {}
    for name, network in sites.items():
        network.load_state_dict(copy.deepcopy(first))
        optimizers[name] = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-2)
    for _ in range(ROUNDS):
        for name, network in sites.items():
            epoch(network, optimizers[name], data[name], labels)
        states = [network.state_dict() for network in sites.values()]
        mean = {key: sum(state[key] for state in states) / len(states) for key in first if not is_of_a_domain(key)}
        for network in sites.values():
            network.load_state_dict(mean, strict=False)
    return next(iter(sites.values())), {name: parts(network) for name, network in sites.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--domains", type=int, choices=(2, 4), default=2)
    parser.add_argument("--method", choices=("dsbn", "fedbn"), default="dsbn")
    options = parser.parse_args()
    folder = options.folder / f"{options.method}-{options.domains}"
    (folder / "1").mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    train, train_labels, test, test_labels = digits.split()
    names = list(DOMAINS)[:options.domains]
    data = {name: torch.from_numpy(DOMAINS[name](train)) for name in names}
    network, own = (dsbn if options.method == "dsbn" else fedbn)(data, torch.from_numpy(train_labels))
    expected = {"labels": test_labels}
    for name in names:
        network.load_state_dict(own[name], strict=False)
        images = DOMAINS[name](test)
        with torch.no_grad():
            wide = copy.deepcopy(network).double().eval()
            expected[name + ".probabilities"] = wide(torch.from_numpy(images).double()).numpy()
        expected[name + ".images"] = images
        right = (expected[name + ".probabilities"].argmax(1) == test_labels).mean()
        print(f"{options.method}, {name}: {right:.2%} of {len(test_labels)} test images are right")
        numpy.savez(folder / f"{name}.npz", **{key: value.numpy() for key, value in own[name].items()
                                                if not key.endswith("num_batches_tracked")})
    numpy.savez(folder / "expected.npz", **expected)
    network.load_state_dict(own[names[0]], strict=False)
    torch.onnx.export(
        network.eval(), (torch.zeros(2, 1, 8, 8),), str(folder / "1" / "model.onnx"), input_names=["image"],
        output_names=["probabilities"], dynamic_axes={"image": {0: "N"}, "probabilities": {0: "N"}}, opset_version=17,
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, dynamo=False)


if __name__ == "__main__":
    main()
