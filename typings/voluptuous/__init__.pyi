# Home Assistant serves `voluptuous` from its own engine, probatio, and so must mypy.
from probatio import *
