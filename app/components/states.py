"""What stands where there is nothing to show: nothing found, not computed yet, failed."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
import streamlit as st

from app import resources
from app.selection import Selection
from core.contracts import Progress
from core.errors import CoreError

ASKED_AT_ONCE = 500
"""Packages; about a larger data set the models are asked when the person says so."""
STOPPED = "computation stopped"


def empty(title: str, way_out: str, *, icon: str = ":material/search_off:") -> None:
    """Nothing here: say so in one line, and what to do about it in the next."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(f"### {icon} {title}", text_alignment="center")
        st.markdown(f":gray[{way_out}]", text_alignment="center")
        st.space("small")


def failed(error: CoreError) -> None:
    """An expected failure: the problem and its remedy."""
    st.error(f"**{error.problem}**  \n{error.remedy}", icon=":material/error:")


@contextmanager
def mended() -> Iterator[None]:
    """Draw an expected failure of the block instead of its result."""
    try:
        yield
    except CoreError as error:
        failed(error)


@contextmanager
def framed() -> Iterator[None]:
    """Around a whole page: whatever fails is said calmly, with the details folded."""
    with mended():
        try:
            yield
        except CoreError:
            raise
        except Exception as error:  # the frame must stay usable whatever a page stumbles over
            traceback.print_exc()
            st.error(
                "**This page stumbled over something unexpected.**  \nChange a choice, or read the data again.",
                icon=":material/error:",
            )
            with st.expander("Details"):
                st.code("".join(traceback.format_exception(error)), language=None)


def refused() -> None:
    """Checkpoints that could not be opened, each with its reason."""
    for name, reason in resources.checkpoints()[1].items():
        st.caption(f":material/warning: {name} is left out. {reason}")


def bar(text: str) -> Progress:
    """A progress bar that says what is being done and how long it will take; any click stops the work."""
    place, started = st.progress(0.0, text), time.monotonic()

    def tell(share: float, doing: str) -> None:
        passed = time.monotonic() - started
        left = f" - about {passed / share - passed:.0f} s left" if share > 0.02 and passed > 1 else ""
        place.progress(min(max(share, 0.0), 1.0), f"{doing}{left}")

    return tell


def need_predictions(chosen: Selection) -> pd.DataFrame:
    """The answers of the chosen models; where there are none, a page stops here with the way out."""
    need_run(chosen)
    found = resources.predictions(chosen.data, chosen.models)
    assert found is not None
    return found


def need_run(chosen: Selection) -> None:
    """Stop a page here, with the way out, where the models were not asked about the data set yet."""
    if not chosen.models:
        empty(
            "No models",
            "Train some with `secondlook train`, or set SECONDLOOK_CHECKPOINTS.",
            icon=":material/model_training:",
        )
        st.stop()
    if resources.run(chosen.data) is None:
        _compute(chosen)
        st.stop()


def _compute(chosen: Selection) -> None:
    """Ask the models at once where that is short; otherwise when the person says so."""
    place = st.empty()
    with place.container(horizontal_alignment="center"):
        count = len(resources.dataset(chosen.data).ids)
        if count > ASKED_AT_ONCE or st.session_state.get(STOPPED):
            empty(
                "Not computed yet",
                f"The models were not asked about these {count:,} packages.",
                icon=":material/hourglass_empty:",
            )
            if not st.button("Ask the models", icon=":material/play_arrow:"):
                return
    with place.container(horizontal_alignment="center"), mended():
        progress = bar("Reading the pictures")
        st.button("Stop", icon=":material/stop:", on_click=st.session_state.update, args=({STOPPED: True},))
        resources.compute_predictions(chosen.data, progress=progress)
        st.rerun()
