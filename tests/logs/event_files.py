"""Event files for the tests, written by the real writers, and TensorBoard's own reading of them."""

from __future__ import annotations

import math
import os
import struct
from itertools import accumulate
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.util import tensor_util

from lrlint.logs import Run
from lrlint.logs.tfevents.crc32c import masked_crc

Points = list[tuple[float, int, float]]

EVERYTHING = {"scalars": 0, "tensors": 0, "images": 1, "histograms": 1, "compressedHistograms": 1, "audio": 1}


def accumulated(folder: Path) -> dict[str, Points]:
    """What EventAccumulator reads, nothing sampled and nothing purged: (wall time, step, value) by tag."""
    accumulator = EventAccumulator(str(folder), size_guidance=EVERYTHING, purge_orphaned_data=False)
    accumulator.Reload()
    tags = accumulator.Tags()
    points = {tag: [(e.wall_time, e.step, e.value) for e in accumulator.Scalars(tag)] for tag in tags["scalars"]}
    for tag in tags["tensors"]:
        plugin = accumulator.SummaryMetadata(tag).plugin_data.plugin_name
        if plugin == "scalars":
            events = accumulator.Tensors(tag)
            points[tag] = [(e.wall_time, e.step, tensor_util.make_ndarray(e.tensor_proto).item()) for e in events]
    return points


def our_points(run: Run) -> dict[str, Points]:
    """The same of a run that lrlint read."""
    points: dict[str, Points] = {}
    for series in run.series:
        assert series.wall_times is not None
        columns = (series.wall_times.tolist(), series.steps.tolist(), series.values.tolist())
        points[series.name] = list(zip(*columns, strict=True))
    return points


def same(ours: dict[str, Points], theirs: dict[str, Points]) -> bool:
    """Equality where NaN equals NaN."""
    return {tag: list(map(_key, points)) for tag, points in ours.items()} == {
        tag: list(map(_key, points)) for tag, points in theirs.items()
    }


def _key(point: tuple[float, int, float]) -> tuple[float, int, float | None]:
    wall, step, value = point
    return wall, step, None if math.isnan(value) else value


def event_file(folder: Path) -> Path:
    """The one event file of a folder."""
    (found,) = (folder / name for name in os.listdir(folder) if "tfevents" in name)
    return found


def record(event: Event) -> bytes:
    """An event as a record of the file."""
    return framed(event.SerializeToString())


def framed(data: bytes) -> bytes:
    """The data of a record with its length and checksums."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc(length)) + data + struct.pack("<I", masked_crc(data))


def scalar(step: int, value: float, tag: str = "train/loss") -> Event:
    """One scalar as add_scalar writes it."""
    event = Event(wall_time=1.7e9 + step, step=step)
    event.summary.value.add(tag=tag, simple_value=value)
    return event


def written(folder: Path, events: list[Event], name: str = "events.out.tfevents.1") -> list[int]:
    """Write the events to a file in `folder`, made old; where each record begins, and the end."""
    folder.mkdir(parents=True, exist_ok=True)
    records = [record(event) for event in events]
    path = folder / name
    path.write_bytes(b"".join(records))
    age(path)
    return list(accumulate(map(len, records), initial=0))


def age(path: Path) -> None:
    """Make a file look as if its writer were long gone."""
    os.utime(path, (1.7e9, 1.7e9))
