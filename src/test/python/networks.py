"""The networks of the matrix: torchvision's, timm's where it is installed, and own ones for what those lack."""

import sys
from dataclasses import dataclass
from typing import Callable

import numpy as np
import torch
from torch import nn

IMAGE = (3, 64, 64)


@dataclass(frozen=True)
class Entry:
    """A network: how it is made, and the shape of one row of its input."""

    name: str
    build: Callable[[], nn.Module]
    shape: tuple[int, ...] = IMAGE
    vocabulary: int = 0  # above 0: rows are words, not numbers

    def rows(self, count: int, random: np.random.Generator) -> torch.Tensor:
        if self.vocabulary:
            return torch.from_numpy(random.integers(0, self.vocabulary, (count, *self.shape)))
        return torch.from_numpy(random.normal(0, 1, (count, *self.shape)).astype(np.float32))

    def shifted(self, count: int, random: np.random.Generator) -> torch.Tensor:
        """Rows of another source: less contrast, brighter, noisy; or words from one half of the vocabulary."""
        if self.vocabulary:
            return torch.from_numpy(random.integers(0, self.vocabulary // 2, (count, *self.shape)))
        rows = random.normal(0, 1, (count, *self.shape)) * 0.6 + 0.4
        return torch.from_numpy((rows + random.normal(0, 0.2, rows.shape)).astype(np.float32))


# --- own ---------------------------------------------------------------------------------------------------------


def conv(i, o, k=3, **more):
    return nn.Sequential(nn.Conv2d(i, o, k, padding=k // 2, bias=False, **more), nn.BatchNorm2d(o), nn.ReLU())


class Mlp(nn.Module):
    """Batch normalization behind dense layers; one of them without γ and β."""

    def __init__(self):
        super().__init__()
        self.fc1, self.bn1 = nn.Linear(64, 96), nn.BatchNorm1d(96)
        self.fc2, self.bn2 = nn.Linear(96, 64), nn.BatchNorm1d(64, affine=False)
        self.fc3, self.bn3 = nn.Linear(64, 32, bias=False), nn.BatchNorm1d(32, eps=1e-3)
        self.out = nn.Linear(32, 10)

    def forward(self, x):
        x = torch.relu(self.bn1(self.fc1(x)))
        x = torch.tanh(self.bn2(self.fc2(x)))
        return self.out(torch.nn.functional.gelu(self.bn3(self.fc3(x))))


class MlpBefore(nn.Module):
    """Batch normalization before each dense layer, the input's own first: nothing there to fold it into."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm1d(32), nn.Linear(32, 48), nn.ReLU(), nn.BatchNorm1d(48), nn.Linear(48, 10)
        )

    def forward(self, x):
        return self.layers(x)


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.features = nn.BatchNorm1d(12)
        self.cells = kind(12, 24, batch_first=True)
        self.fc, self.bn, self.out = nn.Linear(24, 32), nn.BatchNorm1d(32), nn.Linear(32, 6)

    def forward(self, x):  # (N, T, C)
        x = self.features(x.transpose(1, 2)).transpose(1, 2)
        y, _ = self.cells(x)
        return self.out(torch.relu(self.bn(self.fc(y[:, -1]))))


class Vae(nn.Module):
    """A variational autoencoder as it is used after training: the mean of the code, and what is decoded from it."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(conv(1, 16, stride=2), conv(16, 32, stride=2), nn.Flatten())
        self.mean, self.log_variance = nn.Linear(32 * 64, 16), nn.Linear(32 * 64, 16)
        self.widen, self.bn = nn.Linear(16, 32 * 64), nn.BatchNorm1d(32 * 64)
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(32, 16, 4, 2, 1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 4, 2, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        h = self.encoder(x)
        z = self.mean(h) + 0 * self.log_variance(h)
        return self.decoder(torch.relu(self.bn(self.widen(z))).reshape(-1, 32, 8, 8))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = nn.Sequential(conv(3, 16), conv(16, 16)), nn.Sequential(conv(16, 32), conv(32, 32))
        self.middle = conv(32, 64)
        self.up2 = nn.Sequential(nn.ConvTranspose2d(64, 32, 2, 2), nn.BatchNorm2d(32), nn.ReLU())
        self.join2 = conv(64, 32)
        self.up1 = nn.Sequential(nn.ConvTranspose2d(32, 16, 2, 2), nn.BatchNorm2d(16), nn.ReLU())
        self.join1, self.out = conv(32, 16), nn.Conv2d(16, 4, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(nn.functional.max_pool2d(a, 2))
        c = self.middle(nn.functional.max_pool2d(b, 2))
        b = self.join2(torch.cat([self.up2(c), b], 1))
        return self.out(self.join1(torch.cat([self.up1(b), a], 1)))


class TextCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(200, 24)
        self.branches = nn.ModuleList(
            nn.Sequential(nn.Conv1d(24, 16, k, bias=k != 4), nn.BatchNorm1d(16), nn.ReLU()) for k in (3, 4, 5)
        )
        self.out = nn.Linear(48, 5)

    def forward(self, x):
        x = self.words(x).transpose(1, 2)
        return self.out(torch.cat([branch(x).amax(2) for branch in self.branches], 1))


class Cnn3d(nn.Module):
    """With a bias everywhere: without one, PyTorch 2.13 writes a bias of two axes unless it optimizes."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv3d(1, 8, 3, padding=1), nn.BatchNorm3d(8), nn.ReLU(), nn.MaxPool3d(2),
            nn.Conv3d(8, 16, 3, padding=1), nn.BatchNorm3d(16), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(),
            nn.Linear(16, 4),
        )  # fmt: skip

    def forward(self, x):
        return self.layers(x)


def depthwise():
    def block(i, o, stride):
        return nn.Sequential(
            nn.Conv2d(i, i, 3, stride, 1, groups=i, bias=False), nn.BatchNorm2d(i), nn.ReLU6(),
            nn.Conv2d(i, o, 1, bias=False), nn.BatchNorm2d(o), nn.Hardswish(),
        )  # fmt: skip

    return nn.Sequential(
        conv(3, 16, stride=2), block(16, 24, 1), block(24, 32, 2), block(32, 32, 1), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Linear(32, 10),
    )  # fmt: skip


class Residual(nn.Module):
    """A block of the CIFAR networks of He et al. 2015, or of those of 2016 with the activation in front."""

    def __init__(self, i, o, stride, before):
        super().__init__()
        self.before = before
        self.bn1, self.bn2 = nn.BatchNorm2d(i if before else o), nn.BatchNorm2d(o)
        self.conv1, self.conv2 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.shortcut = nn.Identity() if i == o else nn.Conv2d(i, o, 1, stride, bias=False)
        self.shortcut_bn = nn.Identity() if before or i == o else nn.BatchNorm2d(o)

    def forward(self, x):
        if self.before:
            y = torch.relu(self.bn1(x))
            return self.conv2(torch.relu(self.bn2(self.conv1(y)))) + self.shortcut(y)
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.shortcut_bn(self.shortcut(x)))


def cifar_resnet(before):
    blocks, i = [], 16
    for o, stride in ((16, 1), (32, 2), (64, 2)):
        blocks += [Residual(i, o, stride, before), Residual(o, o, 1, before)]
        i = o
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 1, 1, bias=False), *([] if before else [nn.BatchNorm2d(16), nn.ReLU()]), *blocks,
        *([nn.BatchNorm2d(64), nn.ReLU()] if before else []), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip


class Gated(nn.Module):
    """Squeeze and excitation with a batch normalization on its maps of one element."""

    def __init__(self):
        super().__init__()
        self.stem = conv(3, 24, stride=2)
        self.squeeze = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(24, 8, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 24, 1), nn.Sigmoid()
        )
        self.end, self.out = conv(24, 32, 5, groups=4, stride=2), nn.Linear(32, 10)

    def forward(self, x):
        x = self.stem(x)
        return self.out(self.end(x * self.squeeze(x)).mean((2, 3)))


class Tokens(nn.Module):
    """Dense layers over (N, T, C) with batch normalization over channels, as transformers for time series have it."""

    def __init__(self):
        super().__init__()
        self.embed, self.bn1 = nn.Linear(8, 32), nn.BatchNorm1d(32)
        self.mix, self.bn2 = nn.Linear(20, 20), nn.BatchNorm1d(32)
        self.out = nn.Linear(32, 3)

    def forward(self, x):
        x = torch.relu(self.bn1(self.embed(x).transpose(1, 2)))
        x = x + torch.relu(self.bn2(self.mix(x)))
        return self.out(x.mean(2))


def generator():
    """The generator of DCGAN (Radford et al. 2016)."""

    def up(i, o):
        return nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU()

    return nn.Sequential(
        nn.ConvTranspose2d(32, 64, 4, 1, 0, bias=False), nn.BatchNorm2d(64), nn.ReLU(), *up(64, 32), *up(32, 16),
        nn.ConvTranspose2d(16, 3, 4, 2, 1), nn.Tanh(),
    )  # fmt: skip


def dilated():
    return nn.Sequential(
        nn.Conv2d(3, 16, (3, 5), padding=(1, 2)), nn.BatchNorm2d(16), nn.LeakyReLU(0.1),
        nn.Conv2d(16, 16, 3, padding=2, dilation=2), nn.BatchNorm2d(16), nn.ELU(),
        nn.Conv2d(16, 32, 3, padding=4, dilation=4, bias=False), nn.BatchNorm2d(32), nn.PReLU(32),
        nn.Conv2d(32, 5, 1),
    )  # fmt: skip


OWN = [
    Entry("mlp", Mlp, (64,)),
    Entry("mlp_before", MlpBefore, (32,)),
    Entry("lstm", lambda: Recurrent(nn.LSTM), (9, 12)),
    Entry("gru", lambda: Recurrent(nn.GRU), (9, 12)),
    Entry("vae", Vae, (1, 32, 32)),
    Entry("unet", UNet, (3, 32, 32)),
    Entry("text_cnn", TextCnn, (30,), vocabulary=200),
    Entry("cnn_3d", Cnn3d, (1, 8, 16, 16)),
    Entry("depthwise", depthwise, (3, 32, 32)),
    Entry("cifar_resnet", lambda: cifar_resnet(False), (3, 32, 32)),
    Entry("cifar_preact_resnet", lambda: cifar_resnet(True), (3, 32, 32)),
    Entry("gated", Gated, (3, 32, 32)),
    Entry("tokens", Tokens, (20, 8)),
    Entry("generator", generator, (32, 1, 1)),
    Entry("dilated", dilated, (3, 32, 32)),
]

# --- torchvision ---------------------------------------------------------------------------------------------------

TORCHVISION = [
    "resnet18", "resnet34", "resnet50", "resnext50_32x4d", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large",
    "densenet121", "vgg11_bn", "googlenet", "inception_v3", "shufflenet_v2_x0_5", "mnasnet0_5", "efficientnet_b0",
    "regnet_x_400mf", "regnet_y_400mf", "squeezenet1_1", "convnext_tiny", "wide_resnet", "efficientnet_b1",
    "mnasnet1_0", "shufflenet_v2_x1_0", "regnet_y_800mf",
]  # fmt: skip


def torchvision_model(name: str) -> nn.Module:
    from torchvision import models

    classes = {"num_classes": 100}
    match name:
        case "vgg11_bn":  # without its 400 MB of dense layers
            model = models.vgg11_bn(weights=None, **classes)
            model.avgpool, model.classifier = nn.AdaptiveAvgPool2d(1), nn.Linear(512, 100)
            return model
        case "wide_resnet":  # the blocks of wide_resnet50_2, one in each stage
            return models.ResNet(models.resnet.Bottleneck, [1, 1, 1, 1], width_per_group=128, **classes)
        case "googlenet" | "inception_v3":
            return getattr(models, name)(weights=None, aux_logits=False, init_weights=False, **classes)
        case _:
            return getattr(models, name)(weights=None, **classes)


def torchvision_entries() -> list[Entry]:
    try:
        import torchvision.models  # noqa: F401
    except (ImportError, RuntimeError) as e:
        print("without torchvision:", e, file=sys.stderr)
        return []
    return [
        Entry(name, lambda name=name: torchvision_model(name), (3, 96, 96) if name == "inception_v3" else IMAGE)
        for name in TORCHVISION
    ]


# --- timm ----------------------------------------------------------------------------------------------------------

TIMM = [
    "repvgg_a0", "dla46_c", "hardcorenas_a", "ghostnet_050", "rexnet_100", "mixnet_s", "lcnet_050", "semnasnet_075",
    "fbnetc_100", "skresnet18", "resnet10t", "ese_vovnet19b_dw", "mobileone_s0", "hrnet_w18_small", "tinynet_e",
    "repghostnet_050", "selecsls42b", "dpn48b", "mobilenetv4_conv_small", "tf_efficientnet_lite0",
]  # fmt: skip


def timm_entries() -> list[Entry]:
    try:
        import timm
    except ImportError as e:
        print("without timm:", e, file=sys.stderr)
        return []
    return [
        Entry("timm_" + name, lambda name=name: timm.create_model(name, pretrained=False, num_classes=100))
        for name in TIMM
    ]


def entries() -> list[Entry]:
    return OWN + torchvision_entries() + timm_entries()
