"""The `lrlint` command: its subcommands, each imported only when it is used."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

import click

from lrlint import __version__

COMMANDS = ("check", "logs", "compare", "range-test", "rule")
"""Each is the click command `command` of the module of `lrlint.cli` of that name, with _ for -."""


class LazyGroup(click.Group):
    """A group that imports a subcommand when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The subcommands in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of that name, None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"lrlint.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="lrlint %(version)s")
def lrlint() -> None:
    """Find learning-rate-scheduler bugs in PyTorch training code and in training logs."""


def run(arguments: Sequence[str] | None) -> int:
    """Run the command line and return its exit code; usage errors are shown, not raised."""
    try:
        code = lrlint.main(arguments, prog_name="lrlint", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        # click turns an interrupt into this.
        raise KeyboardInterrupt from None
    return code if isinstance(code, int) else 0
