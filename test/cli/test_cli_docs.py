"""Every command in the documentation is run here, is run by another test, or says what it needs.

A block with a line ``# needs ...`` needs what is not here: ROS 2, a camera, a GPU, data. Its
commands are checked as far as they can be: they exist, with their options, arguments and files.
``/path/to/...`` says the same of data. All others are run, in small.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from grasp_detector.cli.main import app

TOP = Path(__file__).resolve().parents[2]
PAGES = [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").rglob("*.md"))]
# Which test runs what is not run here.
ELSEWHERE = {
    "make demo": "test/ros/test_demo.py",
    "make demo RECORD=1": "test/ros/test_demo.py",
    "make setup": "test/package/test_tools.py",
    "make lint": "test/package/test_tools.py",
    "make clean": "test/package/test_tools.py",
    "make test": "test/conftest.py",
    "make bench": "test/benchmarks",
    "pip install .": "test/package/test_pip.py",
    "pip install .[sim]": "test/package/test_pip.py",
    ".venv/bin/python tools/lock_requirements.py": "test/package/test_tools.py",
}
SMALL = {"--scenes": "1", "--tables": "1", "--repeats": "1"}
ASSIGNMENTS = re.compile(r"^(?:[A-Z_]+=\S+ )+(?=[a-z])")


@dataclass(frozen=True)
class Command:
    """A command of a page."""

    page: Path
    line: str
    needs: str  # what is not here; "" = nothing

    @property
    def words(self) -> list[str]:
        line = ASSIGNMENTS.sub("", self.line)
        # In a checkout the same without an installation.
        line = line.replace("tools/with_ros python -m grasp_detector ", "grasp-detector ")
        return shlex.split(line, comments=True)

    def __str__(self) -> str:
        return f"{self.page.name}: {self.line}"


def blocks(text: str) -> Iterator[str]:
    """Indented blocks, and fenced ones that are for a shell."""
    fence = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    for match in fence.finditer(text):
        if match[1] in ("sh", "bash", "shell"):
            yield match[2]
    plain = fence.sub("", text)
    for match in re.finditer(r"(?:^|\n)\n((?:    .*\n|\n(?=    ))+)", plain):
        yield "".join(line[4:] + "\n" for line in match[1].splitlines())


def commands(page: Path) -> Iterator[Command]:
    """The commands of a page, by block."""
    for block in blocks(page.read_text() + "\n"):
        if not re.match(r"(#|\$|[A-Z_]+=|\.|[a-z~])\S* ", block):
            continue
        joined = re.sub(r"\s*\\\n\s*", " ", block)
        whole = re.search(r"^# needs (.+)$", joined, re.MULTILINE)
        for line in filter(None, map(str.strip, joined.splitlines())):
            own = re.search(r"# needs (.+)$", line)
            needs = (own or whole)[1] if (own or whole) else ""  # type: ignore[index]
            if not needs and "/path/to/" in line:
                needs = "data"
            if not line.startswith("#"):
                yield Command(page, line, needs)


ALL = [command for page in PAGES for command in commands(page)]
OURS = [each for each in ALL if each.words and each.words[0] == "grasp-detector"]


def test_pages_have_commands() -> None:
    assert len(OURS) > 20
    assert {each.page.name for each in ALL} >= {"README.md", "training.md", "simulation.md"}


def test_every_command_is_tried_or_says_what_it_needs() -> None:
    odd = []
    for each in ALL:
        words = each.words
        if each.needs or words[0] == "grasp-detector":
            continue
        elsewhere = ELSEWHERE.get(" ".join(words))
        program = re.search(r"python (?:-m (grasp_detector\.\S+)|(examples/\w+)\.py)", each.line)
        if program:
            elsewhere = covering(program[1] or program[2].replace("/", "."))
        if elsewhere is None or not (TOP / elsewhere).exists():
            odd.append(str(each))
    assert not odd, "add a line '# needs ...' to the block, or a test"


def covering(module: str) -> str | None:
    """The test of a module that is started as a process."""
    name = module.rpartition(".")[2]
    if not (TOP / (module.replace(".", "/") + ".py")).is_file():
        return None
    for file in sorted((TOP / "test").rglob("test_*.py")):
        if re.search(rf'"{name}"|{re.escape(module)}\b|import .*\b{name}\b', file.read_text()):
            return str(file.relative_to(TOP))
    return None


@pytest.mark.parametrize("each", OURS, ids=str)
def test_documented_options_exist(each: Command) -> None:
    group = typer.main.get_command(app)
    _, verb, *words = each.words
    command = group.commands.get(verb)  # type: ignore[attr-defined]
    if hasattr(command, "commands"):
        verb, *words = words
        command = command.commands.get(verb)
    assert command is not None, verb
    known = {option for one in command.params for option in one.opts}
    for word in words:
        if word.startswith("--"):
            assert word.partition("=")[0] in known, word
        if word.startswith("config/"):
            assert (TOP / word).is_file(), word
    required = {one.opts[0] for one in command.params if one.required}
    assert {option for option in required if option.startswith("--")} <= set(words)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a reader has it: some pictures, the checkout's files, nothing else."""
    folder = tmp_path_factory.mktemp("desk")
    for name in ("config", "weights"):
        (folder / name).symlink_to(TOP / name)
    shutil.copytree(TOP / "docs", folder / "docs")  # `table --report` writes there
    pictures = folder / "my_pictures"
    pictures.mkdir()
    rgb = np.full((480, 640, 3), 205, np.uint8)
    depth = np.full((480, 640), 800, np.uint16)
    rgb[225:255, 250:390], depth[225:255, 250:390] = (90, 60, 50), 760
    cv2.imwrite(str(pictures / "cup_rgb.png"), rgb)
    cv2.imwrite(str(pictures / "cup_depth.png"), depth)
    camera = {"width": 640, "height": 480, "fx": 525.0, "fy": 525.0, "cx": 319.5, "cy": 239.5}
    (folder / "camera.json").write_text(json.dumps(camera))
    labelled = folder / "my_grasps" / "01"
    labelled.mkdir(parents=True)
    for number in range(100, 106):
        cv2.imwrite(str(labelled / f"pcd0{number}r.png"), rgb)
        (labelled / f"pcd0{number}cpos.txt").write_text("300 210\n300 270\n340 270\n340 210\n")
    return folder


def in_small(words: list[str]) -> list[str]:
    """The arguments with little to do."""
    return [SMALL.get(before, word) for before, word in zip(["", *words], words, strict=False)]


# Several pages may name one command. What `table` does is test_cli_table.py's, on less.
RUN_HERE = {
    tuple(in_small(each.words)): each
    for each in OURS
    if not each.needs and each.words[1] != "table"
}


@pytest.mark.parametrize("each", list(RUN_HERE.values()), ids=str)
def test_command_runs(each: Command, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if each.words[1] == "simulate":
        pytest.importorskip("pybullet", reason="PyBullet is not installed")
    monkeypatch.chdir(desk)
    monkeypatch.setenv("COLUMNS", "200")
    words = in_small(each.words)[1:]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, f"{result.output}\n{result.exception!r}"
    for option in ("--output", "--json", "--csv", "--pictures"):
        if option in words and "trial" not in words:  # which draws only what fails
            assert (desk / words[words.index(option) + 1]).exists(), option


ROS_OURS = [
    each
    for each in ALL
    if each.words[:2] in (["ros2", "run"], ["ros2", "launch"]) and each.words[2] == "grasp_detector"
]


@pytest.mark.parametrize("each", ROS_OURS, ids=str)
def test_documented_nodes_and_launch_files_take_what_they_are_given(each: Command) -> None:
    _, how, _, name, *words = each.words
    if how == "launch":
        declared = re.findall(
            r'DeclareLaunchArgument\(\s*"(\w+)"', (TOP / "launch" / name).read_text()
        )
        given = [word.partition(":=")[0] for word in words]
        assert set(given) <= set(declared)
        return
    places = [TOP / "examples" / f"{name}.py", TOP / "grasp_detector" / "ros" / f"{name}.py"]
    if name == "grasp_detector":
        places = [TOP / "grasp_detector" / "ros" / "parameters.py"]
    (source,) = (place.read_text() for place in places if place.is_file())
    for parameter in re.findall(r"-p (\w+):=", each.line):
        assert re.search(rf'"{parameter}"|^    {parameter}:', source, re.MULTILINE), parameter


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), target


SNIPPETS = [
    (page, code)
    for page in PAGES
    for code in re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
]


@pytest.mark.parametrize(("page", "code"), SNIPPETS, ids=lambda value: getattr(value, "name", ""))
def test_python_runs(page: Path, code: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    rgb = np.full((480, 640, 3), 205, np.uint8)
    scope = {"rgb": rgb, "depth": np.full((480, 640), 800, np.uint16)}
    exec(compile(code, str(page), "exec"), scope)
    assert "detector" in scope


def test_troubleshooting_quotes_what_is_said() -> None:
    """What stands in `...` in a table's first column is in the code; an ellipsis is any value."""
    sources = [
        file.read_text()
        for place in ("grasp_detector", "tools")
        for file in (TOP / place).rglob("*")
        if file.is_file() and file.suffix not in (".pyc", ".html")
    ]
    # Strings that go on in the next line, and what is put into them.
    code = re.sub(r'"\s*\n\s*f?"', "", "\n".join(sources))
    rows = re.findall(
        r"^\| (`.*?`) \|", (TOP / "docs" / "troubleshooting.md").read_text(), re.MULTILINE
    )
    quotes = [quote for row in rows for quote in re.findall(r"`([^`]+)`", row)]
    assert len(quotes) > 20
    for quote in quotes:
        for part in filter(None, (part.strip(" :(),") for part in re.split("…|: ", quote))):
            # A sentence may be put together from two.
            words = part.split(" ")
            halves = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(len(words))]
            assert any(first in code and rest in code for first, rest in halves), (quote, part)
