"""The data of the course."""

import torch


def thermometer():
    """Eleven readings of one wall thermometer, as `(t_u, t_c)`.

    t_u: what the dial showed, in its unknown unit; float32, shape (11,).
    t_c: the temperature at that moment, in degrees Celsius; float32, shape (11,).
    """
    t_u = torch.tensor([35.7, 55.9, 58.2, 81.9, 56.3, 48.9, 33.9, 21.8, 48.4, 60.4, 68.4])
    t_c = torch.tensor([0.5, 14.0, 15.0, 28.0, 11.0, 8.0, 3.0, -4.0, 6.0, 13.0, 21.0])
    return t_u, t_c
