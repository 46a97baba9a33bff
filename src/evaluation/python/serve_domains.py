"""Holds a running Norma against what domains.py wrote: each domain by its set, alone and mixed with the others.

    python3 serve_domains.py DIR/dsbn-4 [--url http://localhost:8080]

Uploads the network and the sets, sends each test image once by itself and once among those of the other domains from several connections at a
time, so that they run in common batches, and prints: right answers per domain, the largest difference from PyTorch's float64, how many answers
differ by any bit, and how many rows ran together. Needs numpy.
"""
import argparse
import http.client
import json
import pathlib
import queue
import random
import threading
import urllib.parse

import numpy

CONNECTIONS = 32


class Client:
    """A connection of its own: http.client's are for one thread at a time."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)

    def send(self, method, path, body=None, content_type="application/json"):
        self.connection.request(method, path, body, {"Content-Type": content_type})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path} answered {answer.status}: {text.decode(errors='replace')}")
        return json.loads(text) if text else None

    def probabilities(self, model, image, statistics):
        request = {"parameters": {"running_statistics": statistics}, "inputs": [
            {"name": "image", "shape": [1, 1, 8, 8], "datatype": "FP32", "data": image.ravel().tolist()}]}
        answer = self.send("POST", f"/v2/models/{model}/infer", json.dumps(request))
        return numpy.float32(answer["outputs"][0]["data"])


def rows_together(client, model):
    stats = client.send("GET", f"/v2/models/{model}/stats")["model_stats"][0]
    return {entry["batch_size"]: entry["compute_infer"]["count"] for entry in stats["batch_stats"]}


def mixed(url, model, images):
    """Every image of every domain, in any order, from many connections at once."""
    todo, answers = queue.SimpleQueue(), {}
    order = [(name, i) for name in images for i in range(len(images[name]))]
    random.Random(7).shuffle(order)
    for entry in order:
        todo.put(entry)

    def work():
        client = Client(url)
        while True:
            try:
                name, i = todo.get_nowait()
            except queue.Empty:
                return
            answers[name, i] = client.probabilities(model, images[name][i], name)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--url", default="http://localhost:8080")
    options = parser.parse_args()
    model, client = options.folder.resolve().name, Client(options.url)
    client.send("PUT", f"/v1/models/{model}/versions/1", (options.folder / "1" / "model.onnx").read_bytes(),
                "application/octet-stream")
    expected = numpy.load(options.folder / "expected.npz")
    labels = expected["labels"]
    images = {key.split(".")[0]: expected[key] for key in expected if key.endswith(".images")}
    alone = {}
    for name in images:
        path = f"/v1/models/{model}/running-statistics/{name}"
        answer = client.send("PUT", path, (options.folder / f"{name}.npz").read_bytes(), "application/octet-stream")
        alone[name] = numpy.stack([client.probabilities(model, image, name) for image in images[name]])
        away = numpy.abs(alone[name] - expected[name + ".probabilities"]).max()
        right = (alone[name].argmax(1) == labels).mean()
        own = [layer for warning in answer["warnings"] if warning["code"] == "OWN_GAMMA_AND_BETA" for layer in warning["names"]]
        print(f"{name}: {right:.2%} right, at most {away:.1e} from PyTorch; layers with their own gamma and beta: {own}")
    before = rows_together(client, model)
    answers = mixed(options.url, model, images)
    other = sum(not numpy.array_equal(answer, alone[name][i]) for (name, i), answer in answers.items())
    runs = {size: count - before.get(size, 0) for size, count in rows_together(client, model).items()}
    print(f"mixed: {other} of {len(answers)} answers differ by any bit from those alone; runs by rows together: {runs}")


if __name__ == "__main__":
    main()
