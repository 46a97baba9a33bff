"""Tells whether answers are the same to the bit, whatever computes them: by their receipts, and by hashes of single rows.

    python3 receipts.py models --jar ../../../target/norma-*.jar [--wide]

Starts the service on models of a directory (in Triton's layout, beside the bundled digits), again and again: on one thread and two, on vectors of
128 and 256 bits (512 where the processor has them; with --wide they are computed without them, which takes long), with less of AVX, with requests
that run together and without, after a restart, and as a replica with a store of its own. Each sends the same rows alone, in batches of 1 to 64 and,
where the mode is not frozen, in one batch; the hashes must be those of the first service, and the receipts of the first must replay as the same.
Services on other arithmetic (no fused multiply-adds, no vectors) are held against one of their own family. Needs numpy.
"""
import argparse
import hashlib
import http.client
import json
import os
import pathlib
import queue
import struct
import subprocess
import tempfile
import threading
import time

import numpy

ROWS = 64
BATCH = 17
CONNECTIONS = 16
SIZES = [1, 2, 3, 5, 8, 14, 17, 31, 64]
MODES = {"batch": {}, "blend": {"prior_weight": 0.3}, "instance_aware": {"k": 1}}


def digest(tensors):
    """What a receipt's hashes are of: (name, data type, array) in order, arrays little-endian."""
    sha256 = hashlib.sha256()
    for name, datatype, array in tensors:
        name, datatype = name.encode(), datatype.encode()
        sha256.update(struct.pack("<I", len(name)) + name + struct.pack("<I", len(datatype)) + datatype)
        sha256.update(struct.pack(f"<I{array.ndim}Q", array.ndim, *array.shape))
        sha256.update(struct.pack("<Q", array.nbytes) + array.tobytes())
    return sha256.hexdigest()


class Service:
    """A process of its own, ended with the block."""

    def __init__(self, options, store, java=(), settings=()):
        start = ["-jar", str(options.jar)] if options.jar else ["-cp", options.classpath, "io.norma.NormaApplication"]
        arguments = pathlib.Path(__file__).resolve().parents[3] / "docker" / "options"
        self.port = options.port
        self.log = tempfile.NamedTemporaryFile(suffix=".log")
        self.process = subprocess.Popen(
            [options.java, f"@{arguments}", *java, *start, f"--server.port={self.port}", "--server.address=127.0.0.1",
             f"--norma.data-directory={store}", f"--norma.models.directory={options.models.resolve()}", "--norma.drift.sample-rate=0",
             "--norma.models.warm-up-at-most=1s", *settings], stdout=self.log, stderr=subprocess.STDOUT)

    def __enter__(self):
        for _ in range(1200):
            try:
                if self.ask(self.connect(), "GET", "/v2/health/ready")[0] == 200:
                    return self
            except OSError:
                pass
            if self.process.poll() is not None:
                raise SystemExit(f"the service ended:\n{pathlib.Path(self.log.name).read_text()}")
            time.sleep(0.25)
        raise SystemExit(f"the service is not ready:\n{pathlib.Path(self.log.name).read_text()}")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    @staticmethod
    def ask(connection, method, path, body=None, headers=None):
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer

    def metadata(self, model):
        return json.loads(self.ask(self.connect(), "GET", f"/v2/models/{model}")[1])

    def rows_together(self, model):
        stats = json.loads(self.ask(self.connect(), "GET", f"/v2/models/{model}/stats")[1])["model_stats"][0]
        return max(entry["batch_size"] for entry in stats["batch_stats"])

    def infer(self, connection, model, head, rows, parameters):
        """Binary both ways; gives the outputs as (name, data type, array), and the receipt."""
        tensor = {"name": head["name"], "shape": list(rows.shape), "datatype": "FP32", "parameters": {"binary_data_size": rows.nbytes}}
        header = json.dumps({"parameters": {**parameters, "receipt": True, "binary_data_output": True}, "inputs": [tensor]}).encode()
        status, body, answer = self.ask(connection, "POST", f"/v2/models/{model}/infer", header + rows.tobytes(),
                                        {"Inference-Header-Content-Length": str(len(header))})
        if status != 200:
            raise SystemExit(f"{model} answered {status}: {body.decode(errors='replace')}")
        length = int(answer.headers["Inference-Header-Content-Length"])
        told, at, outputs = json.loads(body[:length]), length, []
        for output in told["outputs"]:
            size = output["parameters"]["binary_data_size"]
            outputs.append((output["name"], output["datatype"], numpy.frombuffer(body[at:at + size], "<f4").reshape(output["shape"])))
            at += size
        receipt = told["receipt"]
        if receipt["outputs_sha256"] != digest(outputs) or receipt["inputs_sha256"] != digest([(head["name"], "FP32", rows)]):
            raise SystemExit(f"{model}: a client computes other hashes than the receipt has: {receipt}")
        return outputs, receipt

    def replay(self, model, head, rows, receipt):
        request = {"inputs": [{"name": head["name"], "shape": list(rows.shape), "datatype": "FP32", "data": rows.ravel().tolist()}]}
        status, body, _ = self.ask(self.connect(), "POST", f"/v1/models/{model}/replay",
                                   json.dumps({"receipt": receipt, "request": request}), {"Content-Type": "application/json"})
        if status != 200:
            raise SystemExit(f"{model} answered {status}: {body.decode(errors='replace')}")
        return json.loads(body)


def single(outputs, row):
    return digest([(name, datatype, array[row:row + 1]) for name, datatype, array in outputs])


def rows_of(head, model):
    generator = numpy.random.default_rng(int.from_bytes(hashlib.sha256(model.encode()).digest()[:4], "little"))
    shape = [extent if extent > 0 else 1 for extent in head["shape"][1:]]
    return generator.standard_normal((ROWS, *shape), dtype=numpy.float32)


class Seen:
    """Hashes of one service: by row, of whole batches by mode, and receipts to replay."""

    def __init__(self):
        self.rows, self.modes, self.receipts, self.counts, self.arithmetic = {}, {}, {}, {}, set()
        self.together = {}

    def row(self, model, row, sha256):
        self.rows.setdefault((model, row), set()).add(sha256)
        self.counts[model] = self.counts.get(model, 0) + 1


def alone(service, model, head, rows, seen, together):
    """Each row by itself, one after another or from many connections at a time."""
    todo = queue.SimpleQueue()
    for row in range(len(rows)):
        todo.put(row)

    def work():
        connection = service.connect()
        while True:
            try:
                row = todo.get_nowait()
            except queue.Empty:
                return
            outputs, receipt = service.infer(connection, model, head, rows[row:row + 1], {})
            answers[row] = single(outputs, 0)
            receipts[row] = receipt

    answers, receipts = {}, {}
    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS if together else 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(answers) != len(rows):
        raise SystemExit(f"{model}: {len(rows) - len(answers)} rows have no answer")
    for row, sha256 in answers.items():
        seen.row(model, row, sha256)
    seen.arithmetic.add(receipts[0]["arithmetic"])
    seen.receipts[model, "frozen"] = receipts[0]


def look(service, models, sizes, together=False, first=None):
    seen = Seen()
    for model, count in models.items():
        head = service.metadata(model)["inputs"][0]
        everything = rows_of(head, model)
        rows, batch = everything[:count], everything[:BATCH]
        alone(service, model, head, rows, seen, together)
        seen.together[model] = service.rows_together(model)
        connection = service.connect()
        for size in sizes:
            start = 7 * size % (count - size + 1)
            outputs, _ = service.infer(connection, model, head, rows[start:start + size], {})
            for row in range(size):
                seen.row(model, start + row, single(outputs, row))
        for mode, parameters in MODES.items():
            outputs, receipt = service.infer(connection, model, head, batch, {"normalization": mode, **parameters})
            seen.modes[model, mode] = digest(outputs)
            seen.receipts[model, mode] = receipt
        if first:
            for (name, mode), receipt in first.receipts.items():
                if name == model:
                    told = service.replay(model, head, rows[:1] if mode == "frozen" else batch, receipt)
                    seen.modes[model, f"replay of {mode}"] = (told["same"], [each["part"] for each in told["differs"]])
    return seen


def report(name, seen, first):
    """One line per model; gives how much differs."""
    wrong = 0
    for model in seen.counts:
        mine = {row: hashes for (of, row), hashes in seen.rows.items() if of == model}
        differ = sum(len(hashes | first.rows[model, row]) > 1 for row, hashes in mine.items())
        modes = {mode: sha256 for (of, mode), sha256 in seen.modes.items() if of == model and not mode.startswith("replay")}
        others = [mode for mode, sha256 in modes.items() if sha256 != first.modes[model, mode]]
        replays = {mode: told for (of, mode), told in seen.modes.items() if of == model and mode.startswith("replay")}
        failed = [f"{mode}: {told[1]}" for mode, told in replays.items() if not told[0]]
        wrong += differ + len(others) + len(failed)
        print(f"{name:38} {'/'.join(sorted(seen.arithmetic)):10} {model:16} {seen.counts[model]:5} answers to {len(mine)} rows,"
              f" single ones up to {seen.together[model]} together, {differ} rows differ; {len(modes)} modes, {others or 'none'} differ; {len(replays)} replays, {failed or 'all the same'}",
              flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=pathlib.Path)
    parser.add_argument("--jar", type=pathlib.Path)
    parser.add_argument("--classpath", help="in place of a jar")
    parser.add_argument("--java", default=os.path.join(os.environ.get("JAVA_HOME", ""), "bin", "java") if "JAVA_HOME" in os.environ else "java")
    parser.add_argument("--port", type=int, default=8190)
    parser.add_argument("--wide", action="store_true", help="512 bits on a processor without them, of the digits alone")
    parser.add_argument("--short", action="store_true", help="16 rows of each, and few sizes")
    options = parser.parse_args()
    count = 16 if options.short else ROWS
    models = {"digits": count} | {path.name: count for path in sorted(options.models.iterdir()) if path.is_dir()}
    small = {"digits": count}
    sizes = [size for size in SIZES if size <= count]
    has512 = "avx512f" in pathlib.Path("/proc/cpuinfo").read_text() if pathlib.Path("/proc/cpuinfo").exists() else False
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        stores = pathlib.Path(folder)
        with Service(options, stores / "first") as service:
            first = look(service, models, sizes if options.short else range(1, ROWS + 1))
            wrong += report("first, two threads", first, first)
        runs = [
            ("after a restart", "first", [], [], models, False),
            ("replica with a store of its own", "second", [], [], models, False),
            ("one thread", "second", [], ["--norma.compute.threads=1"], models, False),
            ("16 connections, 2 ms of delay", "second", [], ["--norma.batching.max-queue-delay=2ms"], models, True),
            ("16 connections, no batches", "second", [], ["--norma.batching.max-batch-size=1"], models, True),
            ("vectors of 128 bits", "second", ["-XX:MaxVectorSize=16"], [], models, False),
            ("vectors of 256 bits", "second", ["-XX:MaxVectorSize=32"], [], models, False),
            ("AVX of 2013 (UseAVX=2)", "second", ["-XX:UseAVX=2"], [], models, False),
        ]
        if has512:
            runs.append(("vectors of 512 bits", "second", ["-XX:MaxVectorSize=64", "-XX:UseAVX=3"], [], models, False))
        elif options.wide:
            runs.append(("512 bits, without such vectors", "second", ["-Dnorma.compute.vector-bits=512"], [], {"digits": 4}, False))
        for name, store, java, settings, which, together in runs:
            with Service(options, stores / store, java, settings) as service:
                wrong += report(name, look(service, which, [size for size in sizes if size <= min(which.values())], together, first), first)
        families = [
            ("no FMA (UseFMA off), 256 bits", ["-XX:-UseFMA"]),
            ("no FMA, 128 bits", ["-XX:-UseFMA", "-XX:MaxVectorSize=16"]),
            ("AVX of 2011 (UseAVX=1)", ["-XX:UseAVX=1"]),
            ("SSE (UseAVX=0)", ["-XX:UseAVX=0"]),
            ("no vectors", ["-Dnorma.compute.scalar=true"]),
            ("no vectors, 128 bits", ["-Dnorma.compute.scalar=true", "-XX:MaxVectorSize=16"]),
        ]
        begun = {}
        for name, java in families:
            with Service(options, stores / "second", java) as service:
                seen = look(service, small, sizes)
                family = next(iter(seen.arithmetic))
                if family in first.arithmetic:
                    begun.setdefault(family, first)
                wrong += report(name, seen, begun.setdefault(family, seen))
        for family, seen in begun.items():
            if seen is not first:
                differ = sum(seen.rows["digits", row] != first.rows["digits", row] for row in range(count))
                print(f"between {next(iter(first.arithmetic))} and {family} {differ} of {count} rows of the digits differ, as may be")
    print("all the same" if wrong == 0 else f"{wrong} DIFFER")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
