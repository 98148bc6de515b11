"""Drawn garments: images in the shape of Fashion-MNIST, for where the real ones cannot be had.

They look a little like clothes and are easier than photographs. What a model learns from them is
of no use on real images.
"""

import torch

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
SIDE = 28  # pixels


def draw_garments(labels, generator):
    """One drawing for each label: uint8, shape (samples, 28, 28), 0 is the background.

    labels:    whole numbers from 0 to 9, the index in CLASSES; shape (samples,).
    generator: the torch.Generator that decides how each of them looks.
    """
    images = torch.zeros(len(labels), SIDE, SIDE, dtype=torch.uint8)
    for label, shape in enumerate(SHAPES):
        (places,) = torch.where(labels == label)
        for chunk in places.split(1000):
            images[chunk] = _draw(shape, len(chunk), generator)
    return images


def _draw(shape, count, generator):
    """`count` drawings of one shape, turned, moved, mirrored and dyed at random."""

    def between(low, high):
        return low + (high - low) * torch.rand(count, 1, 1, generator=generator)

    u, v = _places(between)
    inside = shape(u, v, between)  # below 0 inside, in units of half the picture
    cover = (0.5 - inside * SIDE / 2).clamp(0, 1)  # soft edges, one pixel wide
    dye = between(0.35, 1) + between(-0.25, 0.25) * v
    stripes = (between(0, 1) < 0.25) * between(0, 0.3) * torch.sin(between(8, 20) * v)
    noise = 0.06 * torch.randn(count, SIDE, SIDE, generator=generator)
    light = cover * (dye + stripes + noise).clamp(0.08, 1)
    return (255 * light).round().to(torch.uint8)


def _places(between):
    """Where each pixel lies in the garment's own coordinates: u to the right, v downwards."""
    line = (torch.arange(SIDE) + 0.5) * 2 / SIDE - 1
    u = (line - between(-0.22, 0.22)) * between(0.95, 1.2)
    v = (line[:, None] - between(-0.22, 0.22)) * between(0.95, 1.2)
    angle = between(-0.26, 0.26)
    u, v = u * angle.cos() - v * angle.sin(), u * angle.sin() + v * angle.cos()
    return u * torch.where(between(0, 1) < 0.5, 1.0, -1.0), v


# Shapes: how far a place is from the edge, below 0 inside. A union is the minimum of two.


def _box(u, v, x, y, half_width, half_height):
    return torch.maximum((u - x).abs() - half_width, (v - y).abs() - half_height)


def _bar(u, v, x0, y0, x1, y1, radius):
    """A line from (x0, y0) to (x1, y1) with round ends."""
    dx, dy = x1 - x0, y1 - y0
    along = ((u - x0) * dx + (v - y0) * dy) / (dx * dx + dy * dy)
    along = along.clamp(0, 1)
    return ((u - x0 - along * dx) ** 2 + (v - y0 - along * dy) ** 2).sqrt() - radius


def _body(u, v, top, bottom, at_top, at_bottom):
    """A trapezoid from v = top to v = bottom, with these half widths."""
    share = ((v - top) / (bottom - top)).clamp(0, 1)
    sides = u.abs() - (at_top + (at_bottom - at_top) * share)
    return torch.maximum(sides, torch.maximum(top - v, v - bottom))


def _cut(shape, hole):
    return torch.maximum(shape, -hole)


def _upper(u, v, between, sleeve, bottom, neck):
    """A garment for the upper body; sleeve: how far down its sleeves reach."""
    width = between(0.32, 0.44)
    body = _body(u, v, -0.7, bottom, width, width + between(-0.04, 0.08))
    end = width + 0.12 + 0.2 * sleeve
    arms = _bar(u.abs(), v, width - 0.08, -0.58, end, -0.58 + 1.05 * sleeve, between(0.09, 0.14))
    return _cut(torch.minimum(body, arms), _bar(u, v, 0, -0.8, 0, -0.79 + neck, 0.13))


def _t_shirt(u, v, between):
    return _upper(u, v, between, between(0.15, 0.5), between(0.5, 0.8), between(0, 0.12))


def _pullover(u, v, between):
    return _upper(u, v, between, between(0.75, 1.1), between(0.5, 0.75), between(0, 0.05))


def _shirt(u, v, between):
    body = _upper(u, v, between, between(0.3, 1.1), between(0.5, 0.85), between(0, 0.12))
    return _cut(body, _box(u, v, between(-0.03, 0.03), 0.2, between(0, 0.03), 0.7))


def _coat(u, v, between):
    body = _upper(u, v, between, between(0.8, 1.1), between(0.7, 0.95), between(0.05, 0.35))
    return _cut(body, _box(u, v, between(-0.03, 0.03), 0.3, between(0.005, 0.05), 0.9))


def _trouser(u, v, between):
    leg = between(0.11, 0.17)
    legs = _bar(u.abs(), v, leg, -0.6, leg + between(0, 0.14), 0.75, leg - 0.01)
    return torch.minimum(legs, _box(u, v, 0, -0.65, 2 * leg, between(0.1, 0.2)))


def _dress(u, v, between):
    waist = between(0.14, 0.26)
    skirt = _body(u, v, between(-0.3, 0), between(0.6, 0.9), waist, waist + between(0.05, 0.35))
    top = _body(u, v, -0.75, 0.05, waist + between(0, 0.08), waist)
    sleeve = between(0, 0.9)
    arms = _bar(u.abs(), v, waist, -0.65, waist + 0.25 * sleeve, -0.64 + 0.8 * sleeve, 0.07)
    return torch.minimum(torch.minimum(skirt, top), arms)


def _sandal(u, v, between):
    heel = between(0, 0.4)
    sole = _bar(u, v, -0.75, 0.35, 0.75, 0.35 - heel, between(0.05, 0.09))
    strap = _bar(u, v, between(-0.5, -0.2), 0.3, between(-0.2, 0.2), between(-0.2, 0.1), 0.06)
    back = _bar(u, v, 0.6, 0.3 - heel, between(0.3, 0.65), -0.35 - heel * 0.5, 0.05)
    post = _bar(u, v, 0.68, 0.4, 0.7, 0.38 - heel, 0.04)
    return torch.minimum(torch.minimum(sole, strap), torch.minimum(back, post))


def _sneaker(u, v, between):
    sole = _box(u, v, 0, 0.33, 0.78, between(0.05, 0.1))
    toe = _bar(u, v, -0.55, 0.2, 0.5, between(-0.08, 0.08), between(0.15, 0.22))
    return torch.minimum(sole, torch.minimum(toe, _box(u, v, 0.55, 0.1, 0.2, between(0.2, 0.32))))


def _bag(u, v, between):
    wide, high, top = between(0.5, 0.78), between(0.25, 0.48), between(-0.05, 0.2)
    box = _box(u, v, 0, top + 0.15, wide, high)
    ring = (u**2 / 0.2 + (v - top + high - 0.15) ** 2 / between(0.05, 0.25)).sqrt() - 1
    return torch.minimum(box, ring.abs() * 0.4 - between(0.02, 0.05))


def _ankle_boot(u, v, between):
    shaft = _box(u, v, 0.35, -0.2, between(0.22, 0.34), between(0.45, 0.65))
    foot = _bar(u, v, -0.5, 0.3, 0.45, between(0.12, 0.25), between(0.14, 0.22))
    heel = _box(u, v, 0.48, 0.45, between(0.08, 0.2), between(0.05, 0.2))
    return torch.minimum(torch.minimum(shaft, foot), heel)


SHAPES = (
    _t_shirt,
    _trouser,
    _pullover,
    _dress,
    _coat,
    _sandal,
    _shirt,
    _sneaker,
    _bag,
    _ankle_boot,
)
