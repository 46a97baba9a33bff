"""Keras models (on PyTorch) through Keras' own ONNX export, with AdaBN by Keras itself."""

import os
import pathlib

os.environ["KERAS_BACKEND"] = "torch"

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402
from safetensors.numpy import save_file  # noqa: E402


def cnn():
    return keras.Sequential([
        keras.Input((32, 32, 3)), layers.Conv2D(16, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(),
        layers.MaxPooling2D(), layers.Conv2D(32, 3, padding="same", use_bias=False),
        layers.BatchNormalization(scale=False), layers.ReLU(), layers.GlobalAveragePooling2D(), layers.Dense(10),
    ])  # fmt: skip


def residual():
    x = inputs = keras.Input((32, 32, 3))
    x = layers.ReLU()(layers.BatchNormalization(name="stem_bn")(layers.Conv2D(16, 3, 2, "same")(x)))
    for width in (16, 24):
        y = layers.SeparableConv2D(width, 3, padding="same")(x)
        y = layers.BatchNormalization()(y)
        if width != x.shape[-1]:
            x = layers.BatchNormalization()(layers.Conv2D(width, 1)(x))
        x = layers.ReLU()(layers.Add()([x, y]))
    return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


def mlp():
    return keras.Sequential([
        keras.Input((24,)), layers.BatchNormalization(center=False, scale=False), layers.Dense(32),
        layers.BatchNormalization(), layers.Activation("tanh"), layers.Dense(16), layers.BatchNormalization(),
        layers.ReLU(), layers.Dense(4),
    ])  # fmt: skip


ALL = {"keras_cnn": cnn, "keras_residual": residual, "keras_mlp": mlp}


def norms(model):
    return [layer for layer in model._flatten_layers() if isinstance(layer, layers.BatchNormalization)]


def randomise(model, batch, random) -> None:
    for norm in norms(model):
        for weight, low, high in ((norm.gamma, 0.5, 1.5), (norm.beta, -0.3, 0.3)):
            if weight is not None:
                weight.assign(random.uniform(low, high, weight.shape).astype(np.float32))
        norm.momentum = 0.3
    model(batch, training=True)
    for norm in norms(model):
        norm.moving_variance.assign(norm.moving_variance * random.uniform(0.8, 1.25, norm.moving_variance.shape))


def adapt(model, batch) -> None:
    """Running statistics of one batch; Keras keeps the population variance."""
    for norm in norms(model):
        norm.momentum = 0.0
    model(batch, training=True)


def weights(model) -> dict[str, np.ndarray]:
    return {w.path: keras.ops.convert_to_numpy(w).copy() for w in model.weights}


def make(name: str, folder: pathlib.Path, calibration: int, held_out: int, seed: int) -> int:
    """Writes all files of a model, and returns how many batch normalizations it has."""
    random = np.random.default_rng(seed)
    keras.utils.set_random_seed(seed)
    model = ALL[name]()
    shape = model.input_shape[1:]
    inputs = random.normal(0, 1, (4, *shape)).astype(np.float32)
    shifted = random.normal(0.4, 0.6, (calibration + held_out, *shape)).astype(np.float32)
    randomise(model, random.normal(0, 1, (32, *shape)).astype(np.float32), random)
    model(inputs)
    model.export(folder / "model.onnx", format="onnx", verbose=False)
    save_file(weights(model), folder / "checkpoint.safetensors")
    np.save(folder / "input.npy", inputs)
    np.save(folder / "output.npy", keras.ops.convert_to_numpy(model(inputs)))
    np.save(folder / "shifted.npy", shifted)
    adapt(model, shifted[:calibration])
    np.save(folder / "adabn.npy", keras.ops.convert_to_numpy(model(shifted[calibration:])))
    return len(norms(model))
