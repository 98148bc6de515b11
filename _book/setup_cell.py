# @title Set up: run this cell first. It brings the course's package `helpers`.
def set_up(wheel, sha256, needs, course):
    """Make `helpers` importable where it is not installed; no installed package is changed."""
    import hashlib
    import importlib.util
    import io
    import os
    import sys
    import tempfile
    import urllib.request
    import zipfile
    from pathlib import Path

    class NotSetUp(Exception):
        def _render_traceback_(self):  # in a notebook: one sentence, no traceback
            return [f"Not set up: {self}"]

    def find(name):
        try:
            return importlib.util.find_spec(name)
        except ValueError:  # imported, by something that left no trace of where from
            return sys.modules[name]

    def where(found):
        return getattr(found, "origin", None) or list(found.submodule_search_locations or [])

    def is_ours(found):
        file = found and getattr(found, "origin", None)
        return bool(file) and Path(file).with_name("course.mplstyle").exists()

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
            raise NotSetUp(
                f"the course's helpers could not be fetched from {wheel} ({error}). Check the "
                f"network and run this cell again, or take the whole course from {course}."
            ) from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise NotSetUp(
                f"what came from {wheel} is not the file that belongs to this notebook. A login "
                "page of the network may have answered: open the address in a browser, then run "
                "this cell again."
            )
        return content

    def unpacked():
        cache = Path(os.environ.get("COURSE_DATA") or Path.home() / ".cache/pytorch-fundamentals")
        folder = cache / f"helpers-{sha256[:12]}"
        if (folder / "helpers" / "__init__.py").exists():
            return folder
        content = fetch()
        try:
            cache.mkdir(parents=True, exist_ok=True)
            new = Path(tempfile.mkdtemp(dir=cache))
        except OSError:  # a home that cannot be written: for this session only
            new = Path(tempfile.mkdtemp())
        zipfile.ZipFile(io.BytesIO(content)).extractall(new)
        try:
            return new.rename(folder)
        except OSError:  # another notebook was quicker, or the home cannot be written
            return new

    other = find("helpers")
    if not is_ours(other):
        folder = str(unpacked())
        if other:
            print(
                f"Another package called helpers is on this computer, in {where(other)}. "
                "It stays as it is; this notebook uses the course's own."
            )
        for name in [n for n in sys.modules if n == "helpers" or n.startswith("helpers.")]:
            del sys.modules[name]
        sys.path.insert(0, folder)
        paths = [folder, os.environ.get("PYTHONPATH")]  # for the processes that a page starts
        os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
        importlib.invalidate_caches()
    if missing := [name for name in needs if not find(name)]:
        raise NotSetUp(
            f"the course also needs {', '.join(missing)}. Run  %pip install {' '.join(missing)}  "
            "in a cell of its own, then run this cell again."
        )
