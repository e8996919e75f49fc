"""The engine against analytic oracles and captum, on networks of every kind."""

from __future__ import annotations

import pytest
import timm
import torch
from captum.attr import IntegratedGradients
from torch import Tensor, nn

from core.attribution.engine import COMPLETENESS, LAST, PIXEL_ERROR, gradients, integrated
from core.attribution.method import Map, Task, log_odds_of
from core.attribution.preparation import Prepared, prepare, prepared
from core.contracts import silent
from core.models.backbones import build
from core.settings import ROOT
from core.studies import explanation

SIZE = (64, 96)
CONVOLUTIONAL = ("resnet10t", "mobilenetv3_small_050", "efficientnet_b0", "vgg11_bn")
NETWORKS = (*CONVOLUTIONAL, "convnext_atto", "vit_tiny_patch16_224")
"""One of each kind; as small as timm has them."""


def textured(seed: int = 0) -> Tensor:
    """A picture without flat areas, in which the two largest values of a pool are never the same."""
    generator = torch.Generator().manual_seed(seed)
    coarse = nn.functional.interpolate(torch.randn(1, 3, 8, 12, generator=generator), SIZE, mode="bicubic")
    return coarse + 0.3 * torch.randn(1, 3, *SIZE, generator=generator)


def network(name: str) -> nn.Module:
    """A network of timm with random weights, whose BatchNorm has seen pictures."""
    torch.manual_seed(0)
    options = {"img_size": SIZE} if name.startswith("vit") else {}
    module: nn.Module = timm.create_model(name, num_classes=2, **options)
    return seasoned(module)


def seasoned(module: nn.Module) -> nn.Module:
    with torch.no_grad():
        for _ in range(2):
            module.train()(torch.cat([textured(seed) for seed in range(8)]))
    return module.eval()


def asked(module: nn.Module, *, steps: int | None = None, baseline: Tensor | None = None) -> Task:
    return Task(module, textured(), textured() * 0 if baseline is None else baseline, log_odds_of(0), steps)


def apart(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().sum() / other.abs().sum())


class Line(nn.Module):
    """Logits (f(w . x), 0) of a given f."""

    def __init__(self, shape: nn.Module, shift: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, *SIZE, generator=torch.Generator().manual_seed(1)) / 100)
        self.shape, self.shift = shape, shift

    def forward(self, batch: Tensor) -> Tensor:
        score = self.shape((batch * self.weight).sum(dim=(1, 2, 3)) + self.shift)
        return torch.stack([score, torch.zeros_like(score)], dim=1)


class Quadratic(nn.Module):
    """f(z) = z^2."""

    def forward(self, batch: Tensor) -> Tensor:
        return batch**2


def test_a_linear_network_gets_weight_times_difference_at_once() -> None:
    task = asked(Line(nn.Identity()))
    found = integrated(task)
    torch.testing.assert_close(found.values, (task.module.weight * task.batch[0]).sum(dim=0), rtol=1e-4, atol=1e-6)
    assert found.completeness == pytest.approx(0, abs=1e-5) and found.pixel_error == pytest.approx(0, abs=1e-5)


def test_a_quadratic_network_gets_its_score_times_weight_times_difference() -> None:
    task = asked(Line(Quadratic()))
    score = float((task.batch[0] * task.module.weight).sum().detach())
    exact = score * (task.module.weight * task.batch[0]).sum(dim=0)
    torch.testing.assert_close(integrated(task).values, exact, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("at", [0.05, 0.3, 0.77])
def test_a_kink_on_the_path_is_found_to_within_the_distance_of_two_nodes(at: float) -> None:
    line = Line(nn.ReLU())
    score = float((textured()[0] * line.weight).sum().detach())
    line = Line(nn.ReLU() if score > 0 else Mirrored(), -score * at)
    found = integrated(asked(line, steps=64))
    exact = (line.weight * textured()[0]).sum(dim=0) * (1 - at)
    assert apart(found.values, exact) < 2 / 64 / (1 - at)


class Mirrored(nn.Module):
    """f(z) = min(z, 0), a ReLU for a negative score."""

    def forward(self, batch: Tensor) -> Tensor:
        return -nn.functional.relu(-batch)


def test_more_steps_come_nearer() -> None:
    module = network("resnet10t")
    exact = integrated(asked(module, steps=600)).values
    errors = [apart(integrated(asked(module, steps=steps)).values, exact) for steps in (16, 64, 256)]
    assert errors == sorted(errors, reverse=True) and errors[-1] < 0.02


def test_the_estimated_pixel_error_is_that_of_the_map() -> None:
    module = network("resnet10t")
    exact = integrated(asked(module, steps=600)).values
    found = integrated(asked(module, steps=64))
    assert found.pixel_error == pytest.approx(apart(found.values, exact), rel=0.5)


def test_without_a_number_the_steps_grow_until_both_errors_are_small() -> None:
    found = integrated(asked(network("resnet10t")))
    assert found.completeness is not None and found.pixel_error is not None
    enough = found.completeness <= COMPLETENESS and found.pixel_error <= PIXEL_ERROR
    assert enough == (found.note == "") and (enough or found.steps == LAST)


def test_a_map_that_stays_inexact_says_so() -> None:
    class Fickle(nn.Module):
        def forward(self, batch: Tensor) -> Tensor:
            score = (torch.relu(torch.sin(batch * 4000)) * 10).mean(dim=(1, 2, 3))
            return torch.stack([score, torch.zeros_like(score)], dim=1)

    found = integrated(asked(Fickle()))
    assert found.steps == LAST and "off" in found.note


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_agrees_with_captum(name: str) -> None:
    module = network(name)
    task = asked(module, steps=48, baseline=0.8 * textured())  # a short path has few kinks
    reference = IntegratedGradients(lambda path: task.margin(module(path)))
    exact = reference.attribute(task.batch, baselines=task.baseline, n_steps=48, internal_batch_size=8)
    assert apart(integrated(task).values, exact.sum(dim=1)[0].detach()) < 0.03


@pytest.mark.parametrize("name", NETWORKS)
def test_folding_and_taking_off_the_stem_change_neither_logits_nor_gradients(name: str) -> None:
    module = network(name).double()
    batch = textured().double()
    ready = prepare(module, batch)
    torch.testing.assert_close(ready.whole(batch), module(batch), rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(through(ready, batch), plain(module, batch), rtol=1e-7, atol=1e-10)


def through(ready: Prepared, batch: Tensor) -> Tensor:
    entered = ready.enter(batch).detach().requires_grad_()
    slopes = torch.autograd.grad(log_odds_of(0)(ready.rest(entered.clone())).sum(), entered)[0]
    return ready.leave(slopes, batch)


def plain(module: nn.Module, batch: Tensor) -> Tensor:
    there = batch.clone().requires_grad_()
    return torch.autograd.grad(log_odds_of(0)(module(there)).sum(), there)[0]


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_batchnorm_is_gone_and_the_stem_is_taken_off(name: str) -> None:
    ready = prepare(network(name), textured())
    assert ready.stem is not None and ready.folded > 0
    assert not [layer for layer in ready.whole.modules() if isinstance(layer, nn.BatchNorm2d)]


def test_a_clip_that_writes_over_what_it_is_given_has_the_same_slope() -> None:
    module, batch = network("mobilenetv2_050").double(), textured().double()
    whole = prepare(module, batch).whole
    assert not [layer for layer in whole.modules() if isinstance(layer, nn.Hardtanh)]
    torch.testing.assert_close(plain(whole, batch), plain(module, batch))


def test_a_network_that_asks_its_input_for_its_size_keeps_its_stem() -> None:
    assert prepare(network("vit_tiny_patch16_224"), textured()).stem is None


def test_a_network_whose_picture_is_used_twice_keeps_its_stem() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 2, 3)

        def forward(self, batch: Tensor) -> Tensor:
            return self.last(self.first(batch) + batch).mean(dim=(2, 3))

    torch.manual_seed(0)
    ready = prepare(Twice().eval(), textured())
    assert ready.stem is None and ready.rest is ready.whole


def test_a_convolution_that_others_read_too_is_not_folded() -> None:
    class Read(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2)

        def forward(self, batch: Tensor) -> Tensor:
            seen = self.conv(batch)
            return (self.norm(seen) + seen).mean(dim=(2, 3))

    torch.manual_seed(0)
    module = seasoned(Read())
    ready = prepare(module, textured())
    assert ready.folded == 0
    torch.testing.assert_close(ready.whole(textured()), module(textured()))


@pytest.mark.parametrize(
    ("name", "smooth"),
    [("convnext_atto", True), ("vit_tiny_patch16_224", True), ("resnet10t", False), ("mobilenetv2_050", False)],
)
def test_the_rule_is_chosen_by_what_the_network_computes(name: str, smooth: bool) -> None:
    assert prepare(network(name), textured()).smooth == smooth


def test_a_smooth_network_needs_few_steps() -> None:
    found = integrated(asked(network("vit_tiny_patch16_224")))
    assert found.steps <= 50 and found.note == ""


def test_the_network_itself_stays_as_it_was() -> None:
    module = network("resnet10t")
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    integrated(asked(module, steps=4))
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert all(parameter.requires_grad for parameter in module.parameters())


def test_a_network_is_prepared_once_and_again_when_its_weights_change() -> None:
    module = network("resnet10t")
    once = prepared(module, textured())
    assert prepared(module, textured(1)) is once
    with torch.no_grad():
        next(module.parameters()).add_(1.0)
    assert prepared(module, textured()) is not once


def test_several_baselines_give_the_mean_of_their_maps() -> None:
    module = network("resnet10t")
    starts = [torch.zeros(1, 3, *SIZE), torch.full((1, 3, *SIZE), 0.5)]
    single = [integrated(asked(module, steps=16, baseline=start)).values for start in starts]
    both = integrated(asked(module, steps=16, baseline=torch.cat(starts)))
    torch.testing.assert_close(both.values, (single[0] + single[1]) / 2, rtol=1e-3, atol=1e-5)
    assert both.steps == 32


def test_the_gradients_of_many_pictures_are_those_of_each() -> None:
    module = network("mobilenetv3_small_050")
    batch = torch.cat([textured(seed) for seed in range(11)])
    torch.testing.assert_close(gradients(module, batch, log_odds_of(0)), plain(module, batch), rtol=1e-3, atol=1e-5)


def test_progress_tells_every_step_and_an_error_in_it_stops_the_work() -> None:
    told: list[str] = []

    def stop(share: float, text: str) -> None:
        told.append(text)
        if share >= 0.5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        integrated(asked(network("resnet10t"), steps=32), progress=stop)
    assert told[0] == "step 8 of 32" and len(told) == 2


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_map_from_a_graphics_card_is_the_same() -> None:
    module = network("resnet10t")
    here = integrated(asked(module, steps=32)).values
    there = Task(module.cuda(), textured().cuda(), textured().cuda() * 0, log_odds_of(0), 32)
    assert apart(integrated(there).values, here) < 0.02


@pytest.mark.parametrize("name", ["mobilenetv2s", "mobilenetv3"])
def test_the_shipped_networks_get_complete_maps(name: str) -> None:
    from core import study

    found, _ = study.open_models(ROOT / "checkpoints")
    dataset = study.open_dataset(ROOT / "data" / "packages")
    serial = dataset.index.query("split == 'test' and label == 'damaged'")["package"].iloc[0]
    looked = explanation.seen(dataset, serial, "side", found[name])
    made: Map = integrated(explanation.task_of(found[name], looked), progress=silent)
    assert made.pixel_error is not None and made.pixel_error <= PIXEL_ERROR
    assert made.completeness is not None and made.completeness < 0.03


def test_a_cut_network_of_ours_is_prepared_too() -> None:
    torch.manual_seed(0)
    ready = prepare(seasoned(build("resnet10t", classes=2, size=SIZE)), textured())
    assert ready.stem is not None and ready.folded > 0 and not ready.smooth
