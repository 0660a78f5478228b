"""The cost of Retrowalk beside the same work built by hand, in a real Home Assistant.

The clock comes first: Home Assistant takes its own from the standard library while it is imported.
"""

from . import clock as clock
