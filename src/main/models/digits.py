"""The digits: how the images are scaled and split, and how a changed sensor would have seen them."""

import numpy
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SPLIT_SEED = 20150211
CALIBRATION_SAMPLES = 64


def split():
    """Returns training images and labels, then held-back ones; images are (N, 1, 8, 8) in 0..1.

    The data set counts ink in 0..16 per pixel; divided by 16 every value is an exact short decimal.
    A quarter is held back, stratified by label and shuffled.
    """
    images, labels = load_digits(return_X_y=True)
    images = (images / 16.0).astype(numpy.float32).reshape(-1, 1, 8, 8)
    train_images, held_images, train_labels, held_labels = train_test_split(
        images, labels, test_size=0.25, stratify=labels, random_state=SPLIT_SEED
    )
    return train_images, train_labels, held_images, held_labels


def gain_and_offset(images, gain=0.4, offset=0.3):
    """A sensor with another gain and a lifted black level: gain * x + offset."""
    return (gain * images + offset).astype(numpy.float32)


def contrast_brightness_noise(images, contrast=0.4, brightness=0.2, noise=0.05, seed=7):
    """Contrast around mid-grey, brightness added, Gaussian noise of the given standard deviation, clipped to 0..1."""
    drawn = numpy.random.default_rng(seed).normal(0.0, noise, images.shape)
    return numpy.clip(contrast * (images - 0.5) + 0.5 + brightness + drawn, 0.0, 1.0).astype(numpy.float32)
