#!/usr/bin/env python3
"""Turns an official checkpoint into a safetensors file under the same names.

    convert-checkpoint.py INPUT OUTPUT.safetensors [--key K] [--only PREFIX] [--drop REGEX] [--prefix P]

INPUT is what torch.save wrote (.pth, .pt, .pth.tar, .h5 of DeblurGAN-v2; new zip form or old one), or a TensorFlow
checkpoint, named by its common part (model.ckpt-3) or its .index file. TensorFlow's filters [height, width, in, out]
become [out, in, height, width] and its matrices [in, out] become [out, in].

Needs Python 3.8 or newer and nothing else. A .pth file is a pickle, which can run any code when it is loaded the usual way:
here no name in it is ever imported, only tensors and plain containers are read.
"""
import argparse
import array
import json
import os
import pickle
import re
import struct
import sys
import tempfile
import zipfile
from collections import OrderedDict


class Refusal(Exception):
    """What is wrong with the input, in one line."""


# Bytes of an element, and the name in safetensors, by PyTorch's storage class and by TensorFlow's number of a type.
SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
STORAGES = {
    "DoubleStorage": "F64", "FloatStorage": "F32", "HalfStorage": "F16", "BFloat16Storage": "BF16",
    "LongStorage": "I64", "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8", "ByteStorage": "U8",
    "BoolStorage": "BOOL",
}
TENSORFLOW_TYPES = {1: "F32", 2: "F64", 3: "I32", 4: "U8", 5: "I16", 6: "I8", 9: "I64", 10: "BOOL", 14: "BF16", 19: "F16"}
# What a TensorFlow training leaves beside the network's own variables.
TENSORFLOW_TRAINING = re.compile(r"(^|/)(global_step|beta[12]_power|Adam(_1)?|Momentum|RMSProp(_1)?|_CHECKPOINTABLE_OBJECT_GRAPH)$")


class Tensor:
    """Elements of a storage: `data` gives the storage's bytes."""

    def __init__(self, dtype, shape, data):
        self.dtype, self.shape, self.data = dtype, list(shape), data


# ---- PyTorch


class Other:
    """Stands for any object that is no tensor and no container, such as the options of a training run."""

    def __init__(self, *arguments, **more):
        pass

    def __setstate__(self, state):
        pass

    def append(self, value):
        pass

    def extend(self, values):
        pass

    def __setitem__(self, key, value):
        pass


class Lazy:
    """A tensor whose storage may not have been read yet: the old form has the bytes after the pickle."""

    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape, self.strides = storage, offset, tuple(shape), tuple(strides)

    def __setstate__(self, state):
        pass


def rebuild_tensor(storage, offset, shape, strides, *_):
    return Lazy(storage, offset, shape, strides)


def rebuild_parameter(data, *_):
    return data


class TensorUnpickler(pickle.Unpickler):
    """Reads tensors and containers; imports nothing."""

    KNOWN = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
        ("torch._utils", "_rebuild_tensor"): rebuild_tensor,
        ("torch._utils", "_rebuild_parameter"): rebuild_parameter,
    }

    def __init__(self, file, storages):
        super().__init__(file, encoding="latin1")
        self.storages = storages

    def find_class(self, module, name):
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        return self.KNOWN.get((module, name), type(name, (Other,), {}))

    def persistent_load(self, identity):
        kind, dtype, key, _, count = identity[:5]
        if kind != "storage" or dtype not in SIZES:
            raise Refusal("holds a storage of unknown type; save it as plain tensors")
        # The old form may give a part of another storage: (key, offset, count).
        view = identity[5] if len(identity) > 5 else None
        storage = self.storages.setdefault(key, {"dtype": dtype, "count": count, "bytes": None})
        return {"of": storage, "from": view[1] if view else 0}


def read_pytorch(path):
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            pickles = [name for name in archive.namelist() if name.endswith("/data.pkl") or name == "data.pkl"]
            if not pickles:
                raise Refusal("is a zip archive without data.pkl: not what torch.save writes")
            folder = pickles[0][: -len("data.pkl")]
            order = folder + "byteorder"
            if order in archive.namelist() and archive.read(order) != b"little":
                raise Refusal("was written on a big-endian machine; save it again on another")
            storages = {}
            with archive.open(pickles[0]) as file:
                value = TensorUnpickler(file, storages).load()
            for key, storage in storages.items():
                storage["bytes"] = archive.read(folder + "data/" + str(key))
        return value
    with open(path, "rb") as file:
        magic = pickle_at(file, {})
        if magic != 0x1950A86A20F9469CFC6C:
            raise Refusal("is not what torch.save writes")
        pickle_at(file, {})
        pickle_at(file, {})
        storages = {}
        value = pickle_at(file, storages)
        for key in pickle_at(file, {}):
            (count,) = struct.unpack("<q", file.read(8))
            storage = storages.get(key)
            if storage is None:
                raise Refusal("is damaged: it lists a storage that nothing uses")
            storage["bytes"] = file.read(count * SIZES[storage["dtype"]])
        return value


def pickle_at(file, storages):
    return TensorUnpickler(file, storages).load()


def state_of(value, key):
    """The dictionary of tensors: the whole, or what lies under `key` or one of the usual keys."""
    if key is not None:
        if not isinstance(value, dict) or key not in value:
            keys = ", ".join(map(str, value)) if isinstance(value, dict) else "none"
            raise Refusal(f'has no key "{key}"; it has {keys}')
        return state_of(value[key], None)
    if isinstance(value, dict) and any(isinstance(each, Lazy) for each in value.values()):
        return value
    for usual in ("model", "state_dict", "network", "generator"):
        if isinstance(value, dict) and isinstance(value.get(usual), dict):
            return state_of(value[usual], None)
    raise Refusal("holds no dictionary of tensors; name the key of it with --key")


def contiguous(lazy):
    """The elements in row-major order, whatever the strides."""
    storage = lazy.storage["of"]
    if storage["bytes"] is None or len(storage["bytes"]) < storage["count"] * SIZES[storage["dtype"]]:
        raise Refusal("is damaged: a storage is cut short")
    size = SIZES[storage["dtype"]]
    data, at = storage["bytes"], lazy.offset + lazy.storage["from"]

    def part(axis, start):
        if axis == len(lazy.shape):
            return data[start * size : (start + 1) * size]
        rest = 1
        for length in lazy.shape[axis + 1 :]:
            rest *= length
        if rest_is_dense(lazy, axis):
            return data[start * size : (start + lazy.shape[axis] * rest) * size]
        return b"".join(part(axis + 1, start + k * lazy.strides[axis]) for k in range(lazy.shape[axis]))

    return Tensor(storage["dtype"], lazy.shape, part(0, at))


def rest_is_dense(lazy, axis):
    expected = 1
    for length, stride in zip(reversed(lazy.shape[axis:]), reversed(lazy.strides[axis:])):
        if length != 1 and stride != expected:
            return False
        expected *= length
    return True


def pytorch_tensors(path, key):
    state = state_of(read_pytorch(path), key)
    tensors = OrderedDict((str(name), contiguous(value)) for name, value in state.items() if isinstance(value, Lazy))
    # torch.nn.DataParallel puts this before every name.
    if tensors and all(name.startswith("module.") for name in tensors):
        tensors = OrderedDict((name[len("module.") :], value) for name, value in tensors.items())
    return tensors


# ---- TensorFlow


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data):
    """Number and value of each field of a protocol buffer message."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 2:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
            value, at = data[at : at + length], at + length
        else:
            raise Refusal("is damaged: its index cannot be read")
        yield number, value


def block_at(data, handle):
    offset, at = varint(handle, 0)
    size, _ = varint(handle, at)
    if offset + size >= len(data) or data[offset + size] != 0:
        raise Refusal("has an index that is compressed or cut short")
    return data[offset : offset + size]


def entries(block):
    """Keys and values of a block of LevelDB's table format: each key shares a beginning with the one before."""
    (restarts,) = struct.unpack("<I", block[-4:])
    end, at, key = len(block) - 4 * (restarts + 1), 0, b""
    while at < end:
        shared, at = varint(block, at)
        fresh, at = varint(block, at)
        length, at = varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        at += fresh
        yield key, block[at : at + length]
        at += length


def tensorflow_tensors(index_path):
    stem = index_path[: -len(".index")]
    with open(index_path, "rb") as file:
        index = file.read()
    if len(index) < 48 or index[-8:] != struct.pack("<Q", 0xDB4775248B80FB57):
        raise Refusal("is not the index of a TensorFlow checkpoint")
    footer = index[-48:]
    _, at = varint(footer, 0)
    _, at = varint(footer, at)
    tensors, shards = OrderedDict(), 1
    for _, handle in entries(block_at(index, footer[at:])):
        for key, value in entries(block_at(index, handle)):
            found = dict_of(value)
            if key == b"":
                shards = found.get(1, 1)
                continue
            name = key.decode()
            if TENSORFLOW_TRAINING.search(name):
                continue
            dtype = TENSORFLOW_TYPES.get(found.get(1, 0))
            if dtype is None:
                raise Refusal(f'"{name}" is of a type that cannot be kept; leave it out with --drop')
            shape = [dict_of(size).get(1, 0) for number, size in fields(found.get(2, b"")) if number == 2]
            shard = f"{stem}.data-{found.get(3, 0):05d}-of-{shards:05d}"
            with open(shard, "rb") as file:
                file.seek(found.get(4, 0))
                data = file.read(found.get(5, 0))
            if len(data) != found.get(5, 0):
                raise Refusal(f"is damaged: {os.path.basename(shard)} is cut short")
            tensors[name] = outputs_first(Tensor(dtype, shape, data))
    return tensors


def dict_of(message):
    return dict(fields(message))


def outputs_first(tensor):
    """[height, width, in, out] to [out, in, height, width], [in, out] to [out, in]."""
    if len(tensor.shape) not in (2, 4):
        return tensor
    *window, inputs, outputs = tensor.shape
    code = {1: "B", 2: "H", 4: "I", 8: "Q"}[SIZES[tensor.dtype]]
    values, turned = array.array(code, tensor.data), array.array(code)
    for output in range(outputs):
        for each in range(inputs):
            turned.extend(values[each * outputs + output :: inputs * outputs])
    return Tensor(tensor.dtype, [outputs, inputs, *window], turned.tobytes())


# ---- safetensors


def write_safetensors(path, tensors):
    header, offset = OrderedDict(), 0
    for name, tensor in tensors.items():
        end = offset + len(tensor.data)
        header[name] = {"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    handle, draft = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for tensor in tensors.values():
                file.write(tensor.data)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def convert(arguments):
    path = arguments.input
    index = path if path.endswith(".index") else path + ".index"
    if os.path.exists(index):
        tensors = tensorflow_tensors(index)
    elif os.path.isfile(path):
        tensors = pytorch_tensors(path, arguments.key)
    else:
        raise Refusal("does not exist")
    if arguments.only:
        tensors = OrderedDict((name, value) for name, value in tensors.items() if name.startswith(arguments.only))
    if arguments.drop:
        tensors = OrderedDict((name, value) for name, value in tensors.items() if not re.search(arguments.drop, name))
    if not tensors:
        raise Refusal("holds no tensor that is wanted")
    tensors = OrderedDict((arguments.prefix + name, value) for name, value in tensors.items())
    write_safetensors(arguments.output, tensors)
    return len(tensors)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--key", help="key of the dictionary of tensors; found by itself where it has a usual name")
    parser.add_argument("--only", help="keep the names that begin so")
    parser.add_argument("--drop", help="leave out the names in which this regular expression is found")
    parser.add_argument("--prefix", default="", help="put this before every name")
    arguments = parser.parse_args()
    try:
        count = convert(arguments)
    except Exception as error:  # A damaged pickle can fail in any way.
        reason = str(error) if isinstance(error, Refusal) else f"cannot be converted ({type(error).__name__}: {error})"
        print(f"{arguments.input}: {reason}", file=sys.stderr)
        return 2
    print(f"{count} tensors written to {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
