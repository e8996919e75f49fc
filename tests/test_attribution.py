"""Maps against analytic oracles, and their way back to the frame."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.attribution.baselines import BASELINES, NOISES, Ground, baseline_of
from core.attribution.heat import to_frame
from core.attribution.method import METHODS, Map, Task, log_odds_of
from core.contracts import Progress, silent
from core.errors import UnknownName
from core.models.framing import whole_frame


class Linear(nn.Module):
    """Logits (w . x, 0)."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 8, 12, generator=torch.Generator().manual_seed(1)))

    def forward(self, batch: Tensor) -> Tensor:
        score = (batch * self.weight).sum(dim=(1, 2, 3))
        return torch.stack([score, torch.zeros_like(score)], dim=1)


class Square(nn.Module):
    """Logits (sum of x squared, 0)."""

    def forward(self, batch: Tensor) -> Tensor:
        score = (batch**2).sum(dim=(1, 2, 3))
        return torch.stack([score, torch.zeros_like(score)], dim=1)


def picture() -> Tensor:
    return torch.randn(1, 3, 8, 12, generator=torch.Generator().manual_seed(2))


def ground(batch: Tensor) -> Ground:
    return Ground(batch, torch.full((3,), -2.0), torch.full((3,), 2.0), twin=batch * 0.9)


def integrated(
    module: nn.Module, x: Tensor, base: Tensor, *, of: int = 0, steps: int = 4, progress: Progress = silent
) -> Map:
    task = Task(module, x, base, log_odds_of(of), steps)
    found: Map = METHODS["integrated_gradients"]()(task, progress=progress)
    return found


@pytest.mark.parametrize("name", METHODS.names())
def test_every_method_says_what_it_is_and_gives_a_map_of_the_crop(name: str) -> None:
    method = METHODS[name]()
    assert method.title and method.reference and method.__doc__
    if method.fits(Linear()) is not None:  # it knows no places
        return
    found = method(Task(Linear(), picture(), torch.zeros(1, 3, 8, 12), log_odds_of(0), steps=4))
    assert found.values.shape == (8, 12) and found.values.dtype == torch.float32


def test_integrated_gradients_of_a_linear_model_are_weight_times_difference() -> None:
    module, x, base = Linear(), picture(), picture() * 0.3
    found = integrated(module, x, base, steps=3)
    torch.testing.assert_close(found.values, (module.weight * (x - base)[0]).sum(dim=0), rtol=1e-4, atol=1e-5)
    assert found.completeness is not None and found.completeness < 1e-4


def test_integrated_gradients_of_a_square_are_the_difference_of_squares() -> None:
    x, base = picture(), picture() * 0.5
    found = integrated(Square(), x, base, steps=20)
    torch.testing.assert_close(found.values, (x**2 - base**2)[0].sum(dim=0), rtol=1e-3, atol=1e-3)
    assert found.completeness is not None and found.completeness < 1e-3


def test_swapping_the_classes_changes_the_sign() -> None:
    one, other = (integrated(Linear(), picture(), torch.zeros(1, 3, 8, 12), of=at) for at in (0, 1))
    torch.testing.assert_close(one.values, -other.values)


def test_an_error_raised_by_the_progress_stops_the_work() -> None:
    def stop(share: float, text: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        integrated(Linear(), picture(), picture() * 0.5, progress=stop)


def test_the_log_odds_against_several_classes_agree_with_the_softmax() -> None:
    logits = torch.tensor([[1.0, 2.0, -1.0], [0.0, 0.0, 0.0]])
    torch.testing.assert_close(torch.sigmoid(log_odds_of(1)(logits)), logits.softmax(dim=1)[:, 1])


@pytest.mark.parametrize("name", sorted(BASELINES))
def test_every_baseline_has_the_shape_of_the_picture(name: str) -> None:
    assert baseline_of(name, ground(picture())).shape == (NOISES if name == "noise" else 1, 3, 8, 12)


def test_the_blurred_baseline_keeps_a_flat_picture() -> None:
    flat = torch.full((1, 3, 40, 60), 0.4)
    torch.testing.assert_close(baseline_of("blur", ground(flat)), flat)


def test_an_unknown_baseline_offers_the_nearest() -> None:
    with pytest.raises(UnknownName, match="blur"):
        baseline_of("blurr", ground(picture()))


def test_a_map_keeps_its_sum_when_it_is_brought_to_the_frame() -> None:
    values = np.random.default_rng(0).random((20, 30)).astype(np.float32)
    frame = to_frame(values, whole_frame((60, 90), (20, 30)).transform, (60, 90))
    assert frame.shape == (60, 90)
    assert float(frame.sum()) == pytest.approx(float(values.sum()), rel=1e-4)


def test_a_hot_spot_lands_where_the_crop_lay_in_the_frame() -> None:
    values = np.zeros((20, 20), np.float32)
    values[9:11, 9:11] = 1
    shift = np.array([[1.0, 0, -30], [0, 1.0, -50], [0, 0, 1]])  # the crop's origin is at x = 30, y = 50
    frame = to_frame(values, shift, (100, 100))
    assert np.unravel_index(frame.argmax(), frame.shape) == (59, 39)
    assert float(frame.sum()) == pytest.approx(4.0, rel=1e-3)


def test_a_part_of_the_crop_outside_the_frame_is_lost_and_the_rest_is_kept() -> None:
    values = np.ones((20, 20), np.float32)
    half = np.array([[1.0, 0, 10], [0, 1.0, 0], [0, 0, 1]])  # the left half of the crop lies outside
    assert float(to_frame(values, half, (20, 20)).sum()) == pytest.approx(200, rel=0.06)


def test_a_perspective_transform_keeps_the_sum() -> None:
    values = np.zeros((40, 40), np.float32)
    values[10:30, 10:30] = 0.5
    tilted = np.array([[1.1, 0.2, -20], [0.05, 1.3, -15], [0.0008, 0.001, 1]])
    assert float(to_frame(values, tilted, (90, 90)).sum()) == pytest.approx(200, rel=0.02)
