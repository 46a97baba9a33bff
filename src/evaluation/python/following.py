"""What guarded following does on a long stream of changing shifts with stretches sorted by class, of a running Norma.

    python3 following.py MODEL [--url http://localhost:8080] [--model-file DIR/coloured_digits/1/model.onnx]

The service is started with --norma.following.models=MODEL. Each image is one request, answered as by frozen statistics, by following its
class, and by a follower without any guard: a calibration on each 256 rows that is used at once. Prints right answers in percent by stretch, and
in the worst window of 500 rows how many points following, and the unguarded follower, are below frozen. Needs numpy, scikit-learn and, for
coloured_digits, torch.
"""
import json
import pathlib
import sys

import numpy

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from certificate import add  # noqa: E402
from instance_aware import SHIFTS, infer, parser_of, test_images  # noqa: E402
from serve_domains import Client  # noqa: E402

WINDOW = 500
EVERY = 256
ROWS = 768
NOISY, GAIN, NOISE = "contrast 0.4, brighter, noise", "gain 0.4, offset 0.3", "noise 0.2"
STRETCHES = (("clean", False), (NOISY, False), (NOISY, True), ("clean", True), (GAIN, False), (NOISE, True), (NOISY, False),
             ("clean", False), ("brighter by 0.3", False), ("brighter by 0.3", True), ("contrast 0.5", False), ("clean", True))


def stream(images, labels):
    """Images, labels and the stretch that each belongs to."""
    random = numpy.random.default_rng(11)
    for number, (shift, by_class) in enumerate(STRETCHES):
        drawn = random.integers(0, len(images), ROWS)
        if by_class:
            drawn = drawn[numpy.argsort(labels[drawn], kind="stable")]
        shifted = SHIFTS[shift](images[drawn])
        for i, row in enumerate(drawn):
            yield number, shifted[i:i + 1], labels[row]


def calibrated(client, model, rows):
    begun = client.send("POST", f"/v1/models/{model}/calibrations", json.dumps({"set": "unguarded", "minimum_samples": 2}))
    for i in range(0, len(rows), 64):
        add(client, model, begun["id"], rows[i:i + 64])
    client.send("POST", f"/v1/models/{model}/calibrations/{begun['id']}/publish", "{}")
    client.send("DELETE", f"/v1/models/{model}/calibrations/{begun['id']}")


def worst_window(right, frozen):
    sums = numpy.convolve(right.astype(float) - frozen, numpy.ones(WINDOW), "valid")
    return 100 * sums.min() / WINDOW


def main():
    options = parser_of(__doc__).parse_args()
    client = Client(options.url)
    images, labels = test_images(client, options)
    stretches, right, gathered, unguarded = [], {"frozen": [], "following": [], "unguarded": []}, [], {}
    for number, image, label in stream(images, labels):
        stretches.append(number)
        for name, parameters in (("frozen", {}), ("following", {"traffic_class": "stream"}), ("unguarded", unguarded)):
            right[name].append(infer(client, options.model, image, parameters)[0].argmax() == label)
        gathered.append(image)
        if len(gathered) == EVERY:
            calibrated(client, options.model, numpy.concatenate(gathered))
            gathered, unguarded = [], {"running_statistics": "unguarded"}
    right = {name: numpy.array(values) for name, values in right.items()}
    stretches = numpy.array(stretches)
    print("| | frozen | following | unguarded |\n|---|---|---|---|")
    for number, (shift, by_class) in enumerate(STRETCHES):
        print(f"| {shift}{', sorted by class' if by_class else ''} | "
              + " | ".join(f"{100 * right[name][stretches == number].mean():.1f}" for name in right) + " |")
    print("| all | " + " | ".join(f"{100 * right[name].mean():.1f}" for name in right) + " |")
    print(f"| worst window of {WINDOW}, against frozen | | "
          + " | ".join(f"{worst_window(right[name], right['frozen']):+.1f}" for name in ("following", "unguarded")) + " |")
    print(client.send("GET", f"/v1/models/{options.model}/following"))
    for kind in ("followed", "shadow"):
        revisions = client.send("GET", f"/v1/models/{options.model}/running-statistics/{kind}.stream/revisions?limit=50")["items"]
        for one in reversed(revisions):
            print(kind, one["revision"], one["source"], one.get("certificate", {}).get("verdict", ""))


if __name__ == "__main__":
    main()
