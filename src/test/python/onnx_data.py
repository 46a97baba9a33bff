"""Puts an ONNX file's external data into the file, with the standard library alone (protobuf's wire format)."""

import pathlib

GRAPH, INITIALIZER = 7, 5  # ModelProto.graph, GraphProto.initializer
RAW_DATA, EXTERNAL_DATA, DATA_LOCATION = 9, 13, 14  # of TensorProto
KEY, VALUE = 1, 2  # of StringStringEntryProto


def merge(file: pathlib.Path) -> bytes:
    return _message(file.read_bytes(), {GRAPH: lambda g: _message(g, {INITIALIZER: lambda t: _tensor(t, file.parent)})})


def _fields(data: bytes):
    """Number, kind, value, and where the field lies."""
    position = 0
    while position < len(data):
        start = position
        tag, position = _varint(data, position)
        kind = tag & 7
        if kind == 0:
            value, position = _varint(data, position)
        elif kind == 2:
            length, position = _varint(data, position)
            value, position = data[position : position + length], position + length
        else:
            size = {1: 8, 5: 4}[kind]
            value, position = data[position : position + size], position + size
        yield tag >> 3, value, data[start:position]


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def _encoded(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(encoded) + bytes([value])


def _bytes(number: int, value: bytes) -> bytes:
    return _encoded(number << 3 | 2) + _encoded(len(value)) + value


def _message(data: bytes, changes) -> bytes:
    return b"".join(
        _bytes(number, changes[number](value)) if number in changes else whole for number, value, whole in _fields(data)
    )


def _tensor(data: bytes, folder: pathlib.Path) -> bytes:
    fields = list(_fields(data))
    entries = {}
    for number, value, _ in fields:
        if number == EXTERNAL_DATA:
            pair = {n: v.decode() for n, v, _ in _fields(value)}
            entries[pair[KEY]] = pair[VALUE]
    if not entries:
        return data
    with open(folder / entries["location"], "rb") as file:
        file.seek(int(entries.get("offset", 0)))
        content = file.read(int(entries["length"]) if "length" in entries else -1)
    kept = b"".join(whole for number, _, whole in fields if number not in (EXTERNAL_DATA, DATA_LOCATION))
    return kept + _bytes(RAW_DATA, content)
