"""A candidate against a checkpoint on drawn packages, the swap that no kill can halve, and the way back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from shutil import copytree, rmtree

import numpy as np
import pandas as pd
import pytest

from app import promoting
from core import study
from core.contracts import Dataset
from core.datasets.frozen import Frozen
from core.domain import DAMAGED, INTACT, Cut
from core.errors import BadCheckpoint, BadInput, Leak, UnknownName
from core.metrics.economics import Terms, measured
from core.metrics.paired import DRAWS, difference, paid, per_thousand
from core.models import versions
from core.models.checkpoints import load_card
from core.models.versions import home
from core.settings import ROOT, settings
from core.store.answers import COLUMNS, write_answers
from core.studies import economics, promotion
from tests.conftest import draw_rendered
from tests.tiny_models import save_tiny_models

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
TRUTH = np.array([True] * 4 + [False] * 4)


def names_of_a_stranger(folder: Path) -> None:
    """Let a checkpoint say that it was trained on a package that is nowhere else."""
    row = {"dataset": "elsewhere", "package": "00000001", "view": "top", "label": DAMAGED, "sha256": "0" * 64,
           "fold": -1, "logits": np.zeros(0), "framing": 1.0}  # fmt: skip
    write_answers(folder, pd.DataFrame([row], columns=list(COLUMNS)))


def without_truth(root: Path) -> None:
    """Let nothing be known of packages but their class: nothing is explained, and tests are fast."""
    (root / "manifest.json").unlink()
    for folder in ("masks", "twins"):
        rmtree(root / folder)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with `data` (12 packages in the split test, masks), `plain` (the same without), and two checkpoints."""
    root = tmp_path_factory.mktemp("promotion")
    draw_rendered(root / "data", train=1, test=6)
    draw_rendered(root / "plain", train=1, test=6)
    without_truth(root / "plain")
    save_tiny_models(root / "both", "mine", "candidate")
    for target, name in (("models", "mine"), ("new", "candidate")):
        copytree(root / "both" / name, root / target / name)
        names_of_a_stranger(root / target / name)
    return root


@pytest.fixture
def place(drawn: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    for part in ("models", "new"):
        copytree(drawn / part, tmp_path / part)
    return tmp_path


@pytest.fixture
def dataset(drawn: Path) -> Dataset:
    """Without masks, so that nothing is explained."""
    return study.open_dataset(drawn / "plain")


def compare(dataset: Dataset, place: Path, **choices: object) -> promotion.Comparison:
    asked = {"when": NOW, "folder": place / "models"} | choices
    return promotion.compare(dataset, place / "new" / "candidate", "mine", **asked)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def explained(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[promotion.Comparison]:
    """The comparison with maps, made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECONDLOOK_CACHE", str(tmp_path_factory.mktemp("explained")))
        settings.cache_clear()
        own = tmp_path_factory.mktemp("own")
        for part in ("models", "new"):
            copytree(drawn / part, own / part)
        yield compare(study.open_dataset(drawn / "data"), own)
    settings.cache_clear()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# what it costs


def test_a_package_costs_what_is_done_to_it() -> None:
    terms = Terms(escape=100, false_reject=5, review=1)
    chance = np.array([0.1, 0.5, 0.9, 0.1, 0.5, 0.9])
    truth = np.array([True] * 3 + [False] * 3)
    assert [100, 1, 0, 0, 1, 5] == paid(truth, chance, Cut(0.3, 0.7), terms).tolist()


def test_the_mean_of_what_packages_cost_is_the_cost_of_an_outcome() -> None:
    rng, terms = np.random.default_rng(0), Terms(prevalence=0.1)
    truth, chance, cut = rng.random(60) < 0.4, rng.random(60), Cut(0.3, 0.6)
    mine = per_thousand(truth, paid(truth, chance, cut, terms), np.zeros(60), terms)
    assert measured(truth, chance, cut, terms).per_thousand == pytest.approx(mine.value)


def test_a_difference_is_drawn_class_by_class() -> None:
    one, other = np.array([1.0, 0, 0, 0, 0, 0, 0, 0]), np.zeros(8)
    found = per_thousand(TRUTH, one, other, Terms(prevalence=0.5))
    assert (125.0, 8, 1) == (found.value, found.n, found.differing)
    assert found.low <= 0 < 125 < found.high <= 500


def test_the_bootstrap_is_that_of_all_draws_there_are() -> None:
    apart = np.array([1.0, 0.0, -1.0, 1.0])
    every = np.array([np.mean(some) for some in product(apart, repeat=4)])
    found = difference([(1.0, apart)])
    assert found.value == pytest.approx(every.mean())
    assert np.quantile(every, 0.005) <= found.low < found.high <= np.quantile(every, 0.995)
    assert DRAWS >= 2000


def test_two_models_that_do_the_same_differ_by_nothing() -> None:
    found = difference([(1.0, np.zeros(5)), (2.0, np.zeros(3))])
    assert (0.0, 0.0, 0.0, 8, 0) == tuple(found)


# what is compared


def test_both_are_measured_on_the_split_test_and_on_nothing_else(explained: promotion.Comparison) -> None:
    found = explained
    assert (12, 0) == (found.cost.n, found.seen)
    assert (6, 6) == (found.outcomes["candidate"].damaged, found.outcomes["current"].intact)
    assert found.grounds is not None and found.grounds.source == "masks" and found.grounds.difference.n == 6
    assert -1 <= found.grounds.difference.low <= found.grounds.difference.value <= found.grounds.difference.high <= 1


def test_the_costs_are_those_of_the_answers_of_both(dataset: Dataset, place: Path) -> None:
    found = compare(dataset, place)
    for which, folder in (("candidate", place / "new"), ("current", place / "models")):
        frame = study.predictions(dataset, study.open_models(folder)[0])
        rows = frame[(frame["split"] == "test") & (frame["view"] == "package")]
        truth = (rows["label"] != INTACT).to_numpy()
        assert measured(truth, rows["probability"].to_numpy(), Cut.at(0.5), Terms()) == found.outcomes[which]


def test_exchanging_the_two_turns_the_differences_round(dataset: Dataset, place: Path) -> None:
    there = compare(dataset, place)
    assert there.cost.differing
    (place / "models" / "mine").rename(place / "was")
    (place / "new" / "candidate").rename(place / "models" / "mine")
    (place / "was").rename(place / "new" / "candidate")
    back = compare(dataset, place)
    assert there.cost.value == pytest.approx(-back.cost.value)


def test_packages_that_one_was_trained_on_are_left_out_and_counted(dataset: Dataset, place: Path) -> None:
    table = study.inventory(dataset)
    row = table[table["package"] == "01002"].iloc[0]
    answers = pd.DataFrame([{"dataset": "d", "package": "x", "view": "top", "label": DAMAGED, "sha256": row["sha256"],
                             "fold": -1, "logits": np.zeros(0), "framing": 1.0}])  # fmt: skip
    write_answers(place / "new" / "candidate", answers)
    found = compare(dataset, place)
    assert (11, 1) == (found.cost.n, found.seen)


def test_a_candidate_that_does_not_say_what_it_knows_is_refused(dataset: Dataset, place: Path) -> None:
    (place / "new" / "candidate" / "crossval.parquet").unlink()
    with pytest.raises(Leak, match="candidate checkpoint does not say"):
        compare(dataset, place)


def test_a_checkpoint_is_no_candidate_for_itself(dataset: Dataset, place: Path) -> None:
    with pytest.raises(BadInput, match="mine itself"):
        promotion.compare(dataset, place / "models" / "mine", "mine", when=NOW, folder=place / "models")
    copytree(place / "models" / "mine", place / "copy")
    with pytest.raises(BadInput, match="the same as mine"):
        promotion.compare(dataset, place / "copy", "mine", when=NOW, folder=place / "models")


def test_too_few_packages_are_refused_and_not_frozen(place: Path) -> None:
    few = study.open_dataset(draw_rendered(place / "few", train=1, test=2))
    with pytest.raises(BadInput, match="4 packages of known class"):
        compare(few, place)
    assert not (place / "models" / ".frozen").exists()


def test_frozen_packages_never_change_silently(dataset: Dataset, place: Path) -> None:
    compare(dataset, place)
    (path,) = (place / "models" / ".frozen").iterdir()
    frozen = Frozen.load(path)
    assert 12 == len(frozen.packages) and compare(dataset, place).frozen == frozen.sha256
    raw = json.loads(path.read_text())
    raw["packages"]["01001"]["label"] = INTACT
    path.write_text(json.dumps(raw))
    with pytest.raises(BadInput, match="their hash is another one"):
        compare(dataset, place)


def test_a_data_set_whose_frozen_packages_changed_is_refused_until_frozen_again(place: Path) -> None:
    root = draw_rendered(place / "data", train=1, test=6)
    without_truth(root)
    first = compare(study.open_dataset(root), place)
    picture = next((root / "test" / "damaged" / "top").glob("01002*"))
    picture.write_bytes((root / "test" / "intact" / "top" / "02003_top.jpg").read_bytes())
    with pytest.raises(BadInput, match=r"1 of 12 frozen packages.*01002"):
        compare(study.open_dataset(root), place)
    assert first.frozen != compare(study.open_dataset(root), place, again=True).frozen


def test_labels_of_people_are_judged_by_once_they_are_frozen(place: Path) -> None:
    root = draw_rendered(place / "data", train=1, test=6)
    without_truth(root)
    dataset = study.open_dataset(root)
    before = compare(dataset, place)
    said = {"01001": INTACT, "01002": "damaged", "01000": DAMAGED}
    with pytest.raises(BadInput, match=r"1 of 12 frozen packages.*01001"):
        compare(dataset, place, labels=said)
    after = compare(dataset, place, labels=said, again=True)
    assert (6, 5) == tuple(one.outcomes["current"].damaged for one in (before, after))
    assert after.notices[0] == "Packages whose label is that of people, not of the data set: 1."
    assert not [line for line in before.notices if "people" in line]


def found_with(found: promotion.Comparison, **changes: float) -> promotion.Comparison:
    """A comparison whose differences have these ends."""
    cost = found.cost._replace(value=0.0, low=-50.0, high=changes.get("high", 0.0))
    grounds = promotion.Grounds(3, 3, promotion.Difference(0.0, changes.get("low", 0.0), 0.2, 6, 0), "masks")
    return replace(found, cost=cost, grounds=grounds, margin=0.1, alone=1000.0)


@pytest.fixture
def found(dataset: Dataset, place: Path) -> promotion.Comparison:
    return compare(dataset, place)


@pytest.mark.parametrize(
    ("high", "low", "may"), [(100, -0.1, True), (101, 0.0, False), (0, -0.11, False), (-5, 0.05, True)]
)
def test_it_may_come_only_where_both_ends_lie_within_the_margin(
    found: promotion.Comparison, high: float, low: float, may: bool
) -> None:
    assert may == found_with(found, high=high, low=low).not_worse


def test_a_refusal_says_by_how_much_and_changes_nothing(found: promotion.Comparison, place: Path) -> None:
    worse = found_with(found, high=250, low=-0.3)
    before = contents(place / "models" / "mine")
    with pytest.raises(BadInput, match="may be worse than mine"):
        promotion.promote(worse, who="ann", when=NOW, folder=place / "models")
    assert before == contents(place / "models" / "mine")
    said = promoting.verdict("mine", "candidate", worse.figures())
    assert "may cost up to 250 more, and 100 are allowed" in said
    assert "up to 30 % fewer of the damaged packages, and 10 % are allowed" in said


def test_without_regions_only_the_cost_is_compared_and_that_is_said(found: promotion.Comparison) -> None:
    assert found.grounds is None and found.grounded_enough
    assert any("only the cost" in notice for notice in found.notices)
    assert "not compared" in promoting.grounds(found.figures())


# the swap


def promoted(found: promotion.Comparison, place: Path, when: datetime = NOW) -> str:
    return promotion.promote(found_with(found), who="ann", when=when, folder=place / "models")


def test_a_promotion_puts_the_candidate_in_place_and_keeps_the_old_one(
    found: promotion.Comparison, place: Path
) -> None:
    old, new = contents(place / "models" / "mine"), contents(place / "new" / "candidate")
    id = promoted(found, place)
    assert id == f"20260304T050607Z-{found.cards['current'].weights_sha256[:8]}"
    now = contents(place / "models" / "mine")
    assert new["weights.safetensors"] == now["weights.safetensors"] and new.keys() == now.keys()
    assert "mine" == load_card(place / "models" / "mine").name
    kept = contents(home(place / "models", "mine") / id)
    record = json.loads(kept.pop("record.json"))
    assert old == kept
    assert ("promotion", "ann", NOW.isoformat()) == (record["kind"], record["who"], record["when"])
    assert found.frozen == record["figures"]["frozen_sha256"]
    assert ["mine"] == list(study.open_models(place / "models")[0])


def test_a_roll_back_brings_the_old_one_back_to_the_byte(found: promotion.Comparison, place: Path) -> None:
    old = contents(place / "models" / "mine")
    id = promoted(found, place)
    new = contents(place / "models" / "mine")
    assert id == promotion.roll_back("mine", who="bob", when=NOW + timedelta(1), folder=place / "models").id
    assert old == contents(place / "models" / "mine")
    promotion.roll_back("mine", who="bob", when=NOW + timedelta(2), folder=place / "models")
    assert new == contents(place / "models" / "mine")


def test_the_history_says_what_brought_every_version(found: promotion.Comparison, place: Path) -> None:
    promoted(found, place)
    promotion.roll_back("mine", who="bob", when=NOW + timedelta(1), folder=place / "models")
    stages, refused = promotion.history("mine", folder=place / "models")
    assert () == refused
    assert ["roll-back", "promotion", None] == [stage.came and stage.came.kind for stage in stages]
    assert [None, "roll-back", "promotion"] == [stage.left and stage.left.kind for stage in stages]
    assert stages[0].card == stages[2].card != stages[1].card
    table = promoting.table(stages)
    assert ["in use", "replaced", "replaced"] == table["status"].tolist()
    assert 12 == table.loc[1, "packages"] and table["cost"].isna().tolist()[0]


def test_a_policy_goes_and_comes_back_with_its_version(dataset: Dataset, place: Path) -> None:
    folder, models = place / "models", study.open_models(place / "models")[0]
    frame = study.predictions(dataset, models)
    rows = frame.assign(source="unseen")
    made = economics.policy(
        economics.design(rows, "mine", Terms(prevalence=0.3)), models, dataset="d", fingerprint="", split=None, when=NOW
    )
    economics.save(made, folder)
    found = compare(dataset, place)
    assert 0.3 == found.outcomes["candidate"].terms.prevalence
    promoted(found, place)
    assert not (folder / "mine" / "policy.json").exists()
    promotion.roll_back("mine", who="bob", when=NOW, folder=folder)
    assert {"mine": made} == economics.policies(study.open_models(folder)[0], folder)[0]


def test_the_policy_of_a_candidate_comes_with_it(dataset: Dataset, place: Path) -> None:
    models = study.open_models(place / "new")[0]
    rows = study.predictions(dataset, models).assign(source="unseen")
    made = economics.policy(
        economics.design(rows, "candidate", Terms()), models, dataset="d", fingerprint="", split=None, when=NOW
    )
    economics.save(made, place / "new")
    found = compare(dataset, place)
    assert made.cut == found.outcomes["candidate"].cut
    promoted(found, place)
    held, refused = economics.policies(study.open_models(place / "models")[0], place / "models")
    assert {} == refused and made.cut == held["mine"].cut


def test_a_checkpoint_replaced_meanwhile_is_not_replaced_again(found: promotion.Comparison, place: Path) -> None:
    promoted(found, place)
    with pytest.raises(BadCheckpoint, match="replaced by somebody else meanwhile"):
        promoted(found, place)
    assert 1 == len(versions.versions(place / "models", "mine")[0])


def test_a_candidate_changed_after_it_was_measured_is_refused(found: promotion.Comparison, place: Path) -> None:
    (place / "new" / "candidate" / "weights.safetensors").write_bytes(b"other")
    before = contents(place / "models" / "mine")
    with pytest.raises(BadCheckpoint, match="changed after it was measured"):
        promoted(found, place)
    assert before == contents(place / "models" / "mine")


def test_a_damaged_checkpoint_can_be_rolled_back(found: promotion.Comparison, place: Path) -> None:
    promoted(found, place)
    (place / "models" / "mine" / "card.json").write_text("{")
    promotion.roll_back("mine", who="bob", when=NOW + timedelta(1), folder=place / "models")
    assert ["mine"] == list(study.open_models(place / "models")[0])
    assert 1 == len(versions.versions(place / "models", "mine")[1])


def test_a_version_nobody_knows_is_refused(found: promotion.Comparison, place: Path) -> None:
    with pytest.raises(UnknownName, match="no earlier version"):
        promotion.roll_back("mine", who="bob", when=NOW, folder=place / "models")
    promoted(found, place)
    with pytest.raises(UnknownName, match="Try one of: 2026"):
        promotion.roll_back("mine", who="bob", when=NOW, to="none", folder=place / "models")
    with pytest.raises(UnknownName, match="no model called"):
        promotion.roll_back("../mine", who="bob", when=NOW, folder=place / "models")


KILLED = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from core.models import versions
from core.models.checkpoints import load_card

at, models, source = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
steps = 0
def dying(event, arguments):
    global steps
    disk = ("os.rename", "os.remove", "shutil.copyfile", "shutil.rmtree", "os.mkdir")
    if event in disk and str(models) in str(arguments):
        steps += 1
        if steps == at:
            os.kill(os.getpid(), signal.SIGKILL)
event = versions.Event(kind="promotion", when=datetime.now(UTC).isoformat(), who="ann",
    before=load_card(models / "mine").weights_sha256, after=load_card(source).weights_sha256)
sys.addaudithook(dying)
versions.put(models, "mine", source, event)
print(steps)
"""


def test_a_kill_at_any_step_leaves_the_old_one_or_the_new_one(place: Path) -> None:
    """Killed at the 1st, 2nd, ... step on the disk; in one child that forks, so that imports are paid for once."""
    script = KILLED.replace("at, models, source = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])", "")
    forked = f"""
import shutil, sys
from pathlib import Path
import os, signal
from core.models import versions
from core.models.checkpoints import load_card
from core.models.classifier import load_classifier
place = Path(sys.argv[1])
source = place / "new" / "candidate"
old, new = (load_card(one).weights_sha256 for one in (place / "models" / "mine", source))
program = compile({script!r}, "killed", "exec")
found, at = [], 0
while True:
    at += 1
    models = place / f"try{{at}}" / "models"
    shutil.copytree(place / "models", models)
    child = os.fork()
    if not child:
        sys.stdout = open(os.devnull, "w")
        exec(program, {{"at": at, "models": models, "source": source, "__name__": "killed"}})
        os._exit(0)
    _, status = os.waitpid(child, 0)
    opened = load_classifier(models / "mine").card  # weights are held against the card
    whole = {{path.name for path in (models / "mine").iterdir()}}
    assert whole == {{"card.json", "crossval.parquet", "weights.safetensors"}}, (at, whole)
    assert opened.name == "mine"
    kept, refused = versions.versions(models, "mine")
    assert not refused
    assert [one.card.weights_sha256 for one in kept] == ([old] if opened.weights_sha256 == new else []), at
    found.append("old" if opened.weights_sha256 == old else "new")
    if status == 0:
        break
    versions.put(models, "mine", source, versions.Event(kind="promotion", when="2026-01-01T00:00:00+00:00", who="ann",
        before=old, after=new)) if found[-1] == "old" else None
    assert load_card(models / "mine").weights_sha256 == new
print(*found)
"""
    done = subprocess.run([sys.executable, "-c", forked, str(place)], cwd=ROOT, capture_output=True, text=True)
    assert 0 == done.returncode, done.stderr
    found = done.stdout.split()
    assert found == sorted(found, reverse=True) and {"old", "new"} == set(found)
    assert found.count("old") >= 8 and found.count("new") >= 8
