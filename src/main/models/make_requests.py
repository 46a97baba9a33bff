"""Writes ready-made requests for the bundled digits from held-back images: to examples/digits."""

import json
import pathlib

import numpy

import digits

TARGET = pathlib.Path(__file__).resolve().parents[3] / "examples" / "digits"
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEST_BODIES = 7


def number(value):
    """At most four decimals and no superfluous zeros; a sixteenth needs no more than these."""
    return f"{value:.4f}".rstrip("0").rstrip(".") or "0"


def body(name, images):
    """A V2 inference request; every row of eight pixels has a line, every image ends with an empty one."""
    pictures = [",\n".join(", ".join(map(number, row)) for row in image[0]) for image in images]
    shape = json.dumps(list(images.shape))
    return (
        f'{{"id": "{name}", "inputs": [{{"name": "image", "shape": {shape}, "datatype": "FP32", "data": [\n'
        + ",\n\n".join(pictures)
        + "\n]}]}\n"
    )


def write_bodies(folder, images, labels):
    """Splits the images into bodies of nearly equal size, with their labels in a file beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    rows_of_bodies = numpy.array_split(numpy.arange(len(images)), TEST_BODIES)
    labels_by_file = {}
    for index, rows in enumerate(rows_of_bodies, start=1):
        (folder / f"test-{index}.json").write_text(body(f"test-{index}", images[rows]))
        labels_by_file[f"test-{index}.json"] = labels[rows].tolist()
    write_labels(folder, labels_by_file)


def write_labels(folder, labels_by_file):
    lines = (f"  {json.dumps(name)}: {json.dumps(labels)}" for name, labels in labels_by_file.items())
    (folder / "labels.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    _, _, images, labels = digits.split()
    n = digits.CALIBRATION_SAMPLES

    write_bodies(TARGET / "clean", images[n:], labels[n:])
    shifted = digits.contrast_brightness_noise(images)
    write_bodies(TARGET / "shifted", shifted[n:], labels[n:])
    (TARGET / "shifted" / "calibration.json").write_text(body("calibration", shifted[:n]))

    # The first held-back image of each digit, whatever the network makes of it.
    for digit, name in enumerate(NAMES):
        first = int(numpy.flatnonzero(labels == digit)[0])
        (TARGET / f"{name}.json").write_text(body(name, images[first : first + 1]))
    write_labels(TARGET, {f"{name}.json": [digit] for digit, name in enumerate(NAMES)})


if __name__ == "__main__":
    main()
