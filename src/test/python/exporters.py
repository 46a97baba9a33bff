"""Ways from a PyTorch module to an ONNX file, as people call them."""

import pathlib
import warnings

import onnx
import torch
from onnx import numpy_helper

MODEL = "model.onnx"


def _dynamo(model, x, folder, **options):
    rows = torch.export.Dim("rows", min=1, max=4096)
    torch.onnx.export(
        model, (x,), folder / MODEL, dynamo=True, verbose=False, input_names=["x"], dynamic_shapes=({0: rows},), **options
    )


def _legacy(model, x, folder, **options):
    torch.onnx.export(
        model, (x,), str(folder / MODEL), dynamo=False, input_names=["x"], output_names=["y"],
        dynamic_axes={"x": {0: "rows"}, "y": {0: "rows"}}, opset_version=17, **options,
    )  # fmt: skip


def dynamo(model, x, folder):
    """The default since PyTorch 2.9: optimized, weights in a file of their own."""
    _dynamo(model, x, folder)


def dynamo_inline(model, x, folder):
    _dynamo(model, x, folder, external_data=False)


def dynamo_plain(model, x, folder):
    """What keeps batch normalizations."""
    _dynamo(model, x, folder, optimize=False, external_data=False)


def legacy(model, x, folder):
    _legacy(model, x, folder)


def legacy_preserve(model, x, folder):
    """What kept batch normalizations before."""
    _legacy(model, x, folder, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)


def tf2onnx_like(model, x, folder):
    """Batch normalizations folded into the convolution before them, and every name counted up anew, as tf2onnx does."""
    legacy_preserve(model, x, folder)
    proto = onnx.load(folder / MODEL)
    fold(proto.graph)
    rename(proto.graph)
    proto.producer_name, proto.producer_version = "tf2onnx", "1.16.1"
    onnx.save(proto, folder / MODEL)


ALL = {f.__name__: f for f in (dynamo, dynamo_inline, dynamo_plain, legacy, legacy_preserve, tf2onnx_like)}


def export(exporter: str, model: torch.nn.Module, x: torch.Tensor, folder: pathlib.Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ALL[exporter](model, x, folder)


def fold(graph) -> None:
    """W·γ/√(σ²+ε) and β + (b − μ)·γ/√(σ²+ε) in place of a convolution's weights and bias, in float32."""
    values = {i.name: i for i in graph.initializer}
    makers = {output: node for node in graph.node for output in node.output}
    uses = [name for node in graph.node for name in node.input] + [o.name for o in graph.output]
    for norm in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        node = makers.get(norm.input[0])
        if node is None or node.op_type not in ("Conv", "ConvTranspose") or uses.count(norm.input[0]) != 1:
            continue
        gamma, beta, mean, variance = (numpy_helper.to_array(values[name]) for name in norm.input[1:])
        epsilon = next((a.f for a in norm.attribute if a.name == "epsilon"), 1e-5)
        scale = gamma / (variance + gamma.dtype.type(epsilon)) ** 0.5
        weights = numpy_helper.to_array(values[node.input[1]])
        if node.op_type == "Conv":
            weights = weights * scale.reshape(-1, *[1] * (weights.ndim - 1))
        else:
            groups = next((a.i for a in node.attribute if a.name == "group"), 1)
            if groups != 1:
                continue
            weights = weights * scale.reshape(1, -1, *[1] * (weights.ndim - 2))
        bias = numpy_helper.to_array(values[node.input[2]]) if len(node.input) > 2 else 0
        names = [f"{norm.output[0]}_weights", f"{norm.output[0]}_bias"]
        for name, array in zip(names, (weights, beta + (bias - mean) * scale)):
            graph.initializer.append(numpy_helper.from_array(array.astype(gamma.dtype), name))
        inputs = [node.input[0], *names]
        del node.input[:]
        node.input.extend(inputs)
        node.output[0] = norm.output[0]
        graph.node.remove(norm)
    used = {name for node in graph.node for name in node.input}
    for initializer in [i for i in graph.initializer if i.name not in used]:
        graph.initializer.remove(initializer)


def rename(graph) -> None:
    if any(a.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for n in graph.node for a in n.attribute):
        return
    kept = {i.name for i in graph.input} | {o.name for o in graph.output} | {""}
    names = {}
    for number, initializer in enumerate(graph.initializer):
        initializer.name = names.setdefault(initializer.name, f"const_fold_opt__{number}")
    for number, node in enumerate(graph.node):
        node.name = f"StatefulPartitionedCall/{node.op_type}_{number}"
        for position, name in enumerate(node.output):
            if name not in kept:
                names[name] = f"{node.name}:{position}"
    for node in graph.node:
        for position, name in enumerate(node.input):
            node.input[position] = names.get(name, name)
        for position, name in enumerate(node.output):
            node.output[position] = names.get(name, name)
    del graph.value_info[:]
