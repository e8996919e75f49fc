"""The page Thresholds and the commands policy and predict, as a person would use them."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from streamlit.testing.v1 import AppTest

from app import cli, costs, reports
from core import study
from core.domain import Cut, Prediction
from core.figures.economics import BANDS, designer, reach
from core.metrics.economics import Curve, Terms, design, measured
from core.store.frames import write_frame
from core.studies import economics
from core.study import PREDICTION_COLUMNS, predictions_name
from tests import screens
from tests.screens import calm, drawn_study

FRAME = Path(__file__).resolve().parent.parent / "app" / "main.py"


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with `data` (40 drawn packages) and `models` (two tiny networks), and made-up answers in the cache."""
    drawn_study(tmp_path, monkeypatch, per_class=20, size=(16, 12))
    store_answers(tmp_path / "data")
    return tmp_path


def store_answers(root: Path, source: str = "unseen") -> None:
    """Answers that overlap, as a run of both models; the ensemble is surer."""
    dataset, (models, _) = study.open_dataset(root), study.open_models()
    facts = dataset.index.drop_duplicates("package")[["package", "label", "split"]]
    side, rng, parts = np.where(facts["label"] == "damaged", 1.0, -1.0), np.random.default_rng(0), []
    for model, pull in (*((name, 1.5) for name in models), ("ensemble", 2.5)):
        for view in ("package",) if model == "ensemble" else ("side", "top", "package"):
            odds = rng.normal(pull * side, 1.2)
            said = {"view": view, "model": model, "logit": odds, "probability": expit(odds), "source": source}
            parts.append(facts.assign(**said, framing=1.0))
    frame = pd.concat(parts, ignore_index=True)[list(PREDICTION_COLUMNS)]
    write_frame(predictions_name(dataset, models, study.inventory(dataset)), study.shaped(frame))


def opened(**address: str) -> AppTest:
    return calm(screens.opened("policy", **address))


def words(app: AppTest) -> str:
    return "\n".join(str(one.value) for part in (app.title, app.markdown, app.caption, app.text) for one in part)


def pressed(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    return calm(app)


def policy_file(packages: Path) -> Path:
    return packages / "models" / "first" / "policy.json"


def test_the_page_says_where_to_accept_and_what_it_costs(packages: Path) -> None:
    said = words(opened(model="first"))
    assert "Accept below 0." in said
    assert "cost units per 1000 packages" in said
    assert "On packages that they were not chosen on:" in said
    assert "20 damaged packages without an escape prove no more than 13.9 %; 279 more are needed for 1 %." in said
    assert "40 packages not seen in training." in said


def test_a_number_in_the_address_is_a_term_of_the_design(packages: Path) -> None:
    app = opened(model="first", budget="50", review="1000")
    assert 50.0 == app.number_input(key="budget").value
    assert "go to a person" not in words(app)
    assert "within the budget of 50 %" in words(app)


def test_a_dearer_escape_lowers_the_threshold(packages: Path) -> None:
    app = opened(model="first", budget="60", review="1000", escape="5")
    before = words(app)
    app.number_input(key="escape").set_value(100000.0).run()
    lines = [next(line for line in text.split("\n") if "##### Accept below" in line) for text in (before, words(app))]
    high, low = (float(line.split("below ")[1].split(",")[0]) for line in lines)
    assert low < high


def test_a_field_that_is_emptied_goes_back_to_its_default(packages: Path) -> None:
    app = opened(model="first")
    before = words(app)
    app.number_input(key="budget").set_value(None).run()
    assert [] == list(app.exception)
    assert before == words(app)


def test_a_design_is_saved_shown_and_removed(packages: Path) -> None:
    app = opened(model="first", prevalence="5")
    assert "decides by a policy" not in words(app)
    app.text_input(key="policy note").set_value("line 3").run()
    pressed(app, "Save as policy")
    saved = json.loads(policy_file(packages).read_text())
    assert (0.05, "line 3", 20) == (saved["prevalence"], saved["note"], saved["chosen_on"]["n_damaged"])
    assert "first decides by a policy: accept below" in words(app)
    assert "The design above has the same thresholds." in words(app)
    assert "line 3" in words(app)
    pressed(app, "Remove the policy")
    assert not policy_file(packages).exists()
    assert "decides by a policy" not in words(app)


def test_a_saved_policy_is_held_against_another_design_and_gives_its_costs_back(packages: Path) -> None:
    pressed(opened(model="first", prevalence="5"), "Save as policy")
    app = opened(model="first", review="1000", budget="90")
    assert "more per 1000 packages than the design" in words(app)
    pressed(app, "Take its costs")
    assert (5.0, 1.0) == (app.number_input(key="prevalence").value, app.number_input(key="review").value)
    assert "The design above has the same thresholds." in words(app)


def test_a_saved_policy_moves_every_page(packages: Path) -> None:
    pressed(opened(model="first"), "Save as policy")
    app = AppTest.from_file(str(FRAME), default_timeout=120).run()
    app.switch_page("../pages/performance.py").run()
    assert [] == list(app.exception)
    held = economics.policies(study.open_models()[0])[0]["first"]
    assert held.cut.reviews
    assert held.cut == economics.cuts(study.open_models()[0])["first"]


def test_a_policy_for_other_weights_is_shown_as_refused_and_can_be_removed(packages: Path) -> None:
    pressed(opened(model="first"), "Save as policy")
    raw = json.loads(policy_file(packages).read_text())
    policy_file(packages).write_text(json.dumps(raw | {"weights": {"first": "others"}}))
    app = opened(model="first")
    assert "The policy of first is not used. It was made for other weights of first." in words(app)
    assert "decides by a policy" not in words(app)
    pressed(app, "Remove the policy")
    assert not policy_file(packages).exists()


def test_a_policy_that_cannot_be_saved_says_why(packages: Path) -> None:
    policy_file(packages).mkdir()
    app = opened(model="first")
    next(button for button in app.button if button.label == "Save as policy").click().run()
    assert "cannot be written" in app.error[0].value
    assert [] == list(app.exception)


def test_answers_from_training_are_no_evidence(packages: Path) -> None:
    store_answers(packages / "data", "training")
    app = opened(model="first")
    assert "No evidence: first was trained on all of these packages" in words(app)
    assert "cost units" not in words(app)


def test_one_class_has_no_thresholds(packages: Path) -> None:
    for path in (packages / "data").glob("intact/*/*.png"):
        path.unlink()
    store_answers(packages / "data")
    assert "No intact package to choose thresholds on" in words(opened(model="first"))


def test_a_handful_has_no_thresholds(packages: Path) -> None:
    for path in (packages / "data").glob("*/*/0[12]0[01][4-9]*.png"):
        path.unlink()
    for path in (packages / "data").glob("*/*/0[12]01*.png"):
        path.unlink()
    store_answers(packages / "data")
    assert "8 packages are too few" in words(opened(model="first"))


def test_the_design_can_be_taken_home(packages: Path) -> None:
    labels = [one.label for one in opened(model="ensemble").get("download_button")]
    assert ["Design as JSON", "Table as CSV"] == labels


def command(packages: Path, *more: str) -> int:
    return cli.run(["policy", "--data", str(packages / "data"), *more])


def test_the_command_designs_and_writes_nothing_unless_asked(packages: Path, tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    assert 0 == command(packages, "--model", "first", "--budget", "0.3", "--json", str(out))
    found = json.loads(out.read_text())
    assert {"policy", "designed", "held_out", "before", "calibrated"} <= set(found)
    assert found["policy"]["accept"] == found["designed"]["accept"] <= found["largest_accept"]
    assert (True, 0) == (found["proven"], found["damaged_packages_needed"])
    assert [] == list((packages / "models").rglob("*policy*"))


def test_the_command_finds_what_the_page_finds(packages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == command(packages, "--model", "first")
    headline = next(line for line in words(opened(model="first")).split("\n") if line.startswith("##### Accept"))
    said = capsys.readouterr()
    assert headline.removeprefix("##### ") in " ".join(said.out.split())
    assert "279 more are needed" in " ".join(said.err.split())


def test_the_command_saves_what_predict_decides_by(packages: Path, tmp_path: Path) -> None:
    assert 0 == command(packages, "--model", "first", "--save")
    policy = json.loads(policy_file(packages).read_text())
    cut = {"accept": 0.0, "reject": 1.0}  # everything goes to a person
    policy_file(packages).write_text(json.dumps(policy | cut))
    pictures = [str(next((packages / "data").glob(f"damage/{view}/*"))) for view in ("side", "top")]
    out = tmp_path / "said.json"
    assert 0 == cli.run(["predict", *pictures, "--json", str(out)])
    said = {(one["model"], one["view"]): one for one in json.loads(out.read_text())["predictions"]}
    assert ("review", cut, True) == tuple(said["first", "package"][key] for key in ("verdict", "cut", "policy"))
    other = said["ensemble", "package"]
    assert ({"accept": 0.5, "reject": 0.5}, False, 0.5) == (other["cut"], other["policy"], other["threshold"])


def test_predict_says_why_a_policy_is_not_used(packages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (packages / "models" / "ensemble-policy.json").write_text("{")
    policy_file(packages).write_text("[]")
    picture = str(next((packages / "data").glob("damage/top/*")))
    assert 0 == cli.run(["predict", picture, "--model", "first"])
    said = " ".join(capsys.readouterr().err.split())
    assert "not a valid policy" in said
    assert "ensemble-policy" not in said  # nobody asked the ensemble


@pytest.mark.parametrize("wrong", [["--budget", "0"], ["--prevalence", "1"], ["--cost-review", "-1"], ["--model", "x"]])
def test_the_command_refuses_impossible_terms(packages: Path, wrong: list[str]) -> None:
    assert 2 == command(packages, *wrong)


def test_a_verdict_between_two_thresholds_is_review() -> None:
    even = np.array([0.5, 0.5], np.float32)
    said = Prediction("1", "m", "top", ("damaged", "intact"), even * 0, even)
    row = reports.prediction(said, "damaged", Cut(0.2, 0.8), policy=True)
    assert ("review", True) == (row["verdict"], row["policy"])
    assert "0.200-0.800" in reports.prediction_row(row)


def test_escapes_are_counted_of_all_damaged_packages_with_those_in_review() -> None:
    figures = {"accuracy": 0.5, "accuracy_interval": None, "auroc": None, "n": 9, "tp": 1, "fn": 1, "fp": 1, "tn": 2,
               "review_damaged": 3, "review_intact": 1}  # fmt: skip
    row = next(iter(reports.performance_rows({"models": {}, "ensemble": {"package": figures}})))
    assert ("1 of 5", "1 of 4") == row[-2:]


TRUTH = np.arange(40) < 20
CHANCE = np.concatenate([np.linspace(0.3, 0.99, 20), np.linspace(0.01, 0.6, 20)])


@pytest.mark.parametrize(
    ("cut", "says"),
    [
        (Cut(0.21, 0.83), "accept below 0.21, reject from 0.83, 4 % go to a person"),
        (Cut.at(0.21), "accept below 0.21, reject the rest"),
        (Cut(0.0, 0.83), "accept nothing, reject from 0.83, 4 % go to a person"),
        (Cut(0.21, 1.0), "accept below 0.21, reject nothing, 4 % go to a person"),
        (Cut.at(0.0), "reject all"),
        (Cut.at(1.0), "accept all"),
    ],
)
def test_a_rule_in_words(cut: Cut, says: str) -> None:
    assert says == costs.rule(cut, 0.04)


def test_the_proof_in_words() -> None:
    assert "prove that at most" in costs.proof(design(TRUTH, CHANCE, Terms(budget=0.5)))
    assert "Nothing is accepted, so nothing escapes." == costs.proof(design(~TRUTH, CHANCE, Terms()))


@pytest.mark.parametrize(
    ("share", "says"), [(0.0, "0 %"), (0.139, "13.9 %"), (0.01, "1 %"), (0.0005, "0.05 %"), (1.0, "100 %")]
)
def test_a_share_in_words(share: float, says: str) -> None:
    assert says == costs.percent(share)


@pytest.mark.parametrize(("at", "says"), [(0.5, "0.50"), (0.0584, "0.0584"), (0.999, "0.999"), (0.331081, "0.33")])
def test_a_threshold_in_words(at: float, says: str) -> None:
    assert says == costs.number(at)


def drawn(cut: Cut) -> object:
    at = np.linspace(0.01, 0.99, 5)
    cost = np.array([900.0, 50.0, 20.0, 60.0, 1000.0])
    rows = pd.DataFrame({"package": "p", "label": np.where(TRUTH, "damaged", "intact"), "probability": CHANCE})
    return designer(Curve(at, cost, cost * 0.5, cost * 2), rows, {"designed": (cut, 10.0)}, color="#0072B2")


def test_the_bands_of_the_figure_are_those_of_the_cut() -> None:
    for cut, count in ((Cut(0.2, 0.8), 3), (Cut.at(0.5), 2), (Cut(0.0, 0.8), 2), (Cut(0.0, 1.0), 1)):
        bands = [shape for shape in drawn(cut).layout.shapes if shape.type == "rect"]  # type: ignore[attr-defined]
        assert count == len(bands)
        assert all(one.x1 == other.x0 for one, other in itertools.pairwise(bands))
    assert 3 == len(BANDS)


def test_a_click_on_anything_but_a_package_opens_nothing() -> None:
    figure = drawn(Cut(0.2, 0.8))
    marks = [trace for trace in figure.data if trace.customdata is not None]  # type: ignore[attr-defined]
    assert {"", "p"} == {str(trace.customdata[0][0]) for trace in marks}


def test_the_figure_shows_the_costs_of_every_cut() -> None:
    at, cost = np.linspace(0.1, 0.9, 3), np.array([10_000.0, 5.0, 9_000.0])
    assert reach(Curve(at, cost, cost, cost), [2_000.0]) > 2_000
    assert 10_000 == reach(Curve(at, cost, cost, cost), [9_000.0])


def test_a_design_measured_again_is_the_same() -> None:
    found = design(TRUTH, CHANCE, Terms())
    assert found.outcome == measured(TRUTH, CHANCE, found.cut, Terms())
