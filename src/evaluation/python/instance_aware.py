"""How many answers instance-aware normalization makes right, by shift and by k, of a running Norma.

    python3 instance_aware.py MODEL [--url http://localhost:8080] [--model-file DIR/coloured_digits/1/model.onnx]

MODEL is digits (the bundled one) or coloured_digits, whose file is uploaded first. Prints a table in Markdown of the accuracy in percent, and
how many rows' answers at the default k differ by any bit between batches of 1, 2, 8 and 64. Needs numpy, scikit-learn and, for coloured_digits, torch.
"""
import argparse
import json
import pathlib
import sys

import numpy

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "main" / "models")]
import digits  # noqa: E402
from serve_domains import Client  # noqa: E402

K = (0, 0.5, 1, 2, 4, 5, 8)
SHIFTS = {
    "clean": lambda x: x,
    "gain 0.4, offset 0.3": digits.gain_and_offset,
    "contrast 0.4, brighter, noise": digits.contrast_brightness_noise,
    "brighter by 0.3": lambda x: numpy.clip(x + 0.3, 0, 1).astype(numpy.float32),
    "contrast 0.5": lambda x: (0.5 * (x - 0.5) + 0.5).astype(numpy.float32),
    "noise 0.2": lambda x: numpy.clip(
        x + numpy.random.default_rng(3).normal(0, 0.2, x.shape), 0, 1).astype(numpy.float32),
}


def infer(client, model, images, parameters):
    """Answers for all images, in requests of so many rows as there are."""
    header = {"parameters": parameters, "inputs": [
        {"name": "image", "shape": list(images.shape), "datatype": "FP32", "parameters": {"binary_data_size": images.nbytes}}]}
    text = json.dumps(header).encode()
    client.connection.request("POST", f"/v2/models/{model}/infer", text + images.tobytes(), {
        "Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(text))})
    answer = client.connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(body.decode(errors="replace"))
    output = next(o for o in json.loads(body)["outputs"] if o["name"] == "probabilities")
    return numpy.float32(output["data"]).reshape(output["shape"])


def in_batches(client, model, images, parameters, rows):
    return numpy.concatenate(
        [infer(client, model, images[i:i + rows], parameters) for i in range(0, len(images), rows)])


def parser_of(description, **model):
    """Of a script that asks a service for one of the two networks."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("model", choices=("digits", "coloured_digits"), **model)
    parser.add_argument("--url", default="http://localhost:8080")
    parser.add_argument("--model-file", type=pathlib.Path)
    return parser


def test_images(client, options):
    """Images and labels for a model, which is uploaded first if there is a file of it."""
    if options.model == "digits":
        return digits.split()[2:]
    import coloured_digits
    if options.model_file:
        client.send("PUT", "/v1/models/coloured_digits/versions/1", options.model_file.read_bytes(),
                    "application/octet-stream")
    return coloured_digits.data()[2:]


def main():
    options = parser_of(__doc__).parse_args()
    client = Client(options.url)
    images, labels = test_images(client, options)
    print("| | frozen | " + " | ".join(f"k = {k}" for k in K) + " |")
    print("|---|---|" + "---|" * len(K))
    for name, shift in SHIFTS.items():
        shifted = shift(images)
        modes = [{}] + [{"normalization": "instance_aware", "k": k} for k in K]
        right = [(in_batches(client, options.model, shifted, mode, 50).argmax(1) == labels).mean() for mode in modes]
        print(f"| {name} | " + " | ".join(f"{100 * share:.1f}" for share in right) + " |", flush=True)
    shifted = digits.gain_and_offset(images[:64])
    mode = {"normalization": "instance_aware"}
    whole = in_batches(client, options.model, shifted, mode, 64)
    for rows in (1, 2, 8):
        other = (in_batches(client, options.model, shifted, mode, rows) != whole).any(1).sum()
        print(f"batches of {rows} against 64: {other} of 64 rows differ by any bit")


if __name__ == "__main__":
    main()
