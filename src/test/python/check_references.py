"""How well virtual batch normalizations stand in for true ones: accuracy on shifted inputs, on two sets.

    python check_references.py [--url http://localhost:8080]

The first are the digits of this repository, the second 32x32 colour pictures of ten kinds that this script draws (no
such set can be had without a download) and a small residual network that it trains on them: about five minutes on two
cores. Each network is exported as torch.onnx.export does by default, which folds all batch normalizations away, and
served by a running Norma: frozen, and with running statistics of shifted inputs on virtual batch normalizations. Beside
it, what PyTorch answers with its own batch normalizations adapted to the same inputs (AdaBN). One calibration's luck is
a point either way, so several are made where there are pictures enough. Ends with 1 where the two are more than half a
point apart in the mean. Needs PyTorch, ONNX, onnxscript, NumPy.
"""

import argparse
import json
import pathlib
import sys
import tempfile

import numpy as np
import torch
from torch import nn

import batch_norms
import exporters
from check_exports import Norma

ROWS = 256  # in a batch of references, and in a calibration
REFERENCES = 8  # batches of drawn pictures: after one the answer moves by two points
CALIBRATIONS = 6
APART = 0.5  # points
REPOSITORY = pathlib.Path(__file__).parents[3]


def shifted(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Another sensor: less contrast, more light, noise."""
    return (0.4 * images + 0.25 + 0.05 * random.standard_normal(images.shape)).astype(np.float32)


def pictures(count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Ten kinds of textures and shapes, in any colours, places, sizes and directions, half hidden in noise."""
    labels = random.integers(0, 10, count)
    y, x = np.mgrid[0:32, 0:32].astype(np.float32)
    images = np.empty((count, 3, 32, 32), np.float32)
    for i, label in enumerate(labels):
        cx, cy, size = random.uniform(11, 21), random.uniform(11, 21), random.uniform(6, 10)
        angle, period = random.uniform(0, np.pi), random.uniform(4, 8)
        u = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
        v = (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)
        radius = np.hypot(u, v)
        mask = [
            radius < size,
            (radius < size) & (radius > 0.6 * size),
            np.maximum(abs(u), abs(v)) < 0.85 * size,
            (np.maximum(abs(u), abs(v)) < size) & (np.maximum(abs(u), abs(v)) > 0.6 * size),
            (abs(u) < 0.3 * size) | (abs(v) < 0.3 * size),
            np.sin(2 * np.pi * u / period) > 0,
            np.sin(2 * np.pi * u / period) * np.sin(2 * np.pi * v / period) > 0,
            np.sin(2 * np.pi * radius / period) > 0,
            (v > -0.6 * size) & (v < 1.4 * size - 2 * abs(u)),
            (abs(u) + abs(v) < size) & (radius > 0.35 * size),
        ][label]
        one, other = random.uniform(0, 1, 3), random.uniform(0, 1, 3)
        images[i] = np.where(mask, one[:, None, None], other[:, None, None])
    images += 0.15 * random.standard_normal(images.shape).astype(np.float32)
    return images, labels


class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.down = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o)) if stride > 1 else nn.Identity()

    def forward(self, x):
        return torch.relu(self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))) + self.down(x))


def residual() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip


def trained(images: np.ndarray, labels: np.ndarray, epochs: int) -> nn.Module:
    torch.manual_seed(1)
    model = residual().train()
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=1e-2)
    steps = epochs * (len(images) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps)
    x, y = torch.from_numpy(images), torch.from_numpy(labels)
    for epoch in range(epochs):
        for rows in torch.randperm(len(x)).split(64)[: steps // epochs]:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"  epoch {epoch + 1}: loss {loss.item():.3f}", flush=True)
    return model.eval()


class Digits(nn.Module):
    """The bundled network."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.conv2, self.bn2 = nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32)
        self.conv3, self.bn3 = nn.Conv2d(32, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64)
        self.fc1, self.bn4, self.fc2 = nn.Linear(256, 64), nn.BatchNorm1d(64), nn.Linear(64, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))), 2)
        x = nn.functional.max_pool2d(torch.relu(self.bn3(self.conv3(x))), 2)
        return self.fc2(torch.relu(self.bn4(self.fc1(x.flatten(1)))))


def digits() -> tuple[nn.Module, dict]:
    import onnx

    file = onnx.load(REPOSITORY / "src/main/resources/models/digits/1/model.onnx")
    state = {i.name: torch.from_numpy(onnx.numpy_helper.to_array(i).copy()) for i in file.graph.initializer}
    model = Digits()
    model.load_state_dict(state, strict=False)
    folder = REPOSITORY / "examples/digits"

    def images(name):
        given = json.loads((folder / name).read_text())["inputs"][0]
        return np.array(given["data"], np.float32).reshape(given["shape"])

    def labelled(kind):
        labels = json.loads((folder / kind / "labels.json").read_text())
        return np.concatenate([images(f"{kind}/{name}") for name in labels]), np.concatenate(list(labels.values()))

    return model.eval(), {
        "clean": labelled("clean"),
        "shifted": labelled("shifted"),
        "references": [images("clean/test-1.json")],
        "calibrations": [images("shifted/calibration.json")],
    }


def drawn() -> tuple[nn.Module, dict]:
    random = np.random.default_rng(7)
    model = trained(*pictures(12_000, random), epochs=5)
    test, labels = pictures(2_000, random)
    return model, {
        "clean": (test, labels),
        "shifted": (shifted(test, random), labels),
        "references": [pictures(ROWS, random)[0] for _ in range(REFERENCES)],
        "calibrations": [shifted(pictures(ROWS, random)[0], random) for _ in range(CALIBRATIONS)],
    }


def percent(answers: np.ndarray, labels: np.ndarray) -> float:
    return 100 * float((answers.argmax(1) == labels).mean())


def by_pytorch(model: nn.Module, set_: tuple[np.ndarray, np.ndarray]) -> float:
    with torch.no_grad():
        return percent(model(torch.from_numpy(set_[0])).numpy(), set_[1])


def by_norma(norma: Norma, model: str, set_: tuple[np.ndarray, np.ndarray], **parameters) -> float:
    parts = [norma.infer(model, part, **parameters) for part in np.array_split(set_[0], max(1, len(set_[0]) // 128))]
    return percent(np.concatenate(parts), set_[1])


def listed(percents: list[float]) -> str:
    each = f" ({', '.join(f'{percent:.1f}' for percent in percents)})" if len(percents) > 1 else ""
    return f"{np.mean(percents):.1f} %{each}"


def check(norma: Norma, name: str, model: nn.Module, sets: dict) -> bool:
    folder = pathlib.Path(tempfile.mkdtemp())
    exporters.export("dynamo", model, torch.from_numpy(sets["clean"][0][:2]), folder)
    report = norma.upload(name, folder)["report"]
    try:
        frozen = [by_norma(norma, name, sets[kind]) for kind in ("clean", "shifted")]
        before = norma.infer(name, sets["clean"][0][:64])
        for batch in sets["references"]:
            body, headers = norma.tensors(name, batch)
            answer = norma.send("POST", f"/v1/models/{name}/versions/1/references", body, **headers)[1]
        same = np.array_equal(before, norma.infer(name, sets["clean"][0][:64]))
        virtual = []
        for i, calibration in enumerate(sets["calibrations"]):
            norma.calibrate(name, calibration, f"shifted-{i}")
            virtual.append(by_norma(norma, name, sets["shifted"], running_statistics=f"shifted-{i}"))
    finally:
        norma.send("DELETE", f"/v1/models/{name}")
    adapted = [
        by_pytorch(batch_norms.adapted(model, torch.from_numpy(calibration)), sets["shifted"])
        for calibration in sets["calibrations"]
    ]
    layers = len(json.loads(answer)["layers"])
    print(
        f"{name}: {len(batch_norms.of(model))} batch normalizations, {len(report['batch_normalizations'])} in the file, {layers} virtual; "
        f"clean {frozen[0]:.1f} % (PyTorch {by_pytorch(model, sets['clean']):.1f} %), shifted {frozen[1]:.1f} % frozen, "
        f"{listed(virtual)} with virtual ones, {listed(adapted)} by AdaBN; default@1 {'the same bits' if same else 'OTHER BITS'}"
    )
    return same and abs(np.mean(virtual) - np.mean(adapted)) <= APART


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://localhost:8080")
    norma = Norma(parser.parse_args().url)
    results = [check(norma, "bare-digits", *digits()), check(norma, "bare-pictures", *drawn())]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
