"""The command `grasp-detector` and how it ends.

With 0, 2 and one line for bad input, 130 after Ctrl-C, 1 otherwise.
"""

from __future__ import annotations

import logging
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from typer.core import TyperGroup

from grasp_detector import __version__
from grasp_detector.cli.bench import bench
from grasp_detector.cli.calibrate import calibrate
from grasp_detector.cli.data import data
from grasp_detector.cli.depth import depth
from grasp_detector.cli.detect import detect
from grasp_detector.cli.evaluate import evaluate
from grasp_detector.cli.export import export
from grasp_detector.cli.simulate import simulate
from grasp_detector.cli.table import table
from grasp_detector.cli.train import train
from grasp_detector.cli.transfer import transfer
from grasp_detector.errors import InputError


class _StoppedError(Exception):
    """Ctrl-C, with what is to be said of it."""


class _Commands(TyperGroup):
    """Typer itself would end a command that is stopped, and say nothing."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise _StoppedError(*error.args) from error


app = typer.Typer(
    name="grasp-detector",
    cls=_Commands,
    help="Find where a parallel-jaw gripper can take hold, in RGB-D pictures.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for command in (data, train, evaluate, table, detect, export, calibrate, transfer, depth, bench):
    app.command()(command)
app.add_typer(simulate, name="simulate")


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"grasp-detector {__version__}")
        raise typer.Exit


@app.callback()
def _before_all(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Say it and end."),
    ] = False,
) -> None:
    """Options that go without a command."""


def main() -> None:
    """Entry point of the console script."""
    errors = Console(stderr=True)
    logging.basicConfig(
        level=logging.WARNING,
        format="%(message)s",
        handlers=[RichHandler(console=errors, show_time=False, show_path=False)],
    )
    try:
        app()
    except InputError as error:
        # The error may name files, whose names may look like markup.
        errors.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(2)
    except _StoppedError as stopped:
        errors.print(": ".join(["stopped", *map(str, stopped.args)]), highlight=False)
        sys.exit(130)
