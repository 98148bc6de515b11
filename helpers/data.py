"""The data of the course. What a loader's workers need is here: they can import it."""

import time
from itertools import islice
from pathlib import Path

import torch
from torch.utils.data import Dataset, IterableDataset, get_worker_info


def thermometer():
    """Eleven readings of one wall thermometer, as `(t_u, t_c)`.

    t_u: what the dial showed, in its unknown unit; float32, shape (11,).
    t_c: the temperature at that moment, in degrees Celsius; float32, shape (11,).
    """
    t_u = torch.tensor([35.7, 55.9, 58.2, 81.9, 56.3, 48.9, 33.9, 21.8, 48.4, 60.4, 68.4])
    t_c = torch.tensor([0.5, 14.0, 15.0, 28.0, 11.0, 8.0, 3.0, -4.0, 6.0, 13.0, 21.0])
    return t_u, t_c


def write_days(folder, count, generator):
    """Write `count` invented mornings into `folder`, one file each; return the folder as a Path.

    A file `day_017.txt` has one number a line, in degrees Celsius: first the highest temperature
    of the day, then up to 13 half-hourly readings from six o'clock on. Where the recorder was
    switched off early, readings are missing at the end; five are always there.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    hours = torch.linspace(0, 1, 13)
    for day in range(count):
        night, rise = torch.randn(2, generator=generator) * torch.tensor([5.0, 3.0])
        noise = 0.3 * torch.randn(14, generator=generator)
        night, rise = 9 + night, (9 + rise).clamp(min=1)
        readings = night + rise * 0.8 * torch.sin(hours * torch.pi / 2) ** 2 + noise[:13]
        length = torch.randint(5, 14, (), generator=generator)
        lines = [night + rise + noise[13], *readings[:length]]
        text = "".join(f"{number:.1f}\n" for number in lines)
        (folder / f"day_{day:03}.txt").write_text(text, "utf8")
    return folder


class Days(Dataset):
    """The days in a folder that `write_days` wrote, as pairs `(x, y)`.

    x: the readings of the morning in degrees Celsius, shape (readings,), 5 to 13 of them.
    y: the highest temperature of that day, shape (1,).

    pause: seconds to wait before each file, to play a slow disk.

    Raises FileNotFoundError where the folder has no days, ValueError where a file is no list of
    numbers.
    """

    def __init__(self, folder, pause=0.0):
        self.files = sorted(Path(folder).glob("day_*.txt"))
        self.pause = pause
        if not self.files:
            raise FileNotFoundError(f"no files day_*.txt in {folder}: is the folder the right one?")

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        time.sleep(self.pause)
        file = self.files[index]
        try:
            numbers = torch.tensor([float(line) for line in file.read_text("utf8").split()])
        except ValueError as error:
            raise ValueError(f"{file.name} is damaged, {error}: repair or remove it") from None
        if len(numbers) < 2:
            raise ValueError(f"{file.name} has {len(numbers)} numbers, not two or more: remove it")
        return numbers[1:], numbers[:1]


def pad_with_last(samples):
    """One batch `(x, y)` of samples that differ in length, for a loader's `collate_fn`.

    samples: list of `(x, y)` as from `Days`; x is made 13 long by repeating its last reading.
    Returns x of shape (batch, 13) and y of shape (batch, 1).
    """
    longer = [torch.cat([x, x[-1:].expand(13 - len(x))]) for x, _ in samples]
    return torch.stack(longer), torch.stack([y for _, y in samples])


class Log(IterableDataset):
    """The numbers in a file, one a line, read on the way; each a tensor of shape ().

    share: whether the workers of a loader share the lines. Without, each of them reads every
           line, so each number comes as often as there are workers.
    """

    def __init__(self, file, share=True):
        self.file, self.share = file, share

    def __iter__(self):
        worker, first, step = get_worker_info(), 0, 1
        if worker and self.share:
            first, step = worker.id, worker.num_workers
        with open(self.file, encoding="utf8") as lines:
            for line in islice(lines, first, None, step):
                yield torch.tensor(float(line))


class Jitter(Dataset):
    """The items of another dataset, numbers or tensors, each with fresh normal noise added.

    scale:     the noise's standard deviation.
    generator: where the noise comes from. Workers get copies of it, and all copies give the same
               numbers; with None it comes from torch's own generator, which a loader seeds
               differently in each worker.
    """

    def __init__(self, dataset, scale, generator=None):
        self.dataset, self.scale, self.generator = dataset, scale, generator

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        item = torch.as_tensor(self.dataset[index])
        return item + self.scale * torch.randn(item.shape, generator=self.generator)
