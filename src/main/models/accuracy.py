"""Posts the labelled requests of a folder to a running Norma and prints the share of right answers.

Needs the standard library alone:  python3 accuracy.py examples/digits/shifted --running-statistics night
"""

import argparse
import json
import pathlib
import sys
import urllib.error
import urllib.parse
import urllib.request


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="holds the request bodies and labels.json")
    parser.add_argument("--url", default="http://localhost:8080", help="where Norma listens (%(default)s)")
    parser.add_argument("--model", default="digits", help="the model to ask (%(default)s)")
    parser.add_argument("--running-statistics", metavar="SET[@REVISION]", help="default: the active ones")
    return parser.parse_args()


def infer(url, request):
    """Returns the response to one V2 inference request; ends the program with the server's words if it refuses."""
    post = urllib.request.Request(url, json.dumps(request).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(post, timeout=60) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(f"{url} answered {error.code}: {error.read().decode(errors='replace')}")
    except urllib.error.URLError as error:
        sys.exit(f"{url} cannot be reached: {error.reason}")


def most_probable(response):
    """Returns the index of the largest probability of each row."""
    output = next((o for o in response["outputs"] if o["name"] == "probabilities"), None)
    if output is None:
        sys.exit(f"expected an output named probabilities, got {[o['name'] for o in response['outputs']]}")
    rows, classes = output["shape"]
    data = output["data"]
    return [max(range(classes), key=lambda c, start=row * classes: data[start + c]) for row in range(rows)]


def main():
    given = arguments()
    url = f"{given.url.rstrip('/')}/v2/models/{urllib.parse.quote(given.model, safe='')}/infer"
    right = total = 0
    used = set()
    for name, labels in json.loads((given.folder / "labels.json").read_text()).items():
        request = json.loads((given.folder / name).read_text())
        if given.running_statistics:
            request["parameters"] = {"running_statistics": given.running_statistics}
        response = infer(url, request)
        answers = most_probable(response)
        if len(answers) != len(labels):
            sys.exit(f"{name}: expected {len(labels)} answers, got {len(answers)}")
        right += sum(answer == label for answer, label in zip(answers, labels))
        total += len(labels)
        used.add(response.get("parameters", {}).get("running_statistics"))
    named = ", ".join(sorted(filter(None, used)))
    print(f"{right} of {total} right, {right / total:.1%}" + (f" (running statistics: {named})" if named else ""))


if __name__ == "__main__":
    main()
