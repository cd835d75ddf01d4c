"""What `lrlint check` costs beside other tools: CPU seconds of whole processes, in turn, in one run.

`python measure.py folders PATH...`, `python measure.py script FILE`, `python measure.py sweep` or
`python measure.py download FOLDER`; see the README beside it. lrlint runs with the Python of LRLINT_PYTHON, the
peers with that of PEERS_PYTHON (default: this one). ROUNDS (default 5) is how often each process is run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import NamedTuple

LRLINT = os.environ.get("LRLINT_PYTHON", sys.executable)
PEERS = os.environ.get("PEERS_PYTHON", sys.executable)
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SDISTS = ("transformers", "timm")
ENTRANCE = "import sys; from lrlint.cli import main; sys.exit(main())"
"""What the installed `lrlint` script does."""
NO_CACHE = "import os; os.environ['XDG_CACHE_HOME'] = os.devnull; "
"""A cache folder that nothing can be written to: the default command, without its cache."""


class Cost(NamedTuple):
    """CPU seconds of one process and its children, and the peak memory of the largest, in MB."""

    cpu: float
    peak: float


def main() -> None:
    """Run the measurement that the first argument names."""
    what, *paths = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        if what == "folders":
            show(measured(of_folders(paths, folder)), "ruff, no cache")
        elif what == "script":
            show(measured(of_script(paths[0], folder)), "import libcst and parse")
        elif what == "sweep":
            sweep(folder)
        else:
            download(paths[0])


def lrlint(*arguments: str) -> list[str]:
    """The command for lrlint, as its script starts it."""
    return [LRLINT, "-c", ENTRANCE, "check", *arguments]


def peer(module: str, *arguments: str) -> list[str]:
    """The command for another tool."""
    return [PEERS, "-m", module, *arguments]


def of_folders(paths: list[str], folder: str) -> dict[str, list[str]]:
    """Whole trees, cold and warm; one process of ruff as of lrlint."""
    os.environ["RAYON_NUM_THREADS"] = "1"
    ruff = peer("ruff", "check", "--quiet")
    kept = ["--cache-dir", os.path.join(folder, "ruff")]
    return {
        "ruff, no cache": [*ruff, "--isolated", "--no-cache", *paths],
        "ruff, cached": [*ruff, "--isolated", *kept, *paths],
        "ruff E,F, cached": [*ruff, "--isolated", "--select=E9,F", *kept, *paths],
        "lrlint, no cache": lrlint("--isolated", "--no-cache", *paths),
        "lrlint, cached": lrlint("--isolated", *paths),
    }


def of_script(script: str, folder: str) -> dict[str, list[str]]:
    """One training script: the floor, lrlint, the peers; and a file without a scheduler."""
    empty = os.path.join(folder, "no_scheduler.py")
    with open(empty, "w") as file:
        file.write("import torch\n\nprint(torch.__version__)\n")
    reading = f"open({script!r}, 'rb').read()"
    return {
        "python -c pass": [LRLINT, "-c", "pass"],
        "lrlint, no scheduler": lrlint(empty),
        "import libcst and parse": [LRLINT, "-c", f"import libcst; libcst.parse_module({reading})"],
        "lrlint, nothing cached": [LRLINT, "-c", NO_CACHE + ENTRANCE, "check", script],
        "lrlint, cached": lrlint(script),
        "torchfix": peer("torchfix", script),
        "torch-preflight": peer("torch_preflight", "check", script),
        "torch-preflight, no TG008": peer("torch_preflight", "check", "--ignore", "TG008", script),
        "flake8 with TorchFix": peer("flake8", "--isolated", script),
        "pylint, errors only": peer("pylint", "-E", script),
    }


def measured(commands: Mapping[str, list[str]]) -> dict[str, list[Cost]]:
    """Every command ROUNDS times, in turn; those that cannot be run are left out, caches are filled first."""
    usable = {name: command for name, command in commands.items() if works(name, command)}
    costs: dict[str, list[Cost]] = {name: [] for name in usable}
    for _ in range(ROUNDS):
        for name, command in usable.items():
            costs[name].append(cost(command))
    return costs


def works(name: str, command: list[str]) -> bool:
    """Whether a command can be run here; exit code 1 means findings."""
    run = subprocess.run(command, capture_output=True, check=False)
    missing = b"No module named" in run.stderr.splitlines()[-1] if run.stderr.strip() else False
    if missing or run.returncode < 0:
        print(f"{name}: not measured: {run.stderr.decode(errors='replace').strip()[-100:]}")
        return False
    return True


def cost(command: list[str]) -> Cost:
    """One process, waited for; its own children count."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(child.pid, 0)
    child.returncode = 0
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def show(costs: Mapping[str, list[Cost]], base: str) -> None:
    """The table: median, least and most CPU seconds, the ratio of the medians to `base`, peak memory."""
    floor = statistics.median(one.cpu for one in costs[base])
    print(f"CPU seconds, {ROUNDS} rounds\n{'process':28}{'median':>9}{'least':>9}{'most':>9}{'ratio':>8}{'peak MB':>9}")
    for name, several in costs.items():
        seconds = [one.cpu for one in several]
        middle = statistics.median(seconds)
        print(
            f"{name:28}{middle:9.3f}{min(seconds):9.3f}{max(seconds):9.3f}{middle / floor:8.2f}{several[-1].peak:9.0f}"
        )


def sweep(folder: str) -> None:
    """Seconds and memory against size: they should grow as the size does, and no faster."""
    for what, sizes, written in (
        ("files", (50, 100, 200, 400), files),
        ("functions in one file", (50, 100, 200, 400), functions),
        ("loops inside each other", (4, 8, 16), nested_loops),
        ("branches after each other", (10, 20, 40, 80), branches),
        ("branches inside each other", (5, 10, 20, 40), nested_branches),
        ("calls inside each other", (5, 10, 20, 40), calls),
    ):
        for size in sizes:
            target = os.path.join(folder, what.replace(" ", "_"), str(size))
            os.makedirs(target)
            for name, text in written(size).items():
                with open(os.path.join(target, name), "w") as file:
                    file.write(text)
            several = [cost(lrlint("--no-cache", target)) for _ in range(ROUNDS)]
            least = min(one.cpu for one in several)
            print(f"{what:28}{size:5}{least:9.3f} s{several[-1].peak:7.0f} MB")


SETUP = """import torch
optimizer = torch.optim.SGD(model.parameters(), 0.1)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=epochs * len(loader))
"""


def files(size: int) -> dict[str, str]:
    """A script with a scheduler, `size` times."""
    body = SETUP + "for epoch in range(epochs):\n    for x in loader:\n        optimizer.step()\n    scheduler.step()\n"
    return {f"train_{number}.py": body for number in range(size)}


def functions(size: int) -> dict[str, str]:
    """A file with `size` functions that step, each called once."""
    step = "def train_{0}(loader):\n    for x in loader:\n        optimizer.step()\n        scheduler.step()\n"
    calls = "".join(f"train_{number}(loader)\n" for number in range(size))
    return {"train.py": SETUP + "".join(step.format(number) for number in range(size)) + calls}


def nested_loops(size: int) -> dict[str, str]:
    """A step below `size` loops."""
    loops = "".join(f"{'    ' * depth}for i{depth} in range(n{depth}):\n" for depth in range(size))
    return {"train.py": f"{SETUP}{loops}{'    ' * size}scheduler.step()\n"}


def branches(size: int) -> dict[str, str]:
    """`size` branches, one after the other, of which each may replace the scheduler."""
    one = "if flag_{0}:\n    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, {0})\n    scheduler.step()\n"
    return {"train.py": SETUP + "".join(one.format(number) for number in range(1, size + 1))}


def nested_branches(size: int) -> dict[str, str]:
    """A chain of `elif`, of which each builds a scheduler."""
    one = "elif name == 'n{0}':\n    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, {0})\n"
    chain = "".join(one.format(number) for number in range(1, size + 1))
    return {"train.py": f"{SETUP}if name == '':\n    pass\n{chain}for epoch in range(9):\n    scheduler.step()\n"}


def calls(size: int) -> dict[str, str]:
    """A chain of functions, each of which calls the next one twice."""
    one = "def f{0}(scheduler):\n    f{1}(scheduler)\n    f{1}(scheduler)\n"
    chain = "".join(one.format(number, number + 1) for number in range(size))
    last = f"def f{size}(scheduler):\n    scheduler.step()\n"
    return {"train.py": f"{SETUP}{chain}{last}f0(scheduler)\n"}


def download(folder: str) -> None:
    """Fetch and unpack the source distributions that the README's figures are of."""
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "--no-build-isolation"]
    subprocess.run([*pip, "--dest", folder, *SDISTS], check=True)
    for name in sorted(os.listdir(folder)):
        if name.endswith(".tar.gz"):
            subprocess.run(["tar", "-xzf", os.path.join(folder, name), "-C", folder], check=True)


if __name__ == "__main__":
    # Whatever the caller's settings: bytecode is cached, as in any installed Python.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    main()
