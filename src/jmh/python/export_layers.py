#!/usr/bin/env python3
"""Exports single layers for benchmarks: DIR/<name>/model.onnx, and model.pt traced for PyTorch.

    python3 export_layers.py DIR

Each convolution and matrix product comes with the batch normalization and ReLU that follow it in a network. Weights are
random: the files are for timing alone. Needs torch and onnx.
"""
import os
import sys
import warnings

import torch
import torch.nn as nn

warnings.filterwarnings("ignore")

# input channels, output channels, kernel, stride, groups, height and width
CONVOLUTIONS = [
    (3, 64, 7, 2, 1, 224),
    (64, 64, 3, 1, 1, 56),
    (128, 128, 3, 1, 1, 28),
    (256, 256, 3, 1, 1, 14),
    (512, 512, 3, 1, 1, 7),
    (128, 128, 3, 2, 1, 56),
    (256, 64, 1, 1, 1, 56),
    (512, 128, 1, 1, 1, 28),
    (1024, 256, 1, 1, 1, 14),
    (2048, 512, 1, 1, 1, 7),
    (16, 96, 1, 1, 1, 112),
    (32, 32, 3, 1, 32, 112),
    (144, 144, 3, 2, 144, 56),
    (128, 128, 3, 1, 32, 56),
]
MATRIX_PRODUCTS = [(784, 512), (2048, 1000), (4096, 4096)]


def layers():
    for before, after, kernel, stride, groups, extent in CONVOLUTIONS:
        convolution = nn.Conv2d(before, after, kernel, stride, kernel // 2, groups=groups, bias=False)
        name = f"convolution_{before}_to_{after}_kernel_{kernel}_stride_{stride}_groups_{groups}_at_{extent}"
        yield name, nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU()), (before, extent, extent)
    for before, after in MATRIX_PRODUCTS:
        yield f"matrix_product_{before}_to_{after}", nn.Sequential(
            nn.Linear(before, after), nn.BatchNorm1d(after), nn.ReLU()), (before,)


def main():
    torch.manual_seed(1)
    for name, layer, shape in layers():
        folder = os.path.join(sys.argv[1], name)
        os.makedirs(folder, exist_ok=True)
        layer.eval()
        x = torch.randn(2, *shape)
        torch.onnx.export(
            layer, x, os.path.join(folder, "model.onnx"), opset_version=13, do_constant_folding=False,
            training=torch.onnx.TrainingMode.PRESERVE, input_names=["input"], output_names=["output"],
            dynamic_axes={"input": {0: "N"}, "output": {0: "N"}})
        torch.jit.trace(layer, x).save(os.path.join(folder, "model.pt"))
        print(name, "exported")


if __name__ == "__main__":
    main()
