"""Data as short pieces of text for the reader."""

from helpers.checks.engine.data import Data, flat, read

ROOM = 120  # characters for the items of a list


def text(data, digits=4):
    """`data` as a short piece of text for the reader."""
    if data.kind == "none":
        return "None"
    if data.kind == "text":
        return repr(data.value if len(data.value) <= 60 else data.value[:57] + "...")
    if data.kind in ("number", "truth"):
        return _number(data.value, digits)
    if data.value is None or data.kind == "odd":
        return data.what + (f", {data.dtype}" if data.dtype else "")
    if data.kind == "tensor":
        return _tensor(data, digits)
    if data.kind == "dict":
        items = [f"{text(read(k))}: {text(v, digits)}" for k, v in list(data.value.items())[:8]]
        while len(items) > 1 and sum(map(len, items)) > 2 * ROOM:
            items.pop()
        return f"{{{', '.join(items + ['...'] * (len(data.value) > len(items)))}}}"
    items = [text(x if isinstance(x, Data) else read(x), digits) for x in data.value[:8]]
    while data.kind == "list" and len(items) > 1 and sum(map(len, items)) > ROOM:
        items.pop()
    inside = ", ".join(items + ["..."] * (len(data.value) > len(items)))
    if data.kind == "tuple":
        return f"({inside},)" if len(items) == 1 else f"({inside})"
    return f"[{inside}]"


def _tensor(data, digits):
    point = "." if "float" in data.dtype else ""
    numbers = flat(data.value)
    extra = "" if data.dtype in ("float32", "int64") else f", dtype={data.dtype}"
    extra += "" if data.device == "cpu" else f", device={data.device}"
    if len(numbers) > 12 or (len(data.shape) > 1 and not numbers):
        head = ", ".join(_number(v, digits, point) for v in numbers[:4])
        return f"tensor([{head}{', ...' * (len(numbers) > 4)}], shape={data.shape}{extra})"

    def nested(value):
        if not isinstance(value, list):
            return _number(value, digits, point)
        return f"[{', '.join(map(nested, value))}]"

    return f"tensor({nested(data.value)}{extra})"


def _number(value, digits, point=""):
    if not isinstance(value, float):
        shown = str(value)
        return shown if len(shown) <= 40 else shown[:37] + "..."
    shown = f"{value:.{digits}g}"
    return shown + point if point and shown.lstrip("-").isdigit() else shown
