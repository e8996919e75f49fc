"""The library of Second Look: a notebook, a script or a test can use it without any screen."""

import os

from core import memory

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: where two jobs share cores, idle threads must sleep
memory.one_arena()  # before there are threads
