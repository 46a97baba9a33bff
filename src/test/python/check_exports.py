"""Serves what make_exports.py made by a running Norma, and compares its answers with those of PyTorch.

    python check_exports.py FOLDER [--url http://localhost:8080] [--only PATTERN]

For each export: upload, inference, batch normalizations before and after the checkpoint came, calibration on shifted
inputs, inference by what came of it. Needs NumPy and the standard library. Ends with 1 where an export missed a bound.
"""

import argparse
import fnmatch
import io
import json
import pathlib
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile

import numpy as np

import onnx_data

SERVED = 1e-4  # of the largest output
ADAPTED = 1e-3
TYPES = {"float32": "FP32", "int64": "INT64"}


class Refused(Exception):
    def __init__(self, status: int, detail: str):
        super().__init__(f"{status}: {detail}")
        self.status = status


class Norma:
    def __init__(self, url: str):
        self.url = url

    def send(self, method: str, path: str, body=None, **headers):
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=600) as response:
                return response.headers, response.read()
        except urllib.error.HTTPError as e:
            text = e.read().decode(errors="replace")
            try:
                answer = json.loads(text)
                text = answer.get("detail") or answer.get("error") or text
            except ValueError:
                pass
            raise Refused(e.code, text) from None

    def json(self, method: str, path: str, document=None):
        body = None if document is None else json.dumps(document).encode()
        return json.loads(self.send(method, path, body, **{"Content-Type": "application/json"})[1] or b"null")

    def upload(self, model: str, folder: pathlib.Path) -> dict:
        """The model's file, or an archive of it with its data; merged here where the service takes no archive."""
        path = f"/v1/models/{model}/versions/1"
        file, data = folder / "model.onnx", folder / "model.onnx.data"
        if not data.exists():
            return json.loads(self.send("PUT", path, file.read_bytes(), **{"Content-Type": "application/onnx"})[1])
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as zipped:
            zipped.write(file, file.name)
            zipped.write(data, data.name)
        try:
            return json.loads(self.send("PUT", path, archive.getvalue(), **{"Content-Type": "application/zip"})[1])
        except Refused as e:
            if e.status not in (400, 415):
                raise
            merged = onnx_data.merge(file)
            return json.loads(self.send("PUT", path, merged, **{"Content-Type": "application/onnx"})[1])

    def tensors(self, model: str, array: np.ndarray, **parameters) -> tuple[bytes, dict]:
        name = self.json("GET", f"/v2/models/{model}")["inputs"][0]["name"]
        array = np.ascontiguousarray(array)
        head = {
            "parameters": {"binary_data_output": True, **parameters},
            "inputs": [{
                "name": name, "shape": list(array.shape), "datatype": TYPES[array.dtype.name],
                "parameters": {"binary_data_size": array.nbytes},
            }],
        }  # fmt: skip
        text = json.dumps(head).encode()
        headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(text))}
        return text + array.tobytes(), headers

    def infer(self, model: str, array: np.ndarray, **parameters) -> np.ndarray:
        body, headers = self.tensors(model, array, **parameters)
        answered, body = self.send("POST", f"/v2/models/{model}/infer", body, **headers)
        length = int(answered["Inference-Header-Content-Length"])
        output = json.loads(body[:length])["outputs"][0]
        return np.frombuffer(body, np.float32, int(np.prod(output["shape"])), length).reshape(output["shape"])

    def live(self, model: str) -> int:
        """How many batch normalizations have running statistics."""
        return len(self.json("GET", f"/v1/models/{model}/running-statistics/default").get("layers") or {})

    def calibrate(self, model: str, rows: np.ndarray, name: str) -> None:
        path = f"/v1/models/{model}/calibrations"
        asked = {"set": name, "minimum_samples": len(rows), "variance_convention": "population"}
        one = f"{path}/{self.json('POST', path, asked)['id']}"
        body, headers = self.tensors(model, rows)
        self.send("POST", one + "/batches", body, **headers)
        self.json("POST", one + "/publish", {})


def distance(actual: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference, as a share of the largest output."""
    if actual.shape != expected.shape:
        return float("inf")
    return float(np.abs(actual - expected).max() / max(np.abs(expected).max(), 1e-30))


def check(norma: Norma, folder: pathlib.Path, entry: dict) -> dict:
    model = entry["folder"].replace(".", "-")
    line = dict(entry, served=None, before=None, after=None, adapted=None, reason="")
    load = {name: np.load(folder / f"{name}.npy") for name in ("input", "output", "shifted", "adabn")}
    rows = entry["calibration_rows"]
    try:
        norma.upload(model, folder)
        line["served"] = distance(norma.infer(model, load["input"]), load["output"])
        line["before"] = norma.live(model)
        line["reason"] = "checkpoint: "
        if entry["batch_norms"]:
            state = (folder / "checkpoint.safetensors").read_bytes()
            try:
                norma.send(
                    "PUT", f"/v1/models/{model}/versions/1/checkpoint", state,
                    **{"Content-Type": "application/vnd.safetensors"},
                )  # fmt: skip
                line["reason"] = ""
            except Refused as e:
                line["reason"] += str(e)
        else:
            line["reason"] = ""
        line["after"] = norma.live(model)
        if line["after"]:
            norma.calibrate(model, load["shifted"][:rows], "shifted")
            answer = norma.infer(model, load["shifted"][rows:], running_statistics="shifted")
        else:
            answer = norma.infer(model, load["shifted"][rows:])
        line["adapted"] = distance(answer, load["adabn"])
        frozen = distance(norma.infer(model, load["shifted"][rows:]), load["adabn"])
        line["frozen"] = frozen
    except Refused as e:
        line["reason"] = str(e)
    except Exception as e:
        line["reason"] = f"{type(e).__name__}: {e}"
    finally:
        try:
            norma.send("DELETE", f"/v1/models/{model}")
        except Refused:
            pass
    return line


def number(value) -> str:
    return "-" if value is None else f"{value:.1e}" if isinstance(value, float) else str(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--url", default="http://localhost:8080")
    parser.add_argument("--only", default="*", help="exports whose folders match (a pattern of the shell)")
    parser.add_argument("--report", type=pathlib.Path, help="writes what was found there, as JSON")
    arguments = parser.parse_args()
    norma = Norma(arguments.url)
    entries = json.loads((arguments.folder / "index.json").read_text())
    print(f"{'export':44} {'served':>8} {'layers':>6} {'before':>6} {'after':>6} {'frozen':>8} {'adapted':>8}")
    lines = []
    for entry in entries:
        if fnmatch.fnmatch(entry["folder"], arguments.only):
            line = check(norma, arguments.folder / entry["folder"], entry)
            lines.append(line)
            print(
                f"{line['folder']:44} {number(line['served']):>8} {line['batch_norms']:>6} {number(line['before']):>6} "
                f"{number(line['after']):>6} {number(line.get('frozen')):>8} {number(line['adapted']):>8}  "
                f"{line['reason'][:150]}",
                flush=True,
            )
    if arguments.report:
        arguments.report.write_text(json.dumps(lines, indent=1))
    within = [x for x in lines if x["served"] is not None and x["served"] <= SERVED]
    live = [x for x in lines if x["after"] == x["batch_norms"]]
    adapted = [x for x in lines if x["adapted"] is not None and x["adapted"] <= ADAPTED]
    print(
        f"{len(lines)} exports of {len({x['network'] for x in lines})} networks: {len(within)} served within {SERVED:g}, "
        f"{sum(x['before'] == x['batch_norms'] for x in lines)} with all batch normalizations as they came, "
        f"{len(live)} after their checkpoint, {len(adapted)} within {ADAPTED:g} of AdaBN by PyTorch"
    )
    sys.exit(0 if len(within) == len(live) == len(adapted) == len(lines) else 1)


if __name__ == "__main__":
    main()
