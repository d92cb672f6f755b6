"""Commands in the documentation can be typed as they stand."""

import re
import shlex
from pathlib import Path

import typer

from grasp_detector.cli.main import app


def commands(text: str) -> list[list[str]]:
    """Words after `grasp-detector`, of each such line of an indented block."""
    joined = re.sub(r"\\\n\s*", "", text)
    lines = re.findall(r"^    (?:[A-Z_]+=\S+ )*grasp-detector ([^#\n]+)", joined, re.MULTILINE)
    return [shlex.split(line) for line in lines]


def test_documented_commands_exist_with_their_options(top: Path) -> None:
    group = typer.main.get_command(app)
    pages = [top / "README.md", *sorted((top / "docs").rglob("*.md"))]
    found = [(page.name, words) for page in pages for words in commands(page.read_text())]
    assert len(found) > 10
    for name, (verb, *words) in found:
        command = group.commands.get(verb)  # type: ignore[attr-defined]
        if hasattr(command, "commands"):
            verb, *words = words
            command = command.commands.get(verb)
        assert command is not None, f"{name}: {verb}"
        known = {option for each in command.params for option in each.opts}
        for word in words:
            if word.startswith("--"):
                assert word in known, f"{name}: {verb} {word}"
            if word.startswith("config/"):
                assert (top / word).is_file(), f"{name}: {word}"
        required = {each.opts[0] for each in command.params if each.required}
        options = {option for option in required if option.startswith("--")}
        assert options <= set(words), f"{name}: {verb} {' '.join(words)}"
