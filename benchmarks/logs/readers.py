"""Loads every scalar below a folder with one reader and prints their number: `python readers.py READER FOLDER`.

Each run of this script is one whole process of the comparison in compare.py.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


def lrlint(folder: str) -> int:
    """lrlint.read_runs in a process as that of `lrlint logs`."""
    from lrlint.cli import spare_the_process

    spare_the_process()
    return lrlint_library(folder)


def lrlint_library(folder: str) -> int:
    """lrlint.read_runs in a process of whoever calls it."""
    from lrlint import read_runs

    return sum(series.values.size for run in read_runs(folder) for series in run.series)


def lrlint_logs(folder: str) -> int:
    """`lrlint logs`, with everything that it finds out; the number of findings is not printed."""
    from contextlib import redirect_stdout

    from lrlint.cli import main

    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        return main(["logs", "--no-cache", folder])


def event_accumulator(folder: str) -> int:
    """tensorboard's EventAccumulator, unsampled."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    count = 0
    for path, _, files in os.walk(folder):
        if any("tfevents" in name for name in files):
            # Everything that may be a scalar is kept, blobs are not.
            sizes = {"scalars": 0, "tensors": 0, "images": 1, "histograms": 1, "compressedHistograms": 1, "audio": 1}
            accumulator = EventAccumulator(path, size_guidance=sizes)
            accumulator.Reload()
            tags = accumulator.Tags()
            count += sum(len(accumulator.Scalars(tag)) for tag in tags["scalars"])
            count += sum(len(accumulator.Tensors(tag)) for tag in tags["tensors"])
    return count


def tbparse(folder: str) -> int:
    """tbparse.SummaryReader."""
    from tbparse import SummaryReader

    reader = SummaryReader(folder, event_types={"scalars", "tensors"})
    return len(reader.scalars) + len(reader.tensors)


def data_server(folder: str) -> int:
    """The binary of tensorboard-data-server, loaded fully and asked for every scalar over its RPC."""
    import subprocess
    import tempfile
    import threading

    import grpc
    import tensorboard_data_server
    from tensorboard.data.proto import data_provider_pb2, data_provider_pb2_grpc

    with tempfile.TemporaryDirectory() as scratch:
        port_file = os.path.join(scratch, "port")
        samples = "scalars=all,images=0,audio=0,histograms=0"
        command = [tensorboard_data_server.server_binary(), f"--logdir={folder}", "--reload=once", "--port=0"]
        command += [f"--samples-per-plugin={samples}", f"--port-file={port_file}", "--die-after-stdin", "-v"]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        assert server.stderr is not None
        while b"Finished load cycle" not in server.stderr.readline():
            pass
        threading.Thread(target=server.stderr.read, daemon=True).start()
        with open(port_file) as file:
            address = f"localhost:{file.read().strip()}"
        channel = grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", -1)])
        stub = data_provider_pb2_grpc.TensorBoardDataProviderStub(channel)
        request = data_provider_pb2.ReadScalarsRequest(experiment_id="", downsample={"num_points": 1 << 30})
        request.plugin_filter.plugin_name = "scalars"
        answer = stub.ReadScalars(request)
        count = sum(len(tag.data.value) for run in answer.runs for tag in run.tags)
        server.kill()
        server.wait()
    return count


def pandas(folder: str) -> int:
    """pandas.read_csv with its own parser."""
    import pandas as pd

    return sum(int(pd.read_csv(entry.path).count().sum()) for entry in os.scandir(folder))


def polars(folder: str) -> int:
    """polars.read_csv."""
    import polars as pl

    return sum(sum(column.count() for column in pl.read_csv(entry.path)) for entry in os.scandir(folder))


READERS: dict[str, Callable[[str], int]] = {
    "lrlint": lrlint,
    "lrlint-library": lrlint_library,
    "lrlint-logs": lrlint_logs,
    "EventAccumulator": event_accumulator,
    "tbparse": tbparse,
    "data-server": data_server,
    "pandas": pandas,
    "polars": polars,
}

if __name__ == "__main__":
    print(READERS[sys.argv[1]](sys.argv[2]))
