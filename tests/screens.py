"""What every test of a page does first: name the data and the networks, open the app, read what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.settings import settings
from tests.conftest import draw_packages
from tests.tiny_models import save_tiny_models

FRAME = Path(__file__).resolve().parent.parent / "app" / "main.py"


def drawn_study(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, per_class: int = 4, size: tuple[int, int] = (64, 48)
) -> Path:
    """The folder with `data` (drawn packages) and `models` (two tiny networks), which the settings name."""
    draw_packages(folder / "data", per_class=per_class, size=size)
    save_tiny_models(folder / "models", "first", "second")
    named(monkeypatch, data=folder / "data", models=folder / "models")
    return folder


def named(monkeypatch: pytest.MonkeyPatch, *, data: Path, models: Path) -> None:
    """Let the settings name these, and every door of the app forget what it held."""
    monkeypatch.setenv("SECONDLOOK_DATA", str(data))
    monkeypatch.setenv("SECONDLOOK_CHECKPOINTS", str(models))
    settings.cache_clear()
    st.cache_resource.clear()
    st.cache_data.clear()


def opened(page: str = "", /, **address: str) -> AppTest:
    """The app, at a page, after everything it starts by itself is done."""
    app = AppTest.from_file(str(FRAME), default_timeout=120)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    return app.switch_page(f"../pages/{page}.py").run() if page else app


def words(app: AppTest) -> str:
    """Everything written on the page and in the sidebar."""
    return "\n".join(
        str(one.value) for part in (app.title, app.markdown, app.caption, app.error, app.info) for one in part
    )


def calm(app: AppTest) -> AppTest:
    """The app, after making sure that nothing on its page failed."""
    assert [] == [error.value for error in app.error]
    assert [] == list(app.exception)
    return app


def press(app: AppTest, label: str, at: int = 0) -> AppTest:
    """The app after a click on the button of that label, or on one of several."""
    return [button for button in app.button if button.label == label][at].click().run()
