"""The command line: turns arguments into settings, reports into bytes, and what happened into an exit code."""

from __future__ import annotations

import atexit
import gc
import os
import sys

TYPE_CHECKING = False  # importing typing would cost as much as starting Python
if TYPE_CHECKING:
    from collections.abc import Sequence

CLEAN, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130


class UserError(Exception):
    """Something the user can put right; shown as one line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `lrlint` with `arguments` (default: those of the process) and return its exit code.

    0: nothing found. 1: findings. 2: lrlint could not do all of its job. 130: interrupted.
    """
    spare_the_process()
    try:
        _stand_in_for_closed_streams()
        _check_working_directory()
        from lrlint.cli.plain import plain

        code = plain(arguments)
        if code is not None:
            return code
        from lrlint.cli.group import run

        return run(arguments)
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("lrlint: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception:
        # Without this a defect of ours would exit with 1, the code for findings.
        import traceback

        traceback.print_exc()
        print("lrlint: this is a defect of lrlint, please report it with the lines above", file=sys.stderr)
        return FAILED


def spare_the_process() -> None:
    """Have a process that is soon over do without what would pay only in a longer life; before NumPy is imported."""
    # OpenBLAS starts a thread per core when NumPy is imported; they spin for longer than it takes to read most logs.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Modules and syntax trees are no garbage. Looking for some among them takes an eighth of the time, and at exit,
    # when Python looks through all it has, as long again.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)


def _stand_in_for_closed_streams() -> None:
    """Have something to write to where the shell closed it (`>&-`), which Python leaves as None.

    What goes to standard output must not be lost in silence: to write to its stand-in is an error.
    """
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def _check_working_directory() -> None:
    """Raise UserError where it was deleted: every relative path, and much of the standard library, depends on it."""
    try:
        os.getcwd()
    except OSError as error:
        raise UserError(f"the working directory: {error.strerror}") from error
