"""Who may import whom, as pyproject.toml says."""

import subprocess
import sys

from tests.house.sources import ROOT

_RUN = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(*sys.argv[1:2], no_cache=True))"
_BAD = """
[tool.importlinter]
root_packages = ["services"]

[[tool.importlinter.contracts]]
name = "core knows no catalog, which it does"
type = "forbidden"
source_modules = ["services.core"]
forbidden_modules = ["services.catalog"]
"""


def lint(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _RUN, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_import_contract_is_kept():
    run = lint()

    assert run.returncode == 0, run.stdout
    assert " 0 broken" in run.stdout


def test_a_broken_contract_would_be_noticed(tmp_path):
    config = tmp_path / "pyproject.toml"
    config.write_text(_BAD)

    assert lint(str(config)).returncode == 1
