"""Maps tested for trust: what is stored, and the rules of the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from core import study
from core.contracts import Dataset
from core.errors import UnknownName
from core.models.backbones import build
from core.models.randomized import STAGES, cascade, forgetful
from core.settings import settings
from core.studies import trust as question
from core.studies.trust import COLUMNS, DEFAULT, OWN, TRIVIAL, Verdict, cascades, figures, trust, verdicts
from core.study import Classifier
from tests.stopping import Stopped, stop_after
from tests.tiny_models import save_tiny_models

IDS = ("01000", "02000", "02001")
LAST, *_, ALL = STAGES


@pytest.fixture
def dataset(tiny_dataset: Path) -> Dataset:
    return study.open_dataset(tiny_dataset)


@pytest.fixture
def models(tmp_path: Path) -> dict[str, Classifier]:
    return study.open_models(save_tiny_models(tmp_path / "models", "first"))[0]


def test_every_picture_has_its_figures_for_every_map(dataset: Dataset, models: dict[str, Classifier]) -> None:
    found = trust(dataset, models, packages=IDS)
    assert ["model", "method", *COLUMNS] == list(found.columns)
    assert not found.duplicated(["package", "view", "map", "figure"]).any()
    measured = found[found["figure"].isin(question.MEASURED)]
    assert 3 * 2 * 5 * 5 == len(measured) and {OWN, *TRIVIAL} == set(measured["map"])
    assert 3 * 2 == (found["figure"] == "sensitivity").sum()
    likeness = found[found["figure"] == "spearman"]
    assert {"nudged", "other", *STAGES} == set(likeness["map"]) and likeness["value"].between(-1, 1).all()


def test_a_finished_run_is_read_back_and_a_smaller_one_does_not_hide_it(
    dataset: Dataset, models: dict[str, Classifier]
) -> None:
    first = trust(dataset, models, packages=IDS[:2])
    trust(dataset, models, packages=IDS[:1])
    stored = question.stored_trust(dataset, models)
    assert stored is not None
    pd.testing.assert_frame_equal(first, stored)
    pd.testing.assert_frame_equal(first, trust(dataset, models, packages=IDS[:2], progress=stop_after(-1)))


def test_a_stopped_run_goes_on_where_it_was(dataset: Dataset, models: dict[str, Classifier]) -> None:
    with pytest.raises(Stopped):
        trust(dataset, models, packages=IDS, progress=stop_after(0.5))
    assert question.stored_trust(dataset, models) is None
    said: list[str] = []
    again = trust(dataset, models, packages=IDS, progress=lambda _, text: said.append(text))
    assert any("package 3 of 3" in text for text in said) and not any("package 1 of 3" in text for text in said)
    assert set(IDS) == set(again["package"])


def test_stopped_and_whole_runs_say_the_same(
    dataset: Dataset, models: dict[str, Classifier], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Stopped):
        trust(dataset, models, packages=IDS[:2], progress=stop_after(0.5))
    again = trust(dataset, models, packages=IDS[:2])
    monkeypatch.setenv("SECONDLOOK_CACHE", str(tmp_path / "other"))
    settings.cache_clear()
    pd.testing.assert_frame_equal(again, trust(dataset, models, packages=IDS[:2]), rtol=1e-3, atol=1e-4)


def test_a_method_that_nobody_knows_is_refused(dataset: Dataset, models: dict[str, Classifier]) -> None:
    with pytest.raises(UnknownName, match="tea_leaves"):
        trust(dataset, models, methods=["tea_leaves"])


def test_packages_of_both_classes_are_drawn(dataset: Dataset, models: dict[str, Classifier]) -> None:
    ids = question.drawn(dataset, models, count=4, seed=1)
    assert 4 == len(set(ids)) and {2} == {sum(one.startswith(start) for one in ids) for start in ("01", "02")}


def raw(maps: Mapping[str, Mapping[str, float]], *, packages: int = 8, spread: float = 0.1) -> pd.DataFrame:
    """A run of both views of some packages: figure to map to its mean; each picture has its own level and noise."""
    rng, rows = np.random.default_rng(0), []
    for at in range(packages):
        for view in ("side", "top"):
            level = rng.normal()
            for figure, values in maps.items():
                for name, value in values.items():
                    level_of = 0.0 if figure in question.MEASURES else level
                    rows.append((f"p{at}", view, name, figure, value + level_of + spread * rng.normal()))
    return pd.DataFrame(rows, columns=list(COLUMNS)).assign(model="a", method=DEFAULT)


def run(
    *, own: float = 2.0, road: float = 2.0, trivial: float = 0.0, full: float = 0.0, **options: float
) -> pd.DataFrame:
    """Insertion and ROAD (least relevant first) of the own and of all trivial maps, and the likenesses."""
    others = dict.fromkeys(TRIVIAL, trivial)
    return raw({
        "insertion": {OWN: own, **others}, "deletion": dict.fromkeys((OWN, *TRIVIAL), 0.0),
        "road_lerf": {OWN: road, **others}, "road_morf": dict.fromkeys((OWN, *TRIVIAL), 0.0),
        "infidelity": {OWN: 0.5, **others},
        "spearman": {"nudged": 0.9, "other": 0.1, **dict.fromkeys(STAGES, full)},
    }, **options)  # type: ignore[arg-type]  # fmt: skip


def judged(frame: pd.DataFrame) -> Verdict:
    (found,) = verdicts(frame).values()
    return found


def test_gains_are_paired_and_point_to_the_better() -> None:
    table = figures(run()).set_index(["figure", "map"])
    assert 8 == table.at[("removal", OWN), "n"] and 16 == table.at[("removal", OWN), "pictures"]
    assert table.at[("removal", OWN), "value"] == pytest.approx(2, abs=0.1)
    assert np.isnan(table.at[("removal", OWN), "gain"])
    gain = table.loc[("road", "edges")]
    assert gain["gain"] == pytest.approx(2, abs=0.1) and 1.8 < gain["gain_low"] < gain["gain_high"] < 2.2
    lower = table.loc[("infidelity", "center")]  # 0 is better than 0.5
    assert lower["gain"] == pytest.approx(-0.5, abs=0.1)


def test_a_map_that_beats_all_and_changes_is_trusted() -> None:
    found = judged(run())
    assert ("trusted", 8, 16, "changes") == (found.level, found.packages, found.pictures, found.changes)
    assert set(TRIVIAL) == set(found.beats["removal"]) == set(found.beats["road"])
    assert found.way == pytest.approx(0.9 / 0.8, abs=0.1)


def test_one_test_is_enough_where_nothing_beats_it_in_the_other() -> None:
    assert "trusted" == judged(run(own=0.0)).level


def test_a_map_that_a_trivial_one_beats_in_a_test_is_doubtful() -> None:
    found = judged(run(own=-1.0))
    assert "doubtful" == found.level and set(TRIVIAL) == set(found.loses["removal"])


def test_a_map_that_does_not_change_is_not_trusted_however_good() -> None:
    found = judged(run(full=0.85))
    assert ("not trusted", "keeps") == (found.level, found.changes)


def test_a_map_that_may_have_changed_is_doubtful() -> None:
    found = judged(run(full=0.5))
    assert ("doubtful", "unclear") == (found.level, found.changes)


def test_a_map_that_beats_no_trivial_one_is_not_trusted() -> None:
    assert "not trusted" == judged(run(own=0.0, road=0.0)).level


def test_chance_is_no_win() -> None:
    found = judged(run(own=0.3, road=0.3, spread=3.0))
    assert found.level != "trusted"


def test_one_package_settles_nothing() -> None:
    found = judged(run(packages=1))
    assert "not trusted" == found.level and np.isnan(found.way_low)


def test_the_way_of_a_map_that_is_as_like_another_package_is_not_told() -> None:
    frame = run()
    frame.loc[frame["map"] == "other", "value"] = 0.95
    assert np.isnan(judged(frame).way) and "unclear" == judged(frame).changes


def test_cascades_have_their_ceiling_and_their_null() -> None:
    table = cascades(run(full=0.3)).set_index(["measure", "map"])
    assert table.at[("spearman", "nudged"), "value"] == pytest.approx(0.9, abs=0.1)
    assert table.at[("spearman", ALL), "low"] < 0.3 < table.at[("spearman", ALL), "high"] + 0.1
    assert ("spearman", "other") in table.index and ("spearman", OWN) not in table.index


def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return build("test_resnet", classes=2, size=(32, 48)).eval()


def test_stages_forget_from_the_top_and_the_network_is_left_as_it_is() -> None:
    plain, pictures = network(), torch.randn(4, 3, 32, 48)
    before = {name: tensor.clone() for name, tensor in plain.state_dict().items()}
    with torch.no_grad():
        logits = plain(pictures)
    kept = []
    for _, copy in cascade(plain, pictures):
        same = [torch.equal(before[name], tensor) for name, tensor in copy.named_parameters() if tensor.dim() > 1]
        kept.append(sum(same))
        assert not copy.training and torch.isfinite(copy(pictures)).all()
    assert sorted(kept, reverse=True) == kept and kept[0] > kept[2] > kept[-1]
    assert all(torch.equal(before[name], tensor) for name, tensor in plain.state_dict().items())
    torch.testing.assert_close(logits, plain(pictures))


def test_the_last_layer_goes_first() -> None:
    plain, pictures = network(), torch.randn(2, 3, 32, 48)
    changed = forgetful(plain, pictures, layers=1)
    both = zip(plain.named_parameters(), changed.parameters(), strict=True)
    (name,) = {name.rpartition(".")[0] for (name, one), other in both if not torch.equal(one, other)}
    assert "head" == name


class Cut(torch.nn.Module):
    """Runs a second layer to no effect, as a network that is cut early does."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = (torch.nn.Conv2d(3, 3, 1) for _ in range(3))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        kept = self.first(batch)
        self.second(kept)
        logits: torch.Tensor = self.head(kept).mean(dim=(2, 3))
        return logits


def test_layers_without_effect_do_not_count() -> None:
    plain = Cut().eval()
    changed = forgetful(plain, torch.randn(2, 3, 8, 8), layers=2)
    assert torch.equal(plain.second.weight, changed.get_submodule("second").weight)
    assert not torch.equal(plain.first.weight, changed.get_submodule("first").weight)


def test_the_same_seed_draws_the_same_weights() -> None:
    plain, pictures = network(), torch.randn(2, 3, 32, 48)
    one, same, other = (forgetful(plain, pictures, layers=99, seed=seed)(pictures) for seed in (1, 1, 2))
    torch.testing.assert_close(one, same)
    assert not torch.allclose(one, other)


def test_a_forgotten_network_is_alive() -> None:
    pictures = torch.randn(8, 3, 32, 48)
    drawn = forgetful(network(), pictures, layers=99)(pictures)
    assert drawn.std(dim=0).min() > 1e-3
