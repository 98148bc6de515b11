# @title Set up: run this cell first. It brings the course's package `helpers`.
def set_up(wheel, sha256, needs, course):
    """Make `helpers` importable where it is not installed; no installed package is changed."""
    import atexit
    import contextlib
    import hashlib
    import importlib.util
    import io
    import os
    import sys
    import tempfile
    import urllib.request
    import zipfile
    from pathlib import Path

    mark = "pytorch-fundamentals-helpers-"  # in the names of the folders that such cells make
    mine = f"{mark}{sha256[:12]}-"  # in those of the cells that bring the same wheel

    class NotSetUp(Exception):
        def _render_traceback_(self):  # in a notebook: one sentence, no traceback
            return [f"Not set up: {self}"]

    def find(name):
        """Where `import name` finds it: a file, or a folder; empty if nowhere."""
        try:
            spec = importlib.util.find_spec(name)
        except ValueError:  # imported, by something that left no trace of where from
            return "memory"
        if spec is None:
            return ""
        return spec.origin or next(iter(spec.submodule_search_locations or []), "memory")

    def is_ours(found):
        folder, name = os.path.split(found)
        files = [os.path.join(folder, file) for file in ("__init__.py", "course.mplstyle")]
        return name == "__init__.py" and all(map(os.path.exists, files))

    def is_right(content):
        return hashlib.sha256(content).hexdigest() == sha256

    def fetch():
        if not wheel:
            raise NotSetUp(
                "`helpers` is not installed, and this notebook was made from a copy of the course "
                "that has no address. Open it in an environment where the course is installed."
            )
        try:
            with urllib.request.urlopen(wheel, timeout=30) as reply:
                content = reply.read()
        except Exception as error:  # no network, no such file, a broken reply
            advice = "Check the network and run this cell again"
            if getattr(error, "code", None) == 404:
                advice = (
                    "Perhaps the state of the course that this notebook was made from was never "
                    "published: open the notebook anew from its page in the course"
                )
            raise NotSetUp(
                f"the course's helpers could not be fetched from {wheel} ({error}). {advice}, "
                f"or take the whole course from {course}."
            ) from None
        if not is_right(content):
            raise NotSetUp(
                f"what came from {wheel} is not the file that belongs to this notebook. A login "
                "page of the network may have answered: open the address in a browser, then run "
                "this cell again."
            )
        return content

    def kept_or_fetched():
        """The wheel: as an earlier session has kept it, else from the web."""
        kept, content = None, b""
        with contextlib.suppress(OSError, RuntimeError):  # none yet; not readable; no home
            cache = os.environ.get("COURSE_DATA") or Path.home() / ".cache/pytorch-fundamentals"
            kept = Path(cache, f"helpers-{sha256[:12]}.whl")
            content = kept.read_bytes()
        if is_right(content):
            return content
        content = fetch()
        with contextlib.suppress(OSError):  # cannot be kept: then it is fetched again next time
            if kept:
                kept.parent.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(dir=kept.parent) as new:
                    Path(new, kept.name).write_bytes(content)
                    os.replace(Path(new, kept.name), kept)  # whole, for others that read it now
        return content

    def unpacked(content):
        """The folder of this session with what is in the wheel."""
        folder = None
        try:
            folder = tempfile.TemporaryDirectory(prefix=mine, ignore_cleanup_errors=True)
            zipfile.ZipFile(io.BytesIO(content)).extractall(folder.name)
        except OSError as error:
            if folder:
                folder.cleanup()
            raise NotSetUp(
                f"the course's helpers could not be unpacked ({error}). Make room on the disk, or "
                "let TMPDIR name a folder that can be written, then run this cell again."
            ) from None
        atexit.register(folder.cleanup)
        return os.path.abspath(folder.name)

    found = find("helpers")
    by_a_cell = mark in found  # by this one, run twice, or by another notebook's in this session
    if not is_ours(found) or (by_a_cell and mine not in found):
        folder = unpacked(kept_or_fetched())
        if found and not by_a_cell:
            print(
                f"Another package called helpers is on this computer, in {found}. "
                "It stays as it is; this notebook uses the course's own."
            )
        for name in [n for n in sys.modules if n == "helpers" or n.startswith("helpers.")]:
            del sys.modules[name]
        sys.path[:] = [folder, *(path for path in sys.path if mark not in str(path))]
        paths = os.environ.get("PYTHONPATH")  # for the processes that a page starts
        paths = [path for path in paths.split(os.pathsep) if mark not in path] if paths else []
        os.environ["PYTHONPATH"] = os.pathsep.join([folder, *paths])
        importlib.invalidate_caches()
    if missing := [name for name in needs if not find(name)]:
        raise NotSetUp(
            f"the course also needs {', '.join(missing)}. Run  %pip install {' '.join(missing)}  "
            "in a cell of its own, then run this cell again."
        )
