"""Writes the logs that the benchmark reads: `python generate.py KIND FOLDER`.

Kinds: `regular` (1M scalars, five tags in turn, as torch's add_scalar writes them), `random` (the same, tags
of one length in random order), `tensors` (1M scalars as tf.summary writes them), `many` (500 runs of 2,000
scalars), `mixed` (500 MB with images and histograms between 400,000 scalars), `small` (one run of 2,000),
`csv` (5M rows, 300 MB). Needs tensorboard and google-crc32c.
"""

from __future__ import annotations

import os
import random
import struct
import sys
from collections.abc import Iterator

import google_crc32c
import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.histogram_pb2 import HistogramProto
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto

TAGS = ("train/loss", "train/lr", "grad_norm", "eval/loss_ema", "throughput/samples")
START = 1.7e9


def main() -> None:
    """Write the kind asked for."""
    kind, folder = sys.argv[1:]
    if kind == "csv":
        write_csv(folder)
    elif kind == "many":
        for run in range(500):
            write(os.path.join(folder, f"run{run:03d}"), scalars(2_000, run))
    else:
        events = {
            "regular": lambda: scalars(1_000_000, 0),
            "random": lambda: shuffled(1_000_000),
            "tensors": lambda: tensors(1_000_000),
            "mixed": mixed,
            "small": lambda: scalars(2_000, 0),
        }[kind]()
        write(folder, events)


def write(folder: str, events: Iterator[Event]) -> None:
    """One event file in `folder`."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "events.out.tfevents.1700000000.host.1.0"), "wb") as file:
        file.write(framed(Event(wall_time=START, file_version="brain.Event:2")))
        for event in events:
            file.write(framed(event))


def write_csv(folder: str) -> None:
    """One CSV with a step, an epoch, an LR, a loss, a gradient norm, and a validation loss that is never there."""
    os.makedirs(folder, exist_ok=True)
    rng = np.random.default_rng(0)
    count = 5_000_000
    with open(os.path.join(folder, "metrics.csv"), "w") as file:
        file.write("step,epoch,train_loss,lr,val_loss,grad_norm\n")
        for step in range(count):
            loss, norm = 1 + 0.1 * rng.standard_normal(), rng.random()
            file.write(f"{step},{step // 10_000},{loss:.15f},{1e-3 * (1 - step / count):.12e},,{norm:.10f}\n")


def framed(event: Event) -> bytes:
    """The event as a TFRecord."""
    data = event.SerializeToString()
    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def masked(data: bytes) -> bytes:
    """The masked checksum of `data`."""
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def scalars(count: int, seed: int) -> Iterator[Event]:
    """`count` scalars, the tags in turn: noise, but for a learning rate that is annealed by half a cosine."""
    values = np.random.default_rng(seed).normal(1.0, 0.1, count)
    lr = TAGS.index("train/lr")
    values[lr :: len(TAGS)] = 5e-4 * (1 + np.cos(np.linspace(0, np.pi, len(values[lr :: len(TAGS)]))))
    for index in range(count):
        yield scalar(TAGS[index % len(TAGS)], index // len(TAGS), float(values[index]))


def scalar(tag: str, step: int, value: float) -> Event:
    """One simple value."""
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
    return Event(wall_time=START + step * 0.013, step=step, summary=summary)


def shuffled(count: int) -> Iterator[Event]:
    """`count` scalars of five tags of one length, in random order."""
    random.seed(0)
    for index in range(count):
        yield scalar(f"train/loss_{random.randrange(5)}", index // 5, random.gauss(1, 0.1))


def tensors(count: int) -> Iterator[Event]:
    """`count` scalars as tf.summary.scalar writes them: a tensor's content, with metadata."""
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"))
    noise = np.random.default_rng(0).normal(1.0, 0.1, count).astype(np.float32)
    for index in range(count):
        tensor = TensorProto(dtype="DT_FLOAT", tensor_content=noise[index].tobytes())
        tensor.tensor_shape.SetInParent()
        value = Summary.Value(tag=TAGS[index % 5], tensor=tensor, metadata=metadata)
        yield Event(wall_time=START + index * 0.003, step=index // 5, summary=Summary(value=[value]))


def mixed() -> Iterator[Event]:
    """400,000 scalars with 20 kB images and 3 kB histograms between them."""
    rng = np.random.default_rng(0)
    for index in range(400_000):
        step = index // 5
        yield scalar(TAGS[index % 5], step, float(rng.normal(1, 0.1)))
        if index % 20 == 0:
            image = Summary.Image(height=64, width=64, colorspace=3, encoded_image_string=rng.bytes(20_000))
            yield Event(wall_time=START, step=step, summary=Summary(value=[Summary.Value(tag="image", image=image)]))
        if index % 16 == 0:
            histogram = HistogramProto(bucket=rng.normal(size=190), bucket_limit=np.arange(190.0))
            value = Summary.Value(tag="weights", histo=histogram)
            yield Event(wall_time=START, step=step, summary=Summary(value=[value]))


if __name__ == "__main__":
    main()
