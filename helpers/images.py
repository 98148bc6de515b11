"""The images of the course: Fashion-MNIST, or drawn ones where it cannot be had."""

import contextlib
import gzip
import hashlib
import http.client
import os
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import torch

from helpers.garments import CLASSES, draw_garments

__all__ = ["CLASSES", "Images", "data_folder", "fashion_mnist", "have_fashion_mnist", "stand_in"]


@dataclass(frozen=True)
class Images:
    """Images of ten kinds of garments; `helpers.images.CLASSES` names the kinds.

    x_train, x_test: uint8 from 0 (black) to 255, shape (samples, 28, 28).
    y_train, y_test: the kind, a whole number from 0 to 9; int64, shape (samples,).
    real:            whether they are Fashion-MNIST's photographs, or drawings.
    note:            a sentence that says which, and why.
    """

    x_train: torch.Tensor = field(repr=False)
    y_train: torch.Tensor = field(repr=False)
    x_test: torch.Tensor = field(repr=False)
    y_test: torch.Tensor = field(repr=False)
    real: bool
    note: str


def data_folder():
    """Where all chapters keep downloaded data: $COURSE_DATA, else a folder of the user's cache."""
    named = os.environ.get("COURSE_DATA")
    return Path(named) if named else Path.home() / ".cache" / "pytorch-fundamentals"


def fashion_mnist(folder=None, download=True):
    """Fashion-MNIST as Images: 60,000 for training, 10,000 for the test.

    folder:   where the files are, or shall be; `data_folder()` if it is None.
    download: whether to fetch what is missing. What an earlier attempt has fetched is kept and
              completed, and every archive is compared with its checksum.

    Where the dataset cannot be had, the Images are drawn by `stand_in`, and `note` says why.
    """
    folder = Path(folder or data_folder())
    try:
        return _load(folder, download)
    except (OSError, EOFError, RuntimeError) as error:
        reason = str(error).strip() or type(error).__name__
        return stand_in(
            note=f"Fashion-MNIST could not be had: {reason.rstrip('.')}. The course has drawn "
            "stand-in images instead, of the same shape and with the same ten classes. They are "
            "easier, so your figures will differ from those in the text."
        )


def stand_in(train=60_000, test=10_000, seed=0, note="Drawn stand-in images."):
    """Drawings as Images, as many as asked for; the same ones for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for count in (train, test):
        labels = torch.arange(count) % 10
        labels = labels[torch.randperm(count, generator=generator)]
        parts += [draw_garments(labels, generator), labels]
    return Images(*parts, real=False, note=note)


def have_fashion_mnist(folder=None):
    """Whether the folder holds the four archives, whole and with the right checksums."""
    raw = _raw(folder or data_folder())
    return all(_is_whole(raw / name, md5) for name, md5 in _torchvision().resources)


def _torchvision():
    from torchvision.datasets import FashionMNIST  # slow to import, and not every chapter needs it

    return FashionMNIST


def _raw(folder):
    return Path(folder) / "FashionMNIST" / "raw"  # where torchvision looks


def _load(folder, download):
    raw, archives = _raw(folder), _torchvision().resources
    with _alone(raw):
        for name, md5 in archives:
            if not _is_whole(raw / name, md5):
                if not download:
                    raise FileNotFoundError(f"{raw / name} is missing or damaged")
                _fetch(raw / name, md5)
        with contextlib.ExitStack() as stack:
            unpacked = folder
            try:
                _unpack(raw, raw, archives)
            except OSError:  # a folder that is read-only, or full: once, elsewhere
                unpacked = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                _unpack(raw, _raw(unpacked), archives)
            parts = []
            for train in (True, False):
                dataset = _torchvision()(unpacked, train=train)
                parts += [dataset.data, dataset.targets]
    return Images(*parts, real=True, note="Fashion-MNIST: 60,000 training and 10,000 test images.")


@contextlib.contextmanager
def _alone(raw):
    """Only one process at a time fetches and unpacks; in a read-only folder none can."""
    from filelock import FileLock  # PyTorch brings it along

    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            raw.mkdir(parents=True, exist_ok=True)
            stack.enter_context(FileLock(raw / ".lock"))
        yield


def _is_whole(file, md5):
    if not file.is_file():
        return False
    with open(file, "rb") as data:
        return hashlib.file_digest(data, "md5").hexdigest() == md5


def _unpack(source, target, archives):
    """Unpack what is not unpacked to its full size; a file appears only when it is whole."""
    target.mkdir(parents=True, exist_ok=True)
    for name, _ in archives:
        file, new = target / Path(name).stem, target / f"{Path(name).stem}.new"
        size = int.from_bytes((source / name).read_bytes()[-4:], "little")
        if file.is_file() and file.stat().st_size == size:
            continue
        try:
            with gzip.open(source / name) as packed, open(new, "wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
            os.replace(new, file)
        finally:
            new.unlink(missing_ok=True)  # on a full disk, what there is of it


def _fetch(file, md5):
    """Fetch one archive from the first of torchvision's mirrors that gives it unharmed."""
    fault = None
    for mirror in _torchvision().mirrors:
        try:
            _download(mirror + file.name, file.with_name(file.name + ".part"))
        except (OSError, ValueError, http.client.HTTPException) as error:  # URLError is an OSError
            fault = fault or f"{file.name} could not be fetched ({_reason(error)})"
            continue
        part = file.with_name(file.name + ".part")
        if _is_whole(part, md5):
            os.replace(part, file)
            return
        part.unlink()
        fault = f"what the network gave for {file.name} is not that file"
    raise OSError(fault)


def _reason(error):
    return getattr(error, "reason", None) or error


def _download(url, part):
    """Write the address's content to `part`, going on from what is there already."""
    from tqdm import tqdm

    done = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "pytorch-fundamentals", "Range": f"bytes={done}-"}
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing is left to fetch
            return
        raise
    with answer:
        if answer.headers.get_content_type() == "text/html":
            raise ValueError("a web page came instead: a login page, perhaps?")
        if answer.status != 206:  # the host begins anew
            done = 0
        total = done + int(answer.headers.get("Content-Length") or 0)
        bar = {"total": total, "initial": done, "unit": "B", "unit_scale": True, "leave": False}
        with open(part, "ab" if done else "wb") as file:
            with tqdm(desc=part.stem, file=sys.stdout, **bar) as progress:
                while block := answer.read(1 << 16):
                    file.write(block)
                    progress.update(len(block))
    if part.stat().st_size < total:
        raise ConnectionError("the connection broke off; a second run goes on from there")
