"""Digits in colour on textured ground, (N, 3, 32, 32) in 0..1: small pictures of ten classes that need no download.

    python3 coloured_digits.py DIR

trains a ResNet-20 of CIFAR's shape on them and writes DIR/coloured_digits/1/model.onnx, for Norma's model directory. Needs torch,
onnx and scikit-learn; five minutes on two cores.
"""
import pathlib
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "main" / "models"), str(HERE.parents[1] / "jmh" / "python")]
import digits  # noqa: E402
from trace_models import cifar_resnet20  # noqa: E402

SEED = 20150211
TRAINING, TEST = 6000, 2000
EPOCHS, BATCH = 5, 64


def pictures(images, labels, count, seed):
    """As many pictures of images drawn at random: each enlarged threefold, at a place and in colours of its own."""
    random = numpy.random.default_rng(seed)
    drawn = random.integers(0, len(images), count)
    ink = torch.from_numpy(images[drawn])
    ink = functional.interpolate(ink, size=(24, 24), mode="bilinear", align_corners=False).numpy()
    ground = torch.from_numpy(random.uniform(0, 1, (count, 3, 4, 4)).astype(numpy.float32))
    ground = functional.interpolate(ground, size=(32, 32), mode="bicubic", align_corners=False).numpy()
    mask = numpy.zeros((count, 1, 32, 32), numpy.float32)
    for i, (row, column) in enumerate(random.integers(0, 9, (count, 2))):
        mask[i, :, row:row + 24, column:column + 24] = ink[i]
    bright = random.uniform(0.75, 1, (count, 3, 1, 1)).astype(numpy.float32)
    ground = 0.6 * ground.clip(0, 1)
    return (ground * (1 - mask) + bright * mask).astype(numpy.float32), labels[drawn]


def data():
    """Training pictures and labels, then test ones of other images."""
    train_images, train_labels, held_images, held_labels = digits.split()
    return (*pictures(train_images, train_labels, TRAINING, SEED), *pictures(held_images, held_labels, TEST, SEED + 1))


class Classifier(nn.Module):
    """Probabilities of a network that gives logits."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return torch.softmax(self.network(image), 1)


def train(network, images, labels, epochs=EPOCHS):
    torch.manual_seed(SEED)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    batches = len(images) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=6e-3, total_steps=epochs * batches)
    loss = nn.CrossEntropyLoss(label_smoothing=0.05)
    network.train()
    for epoch in range(epochs):
        order = torch.randperm(len(images))
        for i in range(batches):
            rows = order[i * BATCH:(i + 1) * BATCH]
            optimizer.zero_grad()
            value = loss(network(images[rows]), labels[rows])
            value.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1} of {epochs}: loss {value.item():.3f}", flush=True)
    return network.eval()


def main():
    folder = pathlib.Path(sys.argv[1]) / "coloured_digits" / "1"
    folder.mkdir(parents=True, exist_ok=True)
    images, labels, test_images, test_labels = data()
    torch.manual_seed(SEED)
    network = train(cifar_resnet20()[0], torch.from_numpy(images), torch.from_numpy(labels))
    with torch.no_grad():
        answers = torch.cat([network(part).argmax(1) for part in torch.from_numpy(test_images).split(250)])
    print(f"right on {len(test_labels)} test pictures: {(answers.numpy() == test_labels).mean():.2%}")
    torch.onnx.export(
        Classifier(network).eval(), (torch.zeros(2, 3, 32, 32),), str(folder / "model.onnx"), input_names=["image"],
        output_names=["probabilities"], dynamic_axes={"image": {0: "N"}, "probabilities": {0: "N"}}, opset_version=17,
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, dynamo=False)
    torch.save(network.state_dict(), folder.parent / "state.pt")


if __name__ == "__main__":
    main()
