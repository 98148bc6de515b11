"""How well and how fast the image chapter's network trains: a table, for five seeds.

    python tests/bench_images.py [seed ...]

The code is the chapter's own, read from its cells: the good training, and the source's recipe with
its loop mended (batches of 1000 from a loader, Adam at 0.005), for as many CPU seconds as the good
training took. It takes a minute and a half for each seed; with one thread, on the CPU.
"""

import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "agg")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from conftest import code_cells, read_chapter  # noqa: E402

CHAPTER = ROOT / "chapters" / "11_image_classifier.md"
EPOCHS = 11
# The cells that the training needs, by words of each.
CELLS = (
    "import torch\n",
    "images = fashion_mnist()",
    "shuffled = torch.randperm(60_000",
    "class Garments",
    "class Pictures",
    "def accuracy(",
    "def as_input(",
    "class Faster",
    "mean, std = ",
    "def train_well(",
)


def chapter_names():
    """What the chapter's cells define, as a dict."""
    cells, names = [cell.source for cell in code_cells(read_chapter(CHAPTER))], {}
    for words in CELLS:
        exec(next(source for source in cells if words in source), names)
    return names


def good_training(c, seed):
    torch, nothing = c["torch"], []
    x = c["as_input"](c["images"].x_train[c["train"]], c["mean"], c["std"])
    y = c["images"].y_train[c["train"]]
    torch.manual_seed(seed)
    model = c["Faster"]().to(memory_format=torch.channels_last)
    began = time.process_time()
    c["evaluate"] = lambda *_: nothing  # the curve is for the page, and takes time
    c["train_well"](model, x, y, None, EPOCHS)
    return model, time.process_time() - began


def mended_source(c, seed, seconds):
    torch = c["torch"]
    torch.manual_seed(seed)
    model = c["Garments"]()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    images, train = c["images"], c["train"]
    pictures = c["Pictures"](images.x_train[train], images.y_train[train])
    loader = torch.utils.data.DataLoader(pictures, batch_size=1000, shuffle=True)
    began = time.process_time()
    while True:
        for x, y in loader:
            if time.process_time() - began >= seconds:
                return model, time.process_time() - began
            optimizer.zero_grad()
            c["F"].cross_entropy(model(x), y).backward()
            optimizer.step()


def measured(c, model, mean, std):
    """Accuracy on the validation and on the test images."""
    images, val = c["images"], c["val"]
    pairs = ((images.x_train[val], images.y_train[val]), (images.x_test, images.y_test))
    return [c["accuracy"](model, c["as_input"](x, mean, std), y) for x, y in pairs]


def main(seeds):
    c = chapter_names()
    c["torch"].set_num_threads(1)
    print(c["images"].note)
    print("training                seed    val   test  CPU seconds")
    found = {"the chapter's": [], "the source's, mended": []}
    for seed in seeds:
        model, seconds = good_training(c, seed)
        runs = [(*measured(c, model, c["mean"], c["std"]), seconds)]
        model, seconds = mended_source(c, seed, seconds)
        runs += [(*measured(c, model, 0.0, 1.0), seconds)]
        for name, run in zip(found, runs):
            found[name].append(run)
            print(f"{name:22} {seed:5}  {run[0]:.4f} {run[1]:.4f}  {run[2]:6.1f}", flush=True)
    for name, rows in found.items():
        columns = [sorted(column) for column in zip(*rows)]
        middle = [statistics.median(column) for column in columns]
        print(f"{name:22} median {middle[0]:.4f} {middle[1]:.4f}  {middle[2]:6.1f}")
        print(f"{'':22} range  test {columns[1][0]:.4f} to {columns[1][-1]:.4f}, ", end="")
        print(f"seconds {columns[2][0]:.1f} to {columns[2][-1]:.1f}")


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or range(5))
