"""The images of the course: whatever happens on the way, the right ones or a clear sentence."""

import codecs
import contextlib
import gzip
import hashlib
import http.server
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
import torch
from torchvision.datasets import FashionMNIST

from conftest import ROOT
from helpers import images
from helpers.garments import CLASSES, draw_garments
from helpers.images import fashion_mnist, have_fashion_mnist, stand_in

SIZES = (30, 10)  # training and test images in the archives of these tests


def archives():
    """Small files in the format of Fashion-MNIST: {name: bytes}; noise, so that gzip keeps it."""
    generator, files = torch.Generator().manual_seed(0), {}
    for part, count in zip(("train", "t10k"), SIZES):
        pixels = torch.randint(256, (count, 28, 28), generator=generator, dtype=torch.uint8)
        labels = (torch.arange(count) % 10).to(torch.uint8)
        head = struct.pack(">IIII", 0x803, count, 28, 28)
        files[f"{part}-images-idx3-ubyte.gz"] = head + pixels.numpy().tobytes()
        files[f"{part}-labels-idx1-ubyte.gz"] = (
            struct.pack(">II", 0x801, count) + labels.numpy().tobytes()
        )
    return {name: gzip.compress(content, mtime=0) for name, content in files.items()}


ARCHIVES = archives()
FIRST = "train-images-idx3-ubyte.gz"  # the largest, and the first to be fetched
RESOURCES = [(name, hashlib.md5(content).hexdigest()) for name, content in ARCHIVES.items()]


class Host(http.server.ThreadingHTTPServer):
    """A host of the archives, which counts what it sends.

    ranges: whether it sends the rest of a file to who asks for that.
    page:   a web page to send in place of every file.
    cut:    after how many bytes of a file it hangs up, once.
    pause:  seconds before each answer.
    """

    daemon_threads = True

    def __init__(self, ranges=True, page=None, cut=None, pause=0.0):
        super().__init__(("127.0.0.1", 0), Answer)
        self.ranges, self.page, self.cut, self.pause = ranges, page, cut, pause
        self.sent, self.asked = 0, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/"


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        host, name = self.server, self.path.lstrip("/")
        time.sleep(host.pause)
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        host.asked.append((name, start))
        content, start = ARCHIVES[name], start if host.ranges else 0
        if host.page:
            content, start = host.page, 0
        elif start and start >= len(content):
            return self.send_error(416)
        body = content[start:]
        self.send_response(206 if host.ranges and not host.page else 200)
        self.send_header("Content-Type", "text/html" if host.page else "application/x-gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if host.cut is not None:
            body, host.cut = body[: host.cut], None
        host.sent += len(body)  # before the client has it, which may look here at once
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def host(monkeypatch):
    """Makes hosts, and lets torchvision know of them: host(page=b"..."), host([{}, {}])."""
    made = []

    def make(several=None, **options):
        made.extend(Host(**one) for one in (several or [options]))
        monkeypatch.setattr(FashionMNIST, "mirrors", [one.address for one in made])
        return made if several else made[0]

    monkeypatch.setattr(FashionMNIST, "resources", RESOURCES)
    monkeypatch.setattr(FashionMNIST, "mirrors", ["http://127.0.0.1:9/"])  # nobody is there
    monkeypatch.setattr(images, "stand_in", lambda note: stand_in(20, 10, note=note))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    yield make
    for one in made:
        one.shutdown()
        one.server_close()


def raw(folder):
    return folder / "FashionMNIST" / "raw"


def put(folder, **changed):
    """The archives in a folder, as an earlier run left them; changed: other content, by stem."""
    raw(folder).mkdir(parents=True)
    for name, content in ARCHIVES.items():
        stem = name.partition("-idx")[0].replace("-", "_")
        (raw(folder) / name).write_bytes(changed.get(stem, content))


def is_right(found):
    return (
        found.real
        and found.note == "Fashion-MNIST: 60,000 training and 10,000 test images."
        and (len(found.x_train), len(found.x_test)) == SIZES
        and found.x_train.numpy().tobytes() == gzip.decompress(ARCHIVES[FIRST])[16:]
        and found.y_test.tolist() == [i % 10 for i in range(SIZES[1])]
    )


def says(found, *words):
    """Drawings, and a note that names the reason, and says what the drawings are."""
    assert not found.real and found.x_train.shape[1:] == (28, 28)
    for word in ("Fashion-MNIST could not be had: ", "drawn stand-in images", *words):
        assert word in found.note, found.note
    assert "\n" not in found.note and ".." not in found.note
    return True


def total(first=0):
    return sum(map(len, ARCHIVES.values())) - first


# From the network


def test_they_are_fetched_once_and_found_again(host, tmp_path, capsys):
    one = host()
    assert not have_fashion_mnist(tmp_path)
    assert is_right(fashion_mnist(tmp_path)) and have_fashion_mnist(tmp_path)
    assert is_right(fashion_mnist(tmp_path)) and is_right(fashion_mnist(tmp_path, download=False))
    assert one.sent == total() and len(one.asked) == 4
    assert not list(raw(tmp_path).glob("*.part")) + list(raw(tmp_path).glob("*.new"))


def test_the_folder_comes_from_the_environment(host, tmp_path, monkeypatch):
    put(tmp_path / "named")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "named"))
    assert is_right(fashion_mnist())


def test_without_a_network_the_note_says_so_and_a_second_run_goes_on(host, tmp_path):
    assert says(fashion_mnist(tmp_path), FIRST, "Connection refused")
    assert says(fashion_mnist(tmp_path, download=False), "is missing or damaged")
    host()
    assert is_right(fashion_mnist(tmp_path))


def test_a_login_page_is_no_archive(host, tmp_path):
    one = host(page=b"<html>Please log in</html>")
    assert says(fashion_mnist(tmp_path), "a web page came instead")
    assert not list(raw(tmp_path).glob("train*"))
    one.page = None
    assert is_right(fashion_mnist(tmp_path))


def test_a_login_page_leaves_the_half_that_is_there(host, tmp_path):
    raw(tmp_path).mkdir(parents=True)
    half = ARCHIVES[FIRST][:5000]
    (raw(tmp_path) / f"{FIRST}.part").write_bytes(half)
    one = host(page=b"<html>Please log in</html>")
    fashion_mnist(tmp_path)
    assert (raw(tmp_path) / f"{FIRST}.part").read_bytes() == half
    one.page = None
    assert is_right(fashion_mnist(tmp_path)) and (FIRST, 5000) in one.asked


def test_after_a_bad_mirror_comes_the_next(host, tmp_path):
    bad, good = host([{"page": b"<html>Please log in</html>"}, {}])
    assert is_right(fashion_mnist(tmp_path))
    assert good.sent == total() and len(bad.asked) == 4


def test_what_was_cut_off_is_completed_by_the_next_run(host, tmp_path):
    one = host(cut=5000)
    assert says(fashion_mnist(tmp_path), "broke off", "a second run goes on")
    assert (raw(tmp_path) / f"{FIRST}.part").stat().st_size == 5000
    assert is_right(fashion_mnist(tmp_path))
    assert one.sent == total() and one.asked[:2] == [(FIRST, 0), (FIRST, 5000)]


def test_what_was_cut_off_is_completed_by_the_next_mirror(host, tmp_path):
    first, second = host([{"cut": 5000}, {}])
    assert is_right(fashion_mnist(tmp_path))
    assert second.asked == [(FIRST, 5000)] and first.sent + second.sent == total()


def test_a_host_without_ranges_begins_anew(host, tmp_path):
    one = host(ranges=False, cut=5000)
    assert says(fashion_mnist(tmp_path), "broke off")
    assert is_right(fashion_mnist(tmp_path))
    assert one.sent == total() + 5000


@pytest.mark.parametrize("extra", [0, 7])
def test_what_is_complete_but_wrong_is_thrown_away(host, tmp_path, extra):
    raw(tmp_path).mkdir(parents=True)
    (raw(tmp_path) / f"{FIRST}.part").write_bytes(bytes(len(ARCHIVES[FIRST]) + extra))
    host()
    assert says(fashion_mnist(tmp_path), f"what the network gave for {FIRST} is not that file")
    assert is_right(fashion_mnist(tmp_path))


def test_what_is_whole_already_is_not_fetched_again(host, tmp_path):
    raw(tmp_path).mkdir(parents=True)
    (raw(tmp_path) / f"{FIRST}.part").write_bytes(ARCHIVES[FIRST])
    one = host()
    assert is_right(fashion_mnist(tmp_path)) and one.sent == total(len(ARCHIVES[FIRST]))


def test_an_answer_that_is_no_http_is_no_traceback(host, tmp_path, monkeypatch):
    def garbled(*_, **__):
        raise images.http.client.BadStatusLine("?!")

    monkeypatch.setattr(images.urllib.request, "urlopen", garbled)
    assert says(fashion_mnist(tmp_path), "could not be fetched (?!)")


# On the disk


@pytest.mark.parametrize("length", [5000, 0])
def test_a_truncated_archive_is_fetched_again(host, tmp_path, length):
    put(tmp_path, train_images=ARCHIVES[FIRST][:length])
    assert not have_fashion_mnist(tmp_path)
    assert says(fashion_mnist(tmp_path, download=False), f"{FIRST} is missing or damaged")
    one = host()
    assert is_right(fashion_mnist(tmp_path)) and one.sent == len(ARCHIVES[FIRST])


def test_a_corrupted_archive_is_fetched_again(host, tmp_path):
    corrupted = bytearray(ARCHIVES[FIRST])
    corrupted[3000] ^= 1
    put(tmp_path, train_images=bytes(corrupted))
    assert says(fashion_mnist(tmp_path), FIRST)
    one = host()
    assert is_right(fashion_mnist(tmp_path)) and one.sent == len(ARCHIVES[FIRST])


def test_half_an_unpacked_file_is_unpacked_again(host, tmp_path):
    put(tmp_path)
    fashion_mnist(tmp_path)
    file = raw(tmp_path) / Path(FIRST).stem
    file.write_bytes(file.read_bytes()[:5000])
    assert is_right(fashion_mnist(tmp_path))


@contextlib.contextmanager
def nobody():
    """A folder that cannot be written to; root can write anywhere, so root becomes another user."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        home, data = Path(folder), Path(folder) / "data"
        put(data)
        for path in [home, *home.rglob("*")]:
            os.chmod(path, 0o555 if path.is_dir() else 0o444)
        codecs.lookup("hex")  # torchvision's; who may not read Python's own files cannot import it
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield data
        finally:
            if root:
                os.seteuid(0)
            for path in [home, *home.rglob("*")]:
                os.chmod(path, 0o755 if path.is_dir() else 0o644)


needs_unix = pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs a Unix system")


@needs_unix
def test_a_folder_that_is_read_only_is_enough_to_read(host):
    fashion_mnist(download=False)  # imports what is needed, while everything can be read
    with nobody() as data:
        assert is_right(fashion_mnist(data))
        assert len(list(raw(data).iterdir())) == 4


@needs_unix
def test_a_folder_that_is_read_only_and_empty_is_named(host):
    one = host()
    fashion_mnist("/nowhere", download=False)
    with nobody() as data:
        assert says(fashion_mnist(data / "more"), FIRST, str(data / "more"))
    assert one.sent < total()


def full(monkeypatch, places):
    """Let each write to a file with one of these endings fail, as on a full disk."""
    import builtins

    real = builtins.open

    def opened(file, mode="r", *args, **kwargs):
        stream = real(file, mode, *args, **kwargs)
        if set(mode) & set("wa") and str(file).endswith(places):
            stream.write = write_some(stream.write)
        return stream

    def write_some(write):
        def some(block):
            write(block[:100])
            raise OSError(28, "No space left on device")

        return some

    monkeypatch.setattr(builtins, "open", opened)


def test_a_full_disk_is_named_and_room_is_enough(host, tmp_path, monkeypatch):
    one = host()
    with monkeypatch.context() as context:
        full(context, (".part",))
        assert says(fashion_mnist(tmp_path), FIRST, "No space left on device")
    assert is_right(fashion_mnist(tmp_path)) and one.asked[1] == (FIRST, 100)


def test_a_disk_without_room_to_unpack(host, tmp_path, monkeypatch):
    put(tmp_path)
    with monkeypatch.context() as context:
        full(context, (".new",))
        assert says(fashion_mnist(tmp_path), "No space left on device")
        assert sorted(p.suffix for p in raw(tmp_path).iterdir()) == ["", *[".gz"] * 4]
    assert is_right(fashion_mnist(tmp_path))


PROGRAM = """\
import json, sys
from torchvision.datasets import FashionMNIST
FashionMNIST.mirrors, FashionMNIST.resources, folder = json.loads(sys.argv[1])
from helpers.images import fashion_mnist
found = fashion_mnist(folder)
assert found.real, found.note
"""


def test_two_processes_at_once_fetch_once(host, tmp_path):
    one = host(pause=0.5)
    wish = json.dumps([[one.address], RESOURCES, str(tmp_path)])
    command = [sys.executable, "-c", PROGRAM, wish]
    runs = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(2)]
    for run in runs:
        assert run.communicate(timeout=120)[1] == b"" and run.returncode == 0
    assert one.sent == total() and len(one.asked) == 4


REAL = [ROOT.parent / "shared" / "data", images.data_folder()]


def test_the_real_archives_are_taken_as_they_are(tmp_path):
    for folder in REAL:
        if have_fashion_mnist(folder):
            raw = tmp_path / "FashionMNIST" / "raw"
            raw.mkdir(parents=True)
            for archive in (folder / "FashionMNIST" / "raw").glob("*.gz"):
                shutil.copyfile(archive, raw / archive.name)
            found = fashion_mnist(tmp_path, download=False)
            assert found.real and (len(found.x_train), len(found.x_test)) == (60_000, 10_000)
            assert found.y_train.bincount().tolist() == [6000] * 10
            return
    pytest.skip("Fashion-MNIST is not here")


# Drawings


def test_stand_ins_have_the_shape_of_the_real_ones():
    found = stand_in(200, 100, seed=3, note="Drawn.")
    assert (found.real, found.note) == (False, "Drawn.")
    assert found.x_train.shape == (200, 28, 28) and found.x_test.shape == (100, 28, 28)
    assert found.x_train.dtype == torch.uint8 and found.y_train.dtype == torch.int64
    assert found.y_train.bincount().tolist() == [20] * 10
    assert found.y_train[:10].tolist() != list(range(10)), "they are in order of their kind"
    again, other = stand_in(200, 100, seed=3), stand_in(200, 100, seed=4)
    assert again.x_test.equal(found.x_test) and again.y_test.equal(found.y_test)
    assert not other.x_train.equal(found.x_train)
    assert "x_train" not in repr(found) and "Drawn." in repr(found)


def test_each_kind_is_drawn_in_many_ways_and_stays_in_the_picture():
    labels = torch.arange(10).repeat_interleave(30)
    drawn = draw_garments(labels, torch.Generator().manual_seed(0))
    assert len(CLASSES) == 10 and drawn.shape == (300, 28, 28) and drawn.dtype == torch.uint8
    share = (drawn > 20).float().mean(dim=(1, 2))
    assert share.min() > 0.04 and share.max() < 0.85
    assert len({image.numpy().tobytes() for image in drawn}) == 300


def test_a_model_can_learn_the_drawings_and_a_line_cannot_learn_all():
    found = stand_in(3000, 1000)
    x, x_test = (part.flatten(1) / 255 for part in (found.x_train, found.x_test))
    centres = torch.stack([x[found.y_train == kind].mean(dim=0) for kind in range(10)])
    share = (torch.cdist(x_test, centres).argmin(dim=1) == found.y_test).float().mean()
    assert 0.3 < share < 0.8, "neither noise nor ten fixed pictures"
