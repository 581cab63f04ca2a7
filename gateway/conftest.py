"""Lets the tests import ``gateway``.

pytest names the modules of a test folder after their path: ``gateway.tests.…``. The folder "gateway", which it thereby
puts in the place of the package of the same name, has to leave it again.
"""  # noqa: INP001 (pytest's own kind of module)

import importlib
import sys

sys.modules.pop("gateway", None)
importlib.import_module("gateway")
