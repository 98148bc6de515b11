"""The wheel of `helpers` that notebooks fetch: the package with its checks, and nothing else."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from edition import ROOT

# What pip would call: so it also works where there is no pip.
BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def wheel_path(wheel):
    """Where the wheel lies on the branch: its folder says what is in it, so none is replaced."""
    return f"wheels/{sha256(wheel)[:12]}/{wheel.name}"


def build_wheel():
    """The wheel of `helpers` with its checks; the same sources and tools give the same bytes."""
    sources = [ROOT / "pyproject.toml", ROOT / "LICENSE"]
    sources += [p for p in sorted(ROOT.glob("helpers/**/*")) if p.suffix != ".pyc"]
    sources += sorted(ROOT.glob("solutions/*.md"))
    sources = [p for p in sources if p.is_file()]
    tools = f"{sys.version} {version('setuptools')} {sha256(Path(__file__))}"
    digest = hashlib.sha256(tools.encode())
    for path in sources:
        digest.update(f"{path.relative_to(ROOT)} {sha256(path)}\n".encode())
    folder = ROOT / "_build" / "wheels" / digest.hexdigest()[:12]
    if not (found := list(folder.glob("*.whl"))):
        folder.mkdir(parents=True, exist_ok=True)
        # A folder of its own, since setuptools leaves traces where it builds.
        with tempfile.TemporaryDirectory(dir=folder) as work:
            Path(work, "source", "solutions").mkdir(parents=True)  # a book may have none
            for path in sources:
                copy = Path(work, "source", path.relative_to(ROOT))
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
                copy.chmod(0o644)  # modes go into the wheel, and are not the same in every clone
            done = subprocess.run(
                [sys.executable, "-c", BUILD, work],
                cwd=Path(work, "source"),
                env={**os.environ, "SOURCE_DATE_EPOCH": "1577836800"},  # any fixed day
                umask=0o022,  # for the files that setuptools adds
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise RuntimeError(f"the wheel of helpers was not built: {done.stderr[-2000:]}")
            for wheel in Path(work).glob("*.whl"):
                wheel.replace(folder / wheel.name)  # whole, for others that build at the same time
        found = list(folder.glob("*.whl"))
    return found[0]
