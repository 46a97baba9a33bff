"""How far certificates of calibrations can be trusted, of a running Norma: a grid of rows, classes, mixtures and shifts.

    python3 certificate.py MODEL RESULTS.json [--url http://localhost:8080] [--model-file DIR/coloured_digits/1/model.onnx]
    python3 certificate.py --report RESULTS.json [RESULTS.json …]

MODEL is digits (the bundled one) or coloured_digits, whose file is uploaded first. For each cell it calibrates on rows of one half of
the test images, reads the certificate, and measures on the other half what the set does: it harms if in any of the domains that the rows
came from it answers two points fewer right than the statistics that came with the network. The report fits thresholds to the
cells of even seeds, and tells of those of odd seeds false alarms, misses and the error of the predicted accuracy. Needs numpy, scikit-learn
and, for coloured_digits, torch.
"""
import itertools
import json
import pathlib
import sys

import numpy

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from instance_aware import SHIFTS, in_batches, parser_of, test_images  # noqa: E402
from serve_domains import Client  # noqa: E402

ROWS = (8, 16, 32, 64, 128, 256)
CLASSES = (10, 5, 3, 1)
HARM = 0.02
BATCH = 64
FEWEST = 32


def domains():
    """What rows come from: one shift, or two in equal parts."""
    names = list(SHIFTS)
    return [(name,) for name in names] + [("clean", name) for name in names[1:]]


def rows_of(random, images, labels, domain, count, classes):
    """Rows of so many classes, as many of each shift of the domain, shuffled."""
    of = random.choice(10, classes, replace=False)
    there = numpy.flatnonzero(numpy.isin(labels, of))
    drawn = random.choice(there, count, replace=count > len(there))
    parts = [SHIFTS[name](images[drawn[i::len(domain)]]) for i, name in enumerate(domain)]
    rows = numpy.concatenate(parts)
    return rows[random.permutation(len(rows))].astype(numpy.float32)


def add(client, model, calibration, rows):
    header = {"inputs": [{"name": "image", "shape": list(rows.shape), "datatype": "FP32",
                          "parameters": {"binary_data_size": rows.nbytes}}]}
    text = json.dumps(header).encode()
    client.connection.request("POST", f"/v1/models/{model}/calibrations/{calibration}/batches", text + rows.tobytes(), {
        "Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(text))})
    answer = client.connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(body.decode())
    return json.loads(body)


def cell(client, model, rows, held, labels, domain, frozen):
    begun = client.send("POST", f"/v1/models/{model}/calibrations", json.dumps({"set": "cell", "minimum_samples": 2}).encode())
    path = f"/v1/models/{model}/calibrations/{begun['id']}"
    for i in range(0, len(rows), BATCH):
        certificate = add(client, model, begun["id"], rows[i:i + BATCH])["certificate"]
    client.send("POST", path + "/publish", b"{}")
    right = {name: (in_batches(client, model, SHIFTS[name](held), {"running_statistics": "cell"}, 100).argmax(1) == labels).mean()
             for name in domain}
    client.send("DELETE", f"/v1/models/{model}/running-statistics/cell")
    client.send("DELETE", path)
    return {"certificate": certificate, "right": right, "frozen": {name: frozen[name] for name in domain}}


def measure(options):
    client = Client(options.url)
    images, labels = test_images(client, options)
    order = numpy.random.default_rng(5).permutation(len(images))
    half = len(images) // 2
    ours, held = order[:half], order[half:half + 400]
    frozen = {name: (in_batches(client, options.model, shift(images[held]), {}, 100).argmax(1) == labels[held]).mean()
              for name, shift in SHIFTS.items()}
    results = []
    for domain, count, classes, seed in itertools.product(domains(), ROWS, CLASSES, range(options.seeds)):
        random = numpy.random.default_rng((seed, count, classes))
        rows = rows_of(random, images[ours], labels[ours], domain, count, classes)
        result = cell(client, options.model, rows, images[held], labels[held], domain, frozen)
        results.append({"model": options.model, "domain": domain, "rows": count, "classes": classes, "seed": seed} | result)
        if len(results) % 50 == 0:
            print(len(results), "cells", file=sys.stderr, flush=True)
            options.results.write_text(json.dumps(results))
    options.results.write_text(json.dumps(results))


def told(result):
    """What the certificate says: rows, the ratio of confidences, disagreement, and the predicted accuracy."""
    probe = result["certificate"]["probe"]
    disagreement = probe.get("split_half_disagreement", 1)
    return (probe["rows"], probe["confidence"] / probe["source_confidence"], disagreement,
            max(1 - disagreement, probe["confidence"]))


def harms(result):
    return min(result["right"][name] - result["frozen"][name] for name in result["domain"]) < -HARM


def rates(results, ratio, disagreement):
    """Share of the harmless that are called harmful, and of the harmful that are not."""
    called = numpy.array([told(r)[1] < ratio or told(r)[2] >= disagreement for r in results])
    harmful = numpy.array([harms(r) for r in results])
    return (called & ~harmful).sum() / max(1, (~harmful).sum()), (~called & harmful).sum() / max(1, harmful.sum())


def error(results):
    return numpy.mean([abs(told(r)[3] - numpy.mean(list(r["right"].values()))) for r in results])


def report(files):
    results = [result for file in files for result in json.loads(file.read_text())]
    results = [result for result in results if told(result)[0] >= FEWEST]
    fitted = [r for r in results if r["seed"] % 2 == 0]
    others = [r for r in results if r["seed"] % 2 == 1]
    ratio, disagreement = min(
        itertools.product((0.75, 0.8, 0.85, 0.9, 0.95), (0.1, 0.15, 0.2, 0.3, 0.4, 2)), key=lambda t: sum(rates(fitted, *t)))
    print(f"fitted on {len(fitted)} cells: harmful below {ratio} of the source's confidence, or from a disagreement of {disagreement} on")
    print("| | cells | harmful | false alarms | misses | error of the predicted accuracy |\n|---|---|---|---|---|---|")
    for model in sorted({r["model"] for r in others}):
        for name, of in [("all", lambda r: True)] + [
                (f"{k} classes, {parts}", lambda r, k=k, n=n: r["classes"] == k and len(r["domain"]) == n)
                for n, parts in ((1, "one domain"), (2, "two domains")) for k in CLASSES]:
            cells = [r for r in others if r["model"] == model and of(r)]
            harmful = sum(harms(r) for r in cells)
            alarms, misses = rates(cells, ratio, disagreement)
            print(f"| {model}, {name} | {len(cells)} | {harmful} | {100 * alarms:.0f} % | "
                  + (f"{100 * misses:.0f} %" if harmful else "") + f" | {100 * error(cells):.1f} |")


if __name__ == "__main__":
    parser = parser_of(__doc__, nargs="?")
    parser.add_argument("results", nargs="?", type=pathlib.Path)
    parser.add_argument("--report", nargs="+", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=4, help="calibrations in each cell")
    arguments = parser.parse_args()
    if arguments.report:
        report(arguments.report)
    else:
        measure(arguments)
