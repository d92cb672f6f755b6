"""What the code must not do: unpickle, hand text to a shell, evaluate text, trust odd files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from grasp_detector.weights_sums import listed_sums, sha256

TOP = Path(__file__).resolve().parents[2]
CODE = sorted(
    path
    for folder in ("grasp_detector", "launch", "tools", "examples", "benchmarks", "scripts")
    for path in (TOP / folder).rglob("*")
    if path.is_file() and (path.suffix == ".py" or path.parent.name == "scripts")
)
# Modules that make objects, and run code, out of files.
UNPICKLING = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "jsonpickle",
}
EVALUATING = {"eval", "exec", "compile", "__import__"}
SHELL = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
LOADERS = {"yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load"}
SAFE_LOADERS = {"yaml.SafeLoader", "yaml.CSafeLoader", "_LOADER"}  # the last is one of both


def dangers(text: str) -> Iterator[str]:
    """What a piece of Python must not do, with its line."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            for module in modules:
                if module.partition(".")[0] in UNPICKLING:
                    yield f"{node.lineno}: imports {module}"
        if isinstance(node, ast.Call):
            yield from (f"{node.lineno}: {danger}" for danger in _in_call(node))


def _in_call(call: ast.Call) -> Iterator[str]:
    name = ast.unparse(call.func)
    given = {each.arg: ast.unparse(each.value) for each in call.keywords}
    if name in EVALUATING:
        yield f"{name} of text"
    if name in SHELL or given.get("shell", "False") != "False":
        yield "a shell"
    one_piece = call.args and isinstance(call.args[0], (ast.Constant, ast.JoinedStr))
    if name.startswith("subprocess.") and one_piece:
        yield "a command line in one piece"
    if name.endswith("torch.load") and given.get("weights_only") != "True":
        yield "torch.load of more than weights"
    # A checkpoint that Lightning reads is torch.load's.
    if "ckpt_path" in given and given.get("weights_only") != "True":
        yield "a checkpoint with more than weights"
    if given.get("allow_pickle", "False") != "False":
        yield "an array of objects"
    if name in LOADERS:
        loader = ast.unparse(call.args[1]) if len(call.args) > 1 else given.get("Loader", "")
        if loader not in SAFE_LOADERS:
            yield "YAML that makes objects"


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from joblib import load",
        "import numpy, dill.source",
        "eval(answer)",
        "os.system('rm ' + name)",
        "subprocess.run(command, shell=True)",
        "subprocess.run(f'ls {name}')",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "trainer.fit(module, ckpt_path=path)",
        "numpy.load(path, allow_pickle=True)",
        "yaml.load(text)",
        "yaml.load(text, yaml.Loader)",
        "yaml.unsafe_load(text)",
    ],
)
def test_dangers_are_seen(text: str) -> None:
    assert list(dangers(text))


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(TOP)))
def test_no_file_does_what_it_must_not(path: Path) -> None:
    assert list(dangers(path.read_text())) == []


def test_all_code_was_looked_at() -> None:
    names = {path.name for path in CODE}
    assert {"node.py", "weights.py", "run.py", "detect.launch.py", "soak.py"} <= names
    assert len(CODE) > 100


def test_no_shell_script_evaluates_text() -> None:
    scripts = [TOP / ".ci" / "run", *(TOP / "tools").iterdir(), TOP / "Makefile"]
    for script in scripts:
        if script.is_file() and script.suffix != ".py":
            assert not [line for line in script.read_text().split() if line == "eval"], script.name


def test_shipped_weights_are_those_that_are_listed() -> None:
    folder = TOP / "weights"
    found = {path.name: sha256(path) for path in folder.glob("*.safetensors")}
    assert listed_sums(folder) == found, "run: (cd weights && sha256sum *.safetensors > SHA256SUMS)"
