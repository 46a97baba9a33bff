"""A detector of the shape that today's have: the stages, widths and depths of the smallest YOLO11, written out anew.

It has what classifiers lack: SiLU behind each convolution, splits and concatenations, pooling that keeps its map, attention
within a map, upsampling, three outputs at once. Weights are random: for timing alone.
"""
import torch
import torch.nn as nn


def convolution(before, after, size=1, stride=1, groups=1, activation=True):
    return nn.Sequential(
        nn.Conv2d(before, after, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(after),
        nn.SiLU() if activation else nn.Identity())


class Bottleneck(nn.Module):
    def __init__(self, channels, inner):
        super().__init__()
        self.layers = nn.Sequential(convolution(channels, inner, 3), convolution(inner, channels, 3))

    def forward(self, x):
        return x + self.layers(x)


class Partial(nn.Module):
    """Two bottlenecks on one half of the channels, nothing on the other."""

    def __init__(self, channels):
        super().__init__()
        inner = channels // 2
        self.first, self.second = convolution(channels, inner), convolution(channels, inner)
        self.inner = nn.Sequential(Bottleneck(inner, inner), Bottleneck(inner, inner))
        self.last = convolution(2 * inner, channels)

    def forward(self, x):
        return self.last(torch.cat((self.inner(self.first(x)), self.second(x)), 1))


class Stage(nn.Module):
    def __init__(self, before, after, partial, expansion=0.5):
        super().__init__()
        self.width = int(after * expansion)
        self.first = convolution(before, 2 * self.width)
        self.inner = Partial(self.width) if partial else Bottleneck(self.width, self.width // 2)
        self.last = convolution(3 * self.width, after)

    def forward(self, x):
        a, b = self.first(x).split((self.width, self.width), 1)
        return self.last(torch.cat((a, b, self.inner(b)), 1))


class PyramidPooling(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first, self.last = convolution(channels, channels // 2), convolution(2 * channels, channels)
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        maps = [self.first(x)]
        for _ in range(3):
            maps.append(self.pool(maps[-1]))
        return self.last(torch.cat(maps, 1))


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.heads, self.width = channels // 64, 64
        self.key = self.width // 2
        self.qkv = convolution(channels, channels + 2 * self.key * self.heads, activation=False)
        self.position = convolution(channels, channels, 3, groups=channels, activation=False)
        self.last = convolution(channels, channels, activation=False)

    def forward(self, x):
        n, c, h, w = x.shape
        q, k, v = self.qkv(x).view(n, self.heads, 2 * self.key + self.width, h * w).split(
            (self.key, self.key, self.width), 2)
        weights = ((q.transpose(-2, -1) @ k) * self.key ** -0.5).softmax(-1)
        y = (v @ weights.transpose(-2, -1)).view(n, c, h, w)
        return self.last(y + self.position(v.reshape(n, c, h, w)))


class AttentionStage(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.width = channels // 2
        self.first, self.last = convolution(channels, channels), convolution(channels, channels)
        self.attention = Attention(self.width)
        self.forward_part = nn.Sequential(
            convolution(self.width, 2 * self.width), convolution(2 * self.width, self.width, activation=False))

    def forward(self, x):
        a, b = self.first(x).split((self.width, self.width), 1)
        b = b + self.attention(b)
        return self.last(torch.cat((a, b + self.forward_part(b)), 1))


class Head(nn.Module):
    """Boxes as distributions over 16 distances to each side, and scores of 80 classes."""

    def __init__(self, channels):
        super().__init__()
        self.boxes = nn.Sequential(convolution(channels, 64, 3), convolution(64, 64, 3), nn.Conv2d(64, 64, 1))
        self.scores = nn.Sequential(
            convolution(channels, channels, 3, groups=channels), convolution(channels, 80),
            convolution(80, 80, 3, groups=80), convolution(80, 80), nn.Conv2d(80, 80, 1))

    def forward(self, x):
        return self.boxes(x).flatten(2), self.scores(x).flatten(2)


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.quarter = nn.Sequential(
            convolution(3, 16, 3, 2), convolution(16, 32, 3, 2), Stage(32, 64, False, 0.25))
        self.eighth = nn.Sequential(convolution(64, 64, 3, 2), Stage(64, 128, False, 0.25))
        self.sixteenth = nn.Sequential(convolution(128, 128, 3, 2), Stage(128, 128, True))
        self.last = nn.Sequential(
            convolution(128, 256, 3, 2), Stage(256, 256, True), PyramidPooling(256), AttentionStage(256))
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.up16, self.up8 = Stage(384, 128, False), Stage(256, 64, False)
        self.down16, self.mix16 = convolution(64, 64, 3, 2), Stage(192, 128, False)
        self.down32, self.mix32 = convolution(128, 128, 3, 2), Stage(384, 256, True)
        self.heads = nn.ModuleList(Head(c) for c in (64, 128, 256))
        self.register_buffer("distances", torch.arange(16.0).view(1, 16, 1, 1))

    def forward(self, x):
        p3 = self.eighth(self.quarter(x))
        p4 = self.sixteenth(p3)
        p5 = self.last(p4)
        u4 = self.up16(torch.cat((self.up(p5), p4), 1))
        u3 = self.up8(torch.cat((self.up(u4), p3), 1))
        d4 = self.mix16(torch.cat((self.down16(u3), u4), 1))
        d5 = self.mix32(torch.cat((self.down32(d4), p5), 1))
        parts = [head(m) for head, m in zip(self.heads, (u3, d4, d5))]
        boxes = torch.cat([p[0] for p in parts], 2)
        scores = torch.cat([p[1] for p in parts], 2)
        n, _, anchors = boxes.shape
        sides = (boxes.view(n, 4, 16, anchors).transpose(1, 2).softmax(1) * self.distances).sum(1)
        return torch.cat((sides, scores.sigmoid()), 1)
