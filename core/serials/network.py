"""The network that reads a line: convolutions over its height, one recurrent layer along it, and CTC."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

HEIGHT = 32
"""Of the lines that it reads, pixels."""

STRIDE = 4
"""Pixels along the line for each answer of the network."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-./: "
"""What it can write; small letters are read as capitals."""


CHANNELS = (16, 32, 64, 96, 128)
HIDDEN = 96


class Model(nn.Module):
    """A small CRNN (Shi, Bai & Yao 2017), in the form that EasyOCR asks of a network of one's own.

    It departs from the paper by batch normalization everywhere, one recurrent layer instead of two, and a first
    convolution of stride 2, because the lines are enlarged: their pixels hold little more than half their number.

    Args:
        num_class: characters that it can write, and the blank, which is the first.
        channels: of the five convolutions.
        hidden: units of the recurrent layer in each direction.
    """

    def __init__(self, num_class: int, channels: Sequence[int] = CHANNELS, hidden: int = HIDDEN) -> None:
        super().__init__()
        one, two, three, four, five = channels
        self.look = nn.Sequential(
            _convolution(1, one, kernel=(5, 5), stride=(2, 2)),
            _convolution(one, two),
            nn.MaxPool2d(2),
            _convolution(two, three),
            _convolution(three, four),
            nn.MaxPool2d((2, 1)),
            _convolution(four, five),
            _convolution(five, five, kernel=(HEIGHT // 8, 1), padding=(0, 0)),
        )
        self.along = nn.LSTM(five, hidden, bidirectional=True, batch_first=True)
        self.say = nn.Linear(2 * hidden, num_class)

    def forward(self, lines: Tensor, text: Tensor | None = None) -> Tensor:
        """Read lines.

        Args:
            lines: (N, 1, HEIGHT, W) float32 in [-1, 1], W a multiple of `STRIDE`.
            text: not looked at; EasyOCR hands it to every network.

        Returns:
            (N, W / STRIDE, num_class) float32 logits.
        """
        seen = self.look(lines).squeeze(2).transpose(1, 2)
        said: Tensor = self.say(self.along(seen)[0])
        return said


def _convolution(
    inputs: int,
    outputs: int,
    *,
    kernel: tuple[int, int] = (3, 3),
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] | None = None,
) -> nn.Sequential:
    around = (kernel[0] // 2, kernel[1] // 2) if padding is None else padding
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, around, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )
