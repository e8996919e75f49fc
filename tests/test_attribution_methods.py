"""Every method on real architectures without training, and each against what it must give where that is known."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

import numpy as np
import pytest
import timm
import torch
from captum.attr import GradientShap, LayerGradCam, NoiseTunnel
from captum.attr import Occlusion as CaptumOcclusion
from captum.attr import Saliency as CaptumSaliency
from scipy.sparse import csr_array
from timm.models.vgg import VGG
from torch import Tensor, nn

from core.attribution.grid import spread
from core.attribution.layers import Features, last_features
from core.attribution.method import METHODS, Map, Task, log_odds_of
from core.attribution.methods.attention_rollout import attentions, rollout
from core.attribution.methods.grad_cam import weighted
from core.attribution.methods.guided_ig import CORRIDOR, advanced
from core.attribution.methods.layer_cam import weighted as weighted_by_place
from core.attribution.methods.xrai import gathered
from core.attribution.regions import ranked, segments
from core.contracts import Progress, silent
from core.errors import BadInput
from core.models.backbones import build

SIZE = (64, 96)
NAMES = METHODS.names()
CONVOLUTIONAL = ("test_resnet", "mobilenetv3_small_050", "efficientnet_b0", "convnext_atto")
TRANSFORMERS = ("vit_tiny_patch16_224", "test_vit2", "deit_tiny_distilled_patch16_224")
NARROW = partial(VGG, cfg=[8, "M", 16, "M", 16, "M", 16, "M", 16, "M"], num_classes=2)
DEPENDS_ON_BASELINE = {name for name in NAMES if METHODS[name].baseline}
LAYERED = {"grad_cam", "layer_cam", "attention_rollout"}
DRAWN = {"smooth_grad", "gradient_shap"}

_built: dict[str, nn.Module] = {}


def network(name: str) -> nn.Module:
    """An architecture with random weights, and BatchNorm that has seen something."""
    if name not in _built:
        torch.manual_seed(0)
        if name == "fine":
            made = build("test_resnet", classes=2, size=SIZE)
        else:
            size = {"img_size": SIZE} if name in TRANSFORMERS else {}
            made = NARROW() if name == "narrow_vgg" else timm.create_model(name, num_classes=2, **size)
        for layer in made.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.momentum = None  # the mean of what it sees
        with torch.no_grad():
            made.train()(torch.cat([picture(seed=seed) for seed in range(4)]))
        _built[name] = made.eval()
    return _built[name]


def picture(size: tuple[int, int] = SIZE, seed: int = 2) -> Tensor:
    return torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(seed))


def task(
    module: nn.Module, batch: Tensor, baseline: Tensor | None = None, steps: int | None = None, *, seed: int = 0
) -> Task:
    return Task(module, batch, torch.zeros_like(batch) if baseline is None else baseline, log_odds_of(0), steps, seed)


def of(name: str, asked: Task, *, progress: Progress = silent) -> Map:
    found: Map = METHODS[name]()(asked, progress=progress)
    return found


class Linear(nn.Module):
    """Logits (w . x, 0)."""

    def __init__(self, size: tuple[int, int] = (8, 12)) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, *size, generator=torch.Generator().manual_seed(1)))

    def forward(self, batch: Tensor) -> Tensor:
        score = (batch * self.weight).sum(dim=(1, 2, 3))
        return torch.stack([score, torch.zeros_like(score)], dim=1)


class Square(nn.Module):
    """Logits (sum of x squared, 0)."""

    def forward(self, batch: Tensor) -> Tensor:
        score = (batch**2).sum(dim=(1, 2, 3))
        return torch.stack([score, torch.zeros_like(score)], dim=1)


class TwoChannels(nn.Module):
    """Red and green as they are, at a place each; logits (3 mean(red) - mean(green squared), 0)."""

    def __init__(self) -> None:
        super().__init__()
        self.eyes = nn.Conv2d(3, 2, 1, bias=False)
        self.eyes.weight.data = torch.tensor([[1.0, 0, 0], [0, 1, 0]]).view(2, 3, 1, 1)

    def forward(self, batch: Tensor) -> Tensor:
        red, green = self.eyes(batch).unbind(dim=1)
        score = 3 * red.mean(dim=(1, 2)) - (green**2).mean(dim=(1, 2))
        return torch.stack([score, torch.zeros_like(score)], dim=1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("architecture", ["fine", *CONVOLUTIONAL, *TRANSFORMERS[:1]])
def test_every_method_maps_what_it_fits_and_refuses_the_rest_with_a_sentence(architecture: str, name: str) -> None:
    module = network(architecture)
    reason = METHODS[name]().fits(module)
    if reason is None:
        found = of(name, task(module, picture(), steps=4))
        assert found.values.shape == SIZE and found.values.dtype == torch.float32 and found.values.device.type == "cpu"
        assert found.values.isfinite().all() and found.values.any() and not found.values.requires_grad
        assert METHODS[name].signed or found.values.min() >= 0
        assert found.steps >= 1 and found.note in ("", found.note.strip())
    else:
        assert name == "attention_rollout" and architecture in (*CONVOLUTIONAL, "fine")
        assert reason.endswith(".")
        with pytest.raises(BadInput):
            of(name, task(module, picture()))


@pytest.mark.parametrize("name", sorted(LAYERED))
def test_a_network_without_places_is_refused(name: str) -> None:
    dense = nn.Sequential(nn.Flatten(), nn.LazyLinear(2))
    dense(picture())
    assert METHODS[name]().fits(dense)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_the_same_after_the_call(name: str) -> None:
    module = network("test_vit2")
    before = {key: tensor.clone() for key, tensor in module.state_dict().items()}
    facts = list(traits(module))
    of(name, task(module, picture(), steps=3))
    assert facts == list(traits(module))
    assert all(torch.equal(tensor, before[key]) for key, tensor in module.state_dict().items())


def traits(module: nn.Module) -> Iterator[tuple[object, ...]]:
    """What a method might have left behind in a network."""
    for name, layer in module.named_modules():
        yield (
            name, layer.training, getattr(layer, "fused_attn", None), len(layer._forward_hooks),
            len(layer._forward_pre_hooks), len(layer._backward_hooks), "forward" in vars(layer),
            tuple((one.requires_grad, one.grad is None) for one in layer.parameters(recurse=False)),
        )  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_map_and_another_seed_another_where_something_is_drawn(name: str) -> None:
    one, again, other = (of(name, task(network("test_vit2"), picture(), steps=4, seed=seed)) for seed in (0, 0, 1))
    assert torch.equal(one.values, again.values)
    assert torch.equal(one.values, other.values) == (name not in DRAWN)


@pytest.mark.parametrize("name", NAMES)
def test_the_baseline_changes_the_map_where_the_method_says_so(name: str) -> None:
    module, baselines = network("test_vit2"), (torch.zeros(1, 3, *SIZE), picture(seed=5))
    one, other = (of(name, task(module, picture(), baseline, 4)).values for baseline in baselines)
    assert torch.equal(one, other) == (name not in DEPENDS_ON_BASELINE)


@pytest.mark.parametrize("name", NAMES)
def test_several_baselines_give_one_map(name: str) -> None:
    several = torch.cat([picture(seed=seed) for seed in (5, 6, 7)])
    assert of(name, task(network("test_vit2"), picture(), several, 4)).values.shape == SIZE


@pytest.mark.parametrize("name", NAMES)
def test_the_progress_ends_at_one_and_an_error_in_it_stops_the_work(name: str) -> None:
    shares: list[float] = []
    of(name, task(network("test_vit2"), picture(), steps=4), progress=lambda share, text: shares.append(share))
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] == pytest.approx(1.0)

    def stop(share: float, text: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        of(name, task(network("test_vit2"), picture(), steps=4), progress=stop)


# A linear network, of which everything is known


def test_saliency_of_a_linear_network_is_its_largest_absolute_weight() -> None:
    module = Linear()
    found = of("saliency", task(module, picture((8, 12))))
    torch.testing.assert_close(found.values, module.weight.detach().abs().amax(dim=0))


def test_smooth_grad_of_a_linear_network_is_its_saliency_without_error() -> None:
    asked = task(Linear(), picture((8, 12)), steps=7)
    found = of("smooth_grad", asked)
    torch.testing.assert_close(found.values, of("saliency", asked).values)
    assert found.steps == 7 and (found.pixel_error or 0.0) < 1e-6


def test_input_x_gradient_of_a_linear_network_is_weight_times_picture() -> None:
    module, x = Linear(), picture((8, 12))
    torch.testing.assert_close(of("input_x_gradient", task(module, x)).values, (module.weight * x[0]).sum(dim=0).data)


def test_guided_ig_of_a_linear_network_is_weight_times_difference() -> None:
    module, x, base = Linear(), picture((8, 12)), picture((8, 12), seed=3)
    found = of("guided_ig", task(module, x, base, 5))
    torch.testing.assert_close(found.values, (module.weight * (x - base)[0]).sum(dim=0).data, rtol=1e-4, atol=1e-5)
    assert found.completeness is not None and found.completeness < 1e-4


def test_gradient_shap_of_a_linear_network_is_weight_times_difference_from_the_mean_baseline() -> None:
    module, x = Linear(), picture((8, 12))
    bases = torch.cat([picture((8, 12), seed=seed) for seed in (3, 4)])
    found = of("gradient_shap", task(module, x, bases, 6))
    wanted = (module.weight * (x - bases.mean(dim=0))[0]).sum(dim=0).data
    torch.testing.assert_close(found.values, wanted, rtol=1e-4, atol=1e-5)
    assert found.completeness is not None and found.completeness < 1e-4 and found.steps == 13


def test_occlusion_of_a_linear_network_is_the_mean_fall_of_the_patches_over_a_pixel() -> None:
    module, x, base = Linear((12, 18)), picture((12, 18)), picture((12, 18), seed=3)
    parts = (module.weight * (x - base)[0]).sum(dim=0).data  # patches of 2 x 2 move by 1
    falls = nn.functional.avg_pool2d(parts[None, None], 2, stride=1)[0, 0]
    found = of("occlusion", task(module, x, base))
    torch.testing.assert_close(found.values[5, 7], falls[4:6, 6:8].mean(), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.values[0, 0], falls[0, 0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.values[0, 7], falls[0, 6:8].mean(), rtol=1e-4, atol=1e-5)
    assert found.steps == 11 * 17 + 1


# Networks with curvature


def test_guided_ig_of_a_square_is_the_difference_of_squares() -> None:
    x, base = picture((8, 12)), picture((8, 12), seed=3)
    found = of("guided_ig", task(Square(), x, base, 10))
    torch.testing.assert_close(found.values, (x**2 - base**2)[0].sum(dim=0), rtol=1e-3, atol=1e-3)


def test_guided_ig_adds_up_on_a_real_network() -> None:
    found = of("guided_ig", task(network("test_vit2"), picture(), picture(seed=5), 40))
    assert found.completeness is not None and found.completeness < 0.05


def test_a_guided_step_moves_the_flat_values_first_inside_the_corridor_and_covers_its_share() -> None:
    generator = torch.Generator().manual_seed(0)
    steepness, length = (torch.rand(3, 8, 8, generator=generator) for _ in range(2))
    then = advanced(torch.full((3, 8, 8), 0.3), steepness, length, 0.31)
    assert (then - 0.31).abs().max() <= CORRIDOR + 1e-6
    assert ((length * then).sum() / length.sum()).item() == pytest.approx(0.31, abs=1e-5)
    moved = then > 0.3
    assert steepness[moved].max() <= steepness[~moved].min()


def test_the_last_guided_step_arrives() -> None:
    at = torch.rand(3, 4, 4, generator=torch.Generator().manual_seed(0)) * 0.02 + 0.98
    torch.testing.assert_close(advanced(at, torch.rand(3, 4, 4), torch.ones(3, 4, 4), 1.0), torch.ones(3, 4, 4))


def test_gradient_shap_of_a_square_nears_its_expectation_and_tells_its_error() -> None:
    x, bases = picture((8, 12)), torch.cat([picture((8, 12), seed=seed) for seed in (3, 4)])
    wanted = (x**2 - (bases**2).mean(dim=0))[0].sum(dim=0)
    found = of("gradient_shap", task(Square(), x, bases, 400))
    error = ((found.values - wanted).abs().sum() / wanted.abs().sum()).item()
    assert error < 0.05
    assert found.pixel_error is not None and error / 3 < found.pixel_error < error * 3


def test_gradient_shap_agrees_with_captum_within_its_error() -> None:
    module, x, base = network("test_vit2"), picture(), torch.cat([picture(seed=seed) for seed in (3, 4)]) * 0.3
    found = of("gradient_shap", task(module, x, base, 200))
    torch.manual_seed(0)
    other = GradientShap(lambda batch: log_odds_of(0)(module(batch))).attribute(x, base, n_samples=200, stdevs=0.0)
    apart = (found.values - other[0].sum(dim=0)).abs().sum() / found.values.abs().sum()
    assert found.pixel_error is not None and apart < 3 * found.pixel_error < 1


def test_smooth_grad_agrees_with_captum_within_its_error() -> None:
    module, x = network("test_vit2"), picture()
    found = of("smooth_grad", task(module, x, steps=100))
    torch.manual_seed(0)
    gradient = CaptumSaliency(lambda batch: log_odds_of(0)(module(batch)))
    sigma = 0.15 * (x.max() - x.min()).item()
    other = NoiseTunnel(gradient).attribute(x, nt_samples=100, nt_samples_batch_size=50, stdevs=sigma, abs=False)
    apart = (found.values - other[0].detach().abs().amax(dim=0)).abs().sum() / found.values.abs().sum()
    assert found.pixel_error is not None and apart < 3 * found.pixel_error < 1


def test_a_quarter_of_the_error_takes_sixteen_times_the_samples() -> None:
    few, many = (of("smooth_grad", task(Square(), picture((32, 48)) + 9, steps=n)).pixel_error for n in (8, 128))
    assert few is not None and many is not None and 3.5 < few / many < 4.5


def test_occlusion_agrees_with_captum() -> None:
    module, x, base = network("test_resnet"), picture((48, 64)), picture((48, 64), seed=5)
    other = CaptumOcclusion(lambda batch: log_odds_of(0)(module(batch))).attribute(
        x, (3, 8, 8), (3, 4, 4), baselines=base, perturbations_per_eval=16
    )
    found = of("occlusion", task(module, x, base))
    torch.testing.assert_close(found.values, other[0, 0].float() / 64, rtol=1e-3, atol=1e-6)


# Class activation maps


def test_grad_cam_of_a_case_by_hand() -> None:
    activations = torch.tensor([[[1.0, 2], [3, 4]], [[0, 1], [0, -1]]])
    gradients = torch.tensor([[[1.0, 1], [1, 1]], [[-4, 0], [0, 0]]])  # mean gradients 1 and -1
    torch.testing.assert_close(weighted(Features("", activations, gradients)), torch.tensor([[1.0, 1], [3, 5]]))


def test_layer_cam_of_a_case_by_hand() -> None:
    activations = torch.tensor([[[1.0, 2], [3, 4]], [[0, 1], [5, -1]]])
    gradients = torch.tensor([[[1.0, -1], [0, 2]], [[-4, 3], [0, 9]]])
    wanted = torch.tensor([[1.0, 3], [0, 0]])  # 8 - 9 at the last place is cut off
    torch.testing.assert_close(weighted_by_place(Features("", activations, gradients)), wanted)


def test_grad_cam_keeps_its_sign_on_a_network_by_hand() -> None:
    x = torch.zeros(1, 3, 2, 2)
    x[0, 0], x[0, 1] = torch.tensor([[1.0, 0], [0, 0]]), torch.tensor([[0, 2.0], [0, 2]])
    found = of("grad_cam", task(TwoChannels(), x))  # gradients: red 3 / 4, green -2 g / 4, on average -1 / 2
    torch.testing.assert_close(found.values, torch.tensor([[0.75, -1], [0, -1]]))


@pytest.mark.parametrize(
    ("architecture", "layer"),
    [
        ("test_resnet", "layer4"),
        ("efficientnet_b0", "bn2"),
        ("narrow_vgg", "features"),
        ("mobilenetv3_small_050", "blocks"),
    ],
)
def test_grad_cam_agrees_with_captum_at_the_last_layer_before_the_pooling(architecture: str, layer: str) -> None:
    module, x = network(architecture), picture()
    wanted = LayerGradCam(lambda batch: log_odds_of(0)(module(batch)), module.get_submodule(layer)).attribute(x)
    features = last_features(module, x, log_odds_of(0))
    torch.testing.assert_close(weighted(features), wanted[0, 0].detach(), rtol=1e-3, atol=1e-6)
    assert features.layer.startswith(layer)


def test_the_layer_of_our_own_networks_is_found_through_average_and_maximum() -> None:
    features = last_features(network("fine"), picture(), log_odds_of(0))
    assert features.activations.shape[1:] == (4, 6) and features.layer.startswith("features.")


@pytest.mark.parametrize(
    ("architecture", "layer"),
    [
        ("vit_tiny_patch16_224", "blocks.11.norm1"),
        ("deit_tiny_distilled_patch16_224", "blocks.11.norm1"),
        ("test_vit2", "norm"),  # reads the mean of its patches
    ],
)
def test_the_tokens_of_a_transformer_are_laid_out_where_the_answer_still_depends_on_patches(
    architecture: str, layer: str
) -> None:
    features = last_features(network(architecture), picture(), log_odds_of(0))
    assert features.layer == layer and features.activations.shape[1:] == (4, 6)


def test_the_places_of_a_transformer_lie_where_its_patches_do() -> None:
    module, x = network("vit_tiny_patch16_224"), picture()
    moved = x.clone()
    moved[:, :, 16:32, 64:80] += 3
    one, other = (module.get_submodule("patch_embed")(batch) for batch in (x, moved))
    changed = (one - other).abs().sum(dim=(0, 2)).reshape(4, 6)
    assert changed.nonzero().tolist() == [[1, 4]]


def test_a_layer_with_channels_last_is_read_the_right_way_round() -> None:
    swin = timm.create_model("swin_tiny_patch4_window7_224", num_classes=2, depths=(1, 1), img_size=(56, 112)).eval()
    features = last_features(swin, picture((56, 112)), log_odds_of(0))
    assert features.activations.shape == (192, 7, 14)


# Rollout


def test_rollout_is_the_product_of_the_layers_with_half_of_each_token_staying() -> None:
    layers = torch.rand(3, 2, 5, 5, generator=torch.Generator().manual_seed(0)).softmax(dim=-1)
    flow = np.eye(5)
    for layer in layers.double().numpy():
        mixed = np.zeros((5, 5))
        for row, column in product(range(5), range(5)):
            mixed[row, column] = (layer[0, row, column] + layer[1, row, column]) / 4 + (row == column) / 2
        flow = np.array([[sum(mixed[i, k] * flow[k, j] for k in range(5)) for j in range(5)] for i in range(5)])
    np.testing.assert_allclose(rollout(layers).numpy(), flow, rtol=1e-5)


def test_the_attention_that_is_read_is_that_of_the_blocks() -> None:
    module, x = network("vit_tiny_patch16_224"), picture()
    layers, layout = attentions(module, x)
    assert layers.shape == (12, 3, 25, 25) and layout.prefix == 1 and layout.grid == (4, 6)
    torch.testing.assert_close(layers.sum(dim=-1), torch.ones(12, 3, 25))
    with torch.no_grad():
        tokens = module.get_submodule("patch_embed")(x)
        tokens = torch.cat([module.cls_token, tokens], dim=1) + module.pos_embed
        block = module.get_submodule("blocks.0")
        query, key, _ = block.attn.qkv(block.norm1(tokens)).reshape(1, 25, 3, 3, 64).permute(2, 0, 3, 1, 4)
        torch.testing.assert_close(layers[:1], (query @ key.mT / 8).softmax(dim=-1), rtol=1e-4, atol=1e-5)


def test_rollout_shows_what_the_class_token_got_from_the_patches() -> None:
    module, x = network("vit_tiny_patch16_224"), picture()
    flow = rollout(attentions(module, x)[0])
    found = of("attention_rollout", task(module, x))
    assert found.values.sum().item() == pytest.approx(flow[0, 1:].sum().item(), rel=1e-4)
    torch.testing.assert_close(found.values[16:32, 64:80].mean() * 256, flow[0, 1 + 6 + 4], rtol=0.05, atol=1e-3)


def test_rollout_is_the_same_for_every_class_and_says_so() -> None:
    module, x = network("vit_tiny_patch16_224"), picture()
    one, other = (of("attention_rollout", Task(module, x, x, log_odds_of(at))) for at in (0, 1))
    assert torch.equal(one.values, other.values) and "every class" in one.note


def test_rollout_does_not_fit_attention_in_windows() -> None:
    swin = timm.create_model("swin_tiny_patch4_window7_224", num_classes=2, depths=(1, 1), img_size=(56, 112)).eval()
    assert "every patch" in (METHODS["attention_rollout"]().fits(swin) or "")


# Regions


def test_regions_come_in_the_order_of_their_mean_and_share_no_pixel() -> None:
    whole, left, corner = [1, 1, 1, 1], [1, 0, 1, 0], [1, 1, 0, 0]
    values = np.array([4.0, 1, 2, 0], np.float32)  # left: 3; corner: 2.5, without left: 1; whole: 7 / 4, at last 0
    found = [pixels.tolist() for pixels in ranked(csr_array(np.array([whole, left, corner], np.float32)), values)]
    assert found == [[0, 2], [1], [3]]


def test_pixels_in_no_region_come_last() -> None:
    found = ranked(csr_array(np.array([[0, 1, 0]], np.float32)), np.array([9.0, 1, 9], np.float32))
    assert [pixels.tolist() for pixels in found] == [[1], [0, 2]]


SQUARE = np.zeros((120, 180), bool)
SQUARE[30:90, 30:90] = True


def test_segments_follow_the_edges_of_the_picture() -> None:
    masks = segments(np.repeat(SQUARE[..., None], 3, axis=2).astype(np.float32)).toarray().astype(bool)
    inside = SQUARE.ravel()
    assert max((mask & inside).sum() / (mask | inside).sum() for mask in masks) > 0.95


def test_neighboring_segments_share_a_rim() -> None:
    halves = np.zeros((112, 112, 3), np.float32)
    halves[:, 56:] = 1
    assert segments(halves).sum(axis=0).reshape(112, 112)[:, 50:62].max() > 6  # one of each of six scales, and more


def test_xrai_gathers_the_evidence_of_a_square_and_keeps_the_sum() -> None:
    values = np.zeros((120, 180), np.float32)
    values[40:80:3, 40:80:3] = 1  # a few pixels of the square speak
    found, count = gathered(np.repeat(SQUARE[..., None], 3, axis=2).astype(np.float32), values)
    assert count >= 2 and found.sum() == pytest.approx(values.sum(), rel=1e-4)
    assert found[36:84, 36:84].min() > 0.04 and np.ptp(found[36:84, 36:84]) < 1e-6
    assert found[:20].max() < 0.01 and found[:, 100:].max() < 0.01


def test_xrai_has_the_sum_and_the_errors_of_integrated_gradients() -> None:
    asked = task(network("test_vit2"), picture(), picture(seed=5), 8)
    coarse, fine = of("xrai", asked), of("integrated_gradients", asked)
    assert coarse.values.sum().item() == pytest.approx(fine.values.sum().item(), rel=1e-3)
    assert (coarse.completeness, coarse.steps) == (fine.completeness, fine.steps)


def test_a_flat_picture_is_one_region() -> None:
    found, count = gathered(np.full((16, 24, 3), 0.5, np.float32), np.eye(16, 24, dtype=np.float32))
    assert count == 1 and np.ptp(found) < 1e-7


# From places to pixels


@pytest.mark.parametrize("size", [(12, 20), (13, 23), (4, 5)])
def test_places_are_spread_so_that_the_sum_is_kept(size: tuple[int, int]) -> None:
    values = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    assert spread(values, size).sum().item() == pytest.approx(values.sum().item(), rel=1e-4)


def test_a_flat_map_stays_flat_where_the_sides_are_multiples() -> None:
    torch.testing.assert_close(spread(torch.full((4, 5), 3.0), (12, 20)), torch.full((12, 20), 3.0 / 12))


def test_a_map_of_one_place_is_flat() -> None:
    torch.testing.assert_close(spread(torch.tensor([[6.0]]), (2, 3)), torch.ones(2, 3))
