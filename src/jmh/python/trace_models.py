#!/usr/bin/env python3
"""Traces the benchmark networks for PyTorch, beside their ONNX files: DIR/<name>/model.pt.

    python3 trace_models.py DIR [NAME ...]

Names are those of torchvision.models, or cifar_resnet20, mlp_bn1d, digits and detector. Weights are random: the files are for
timing alone. Needs torch and torchvision.
"""
import os
import sys
import warnings

import torch
import torch.nn as nn
import torch.nn.functional as functional
import torchvision

warnings.filterwarnings("ignore")


class Block(nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        self.c1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.n1 = nn.BatchNorm2d(after)
        self.c2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.n2 = nn.BatchNorm2d(after)
        same = before == after and stride == 1
        self.short = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x):
        y = functional.relu(self.n1(self.c1(x)))
        return functional.relu(self.n2(self.c2(y)) + self.short(x))


def cifar_resnet20():
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    before = 16
    for after in (16, 32, 64):
        for i in range(3):
            layers.append(Block(before, after, 2 if after != 16 and i == 0 else 1))
            before = after
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)), (3, 32, 32)


def mlp_bn1d():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 512), nn.BatchNorm1d(512), nn.ReLU(),
        nn.Linear(512, 256, bias=False), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, 10)), (1, 28, 28)


def digits():
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../main/models"))
    from train_digits import DigitsNetwork
    return DigitsNetwork(), (1, 8, 8)


def detector():
    from detector import Detector
    return Detector(), (3, 640, 640)


def build(name):
    own = {"cifar_resnet20": cifar_resnet20, "mlp_bn1d": mlp_bn1d, "digits": digits, "detector": detector}
    if name in own:
        return own[name]()
    return getattr(torchvision.models, name)(weights=None), (3, 224, 224)


def main():
    folder, names = sys.argv[1], sys.argv[2:] or sorted(os.listdir(sys.argv[1]))
    for name in names:
        network, shape = build(name)
        network.eval()
        with torch.no_grad():
            traced = torch.jit.trace(network, torch.randn(2, *shape))
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        traced.save(os.path.join(folder, name, "model.pt"))
        print(name, "traced")


if __name__ == "__main__":
    main()
