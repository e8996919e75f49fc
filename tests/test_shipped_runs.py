"""What comes along computed: it must belong to the bundled packages and to the shipped networks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import study
from core.contracts import Dataset
from core.settings import ROOT, settings
from core.store.frames import RUNS, place, read_frame
from core.studies import agreement, consistency, features, measures, robustness, serials, shortcuts, stability, trust
from core.studies.regions import of_masks
from core.studies.robustness import SPOILED

PACKAGES = ROOT / "data" / "packages"


@pytest.fixture(scope="module")
def opened() -> tuple[Dataset, dict[str, study.Classifier]]:
    """The bundled packages and the shipped networks."""
    return study.open_dataset(PACKAGES), study.open_models(ROOT / "checkpoints")[0]


def test_every_question_finds_its_run(opened: tuple[Dataset, dict[str, study.Classifier]]) -> None:
    dataset, models = opened
    study.inventory(dataset)
    answers = [
        study.stored_predictions(dataset, models),
        features.stored_features(dataset, models),
        measures.stored_measures(dataset, models),
        stability.stored_heads(dataset, models),
        robustness.stored_robustness(dataset, models, packages=robustness.drawn(dataset, models, count=SPOILED)),
        consistency.last(dataset, models),
        shortcuts.last(dataset, models),
        agreement.latest(dataset, models, source=of_masks(dataset)),
        serials.stored(dataset),
    ]
    assert [False] * 9 == [answer is None for answer in answers]


def test_every_network_was_asked_whether_its_maps_can_be_trusted(
    opened: tuple[Dataset, dict[str, study.Classifier]],
) -> None:
    dataset, models = opened
    study.inventory(dataset)
    found = trust.stored_trust(dataset, models)
    assert found is not None and set(models) == set(found["model"])


def test_the_shipped_answers_are_those_of_the_networks(
    opened: tuple[Dataset, dict[str, study.Classifier]],
) -> None:
    dataset, models = opened
    study.inventory(dataset)
    stored = study.stored_predictions(dataset, models)
    assert stored is not None
    package = sorted(stored.loc[stored["split"] == "test", "package"])[0]
    rows = stored[stored["package"] == package].astype({"model": str, "view": str}).set_index(["model", "view"])
    for said in study.predict(models, dataset.load(package)):
        assert rows.at[(said.model, said.view), "probability"] == pytest.approx(said.probability("damaged"), abs=1e-4)


def test_the_cache_comes_first(own_cache: Path) -> None:
    name = f"features/{next((RUNS / 'features').iterdir()).stem}"
    place(name).parent.mkdir(parents=True)
    pd.DataFrame({"mine": [1]}).to_parquet(place(name))
    found = read_frame(name)
    assert found is not None and ["mine"] == list(found.columns)


def test_a_first_start_opens_on_the_bundled_packages_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an empty cache: the run that came along is found once the files are checked, in the middle of the page."""
    monkeypatch.setenv("SECONDLOOK_DATA", str(PACKAGES))
    settings.cache_clear()
    st.cache_resource.clear()
    st.cache_data.clear()
    app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=300).run()
    assert [] == [error.value for error in app.error]
    assert "Where to look next" in "\n".join(str(one.value) for one in app.markdown)
