"""Trains the bundled digits network, exports it to ONNX and prints how often it is right."""

import copy
import pathlib

import onnx
import torch
from torch import nn

import digits

SEED = 20150211
EPOCHS = 40
BATCH = 64
TARGET = pathlib.Path(__file__).resolve().parents[1] / "resources" / "models" / "digits" / "1" / "model.onnx"


class DigitsNetwork(nn.Module):
    """(N, 1, 8, 8) grey images in 0..1 to (N, 10) probabilities.

    A convolution whose result is normalized needs no bias: the normalization subtracts it again.
    The dense layer keeps its own so that it is exported as one Gemm.
    """

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(32)
        self.conv3 = nn.Conv2d(32, 64, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(64)
        self.fc1 = nn.Linear(64 * 2 * 2, 64)
        self.bn4 = nn.BatchNorm1d(64)
        self.fc2 = nn.Linear(64, 10)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.softmax = nn.Softmax(dim=1)

    def logits(self, image):
        x = self.relu(self.bn1(self.conv1(image)))
        x = self.pool(self.relu(self.bn2(self.conv2(x))))
        x = self.pool(self.relu(self.bn3(self.conv3(x))))
        x = self.relu(self.bn4(self.fc1(torch.flatten(x, 1))))
        return self.fc2(x)

    def forward(self, image):
        return self.softmax(self.logits(image))


def train(images, labels):
    """A fixed number of epochs: the held-back images take no part, not even in choosing when to stop."""
    torch.manual_seed(SEED)
    network = DigitsNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    steps = EPOCHS * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps)
    loss = nn.CrossEntropyLoss(label_smoothing=0.05)
    network.train()
    for _ in range(EPOCHS):
        order = torch.randperm(len(images))
        for start in range(0, len(images) - BATCH + 1, BATCH):
            rows = order[start : start + BATCH]
            optimizer.zero_grad()
            loss(network.logits(images[rows]), labels[rows]).backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def recalibrated(network, images):
    """A copy whose running statistics are those of these images: one forward pass in training mode.

    With momentum 1 PyTorch keeps each layer's batch mean and unbiased variance and nothing of the old ones.
    """
    calibrated = copy.deepcopy(network)
    for module in calibrated.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.momentum = 1.0
    with torch.no_grad():
        calibrated.train()(images)
    return calibrated.eval()


def share_right(network, images, labels):
    with torch.no_grad():
        return (network(images).argmax(dim=1) == labels).float().mean().item()


def export(network, path):
    """Writes ONNX with batch normalization kept as nodes of its own and running statistics as initializers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network,
        torch.zeros(2, 1, 8, 8),
        str(path),
        opset_version=17,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        input_names=["image"],
        output_names=["probabilities"],
        dynamic_axes={"image": {0: "batch"}, "probabilities": {0: "batch"}},
    )
    model = onnx.load(str(path))
    model.graph.name = "digits"
    # The exporter notes the source line of every node, with the path of the machine that ran it.
    model.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
    kept = [node for node in model.graph.node if node.op_type == "BatchNormalization"]
    if len(kept) != 4:
        raise RuntimeError(f"expected 4 batch normalizations in the export, found {len(kept)}: were they folded?")
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    train_images, train_labels, held_images, held_labels = map(torch.from_numpy, digits.split())
    network = train(train_images, train_labels)
    export(network, TARGET)

    n = digits.CALIBRATION_SAMPLES
    print(f"training images: {len(train_images)}, {share_right(network, train_images, train_labels):.1%} right")
    print(f"held back: {len(held_images)}, {share_right(network, held_images, held_labels):.1%} right")
    print(f"recalibrated on the first {n} of the held-back images, measured on the other {len(held_images) - n}:")
    for name, shift in (
        ("clean", lambda images: images),
        ("gain and offset", digits.gain_and_offset),
        ("contrast, brightness, noise", digits.contrast_brightness_noise),
    ):
        shifted = torch.from_numpy(shift(held_images.numpy()))
        frozen = share_right(network, shifted[n:], held_labels[n:])
        after = share_right(recalibrated(network, shifted[:n]), shifted[n:], held_labels[n:])
        print(f"  {name}: frozen {frozen:.1%}, recalibrated {after:.1%}")


if __name__ == "__main__":
    main()
