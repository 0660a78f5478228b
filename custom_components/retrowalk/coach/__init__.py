"""The coach: what to walk, when, and what it was worth.

Pure Python. No Home Assistant, no input or output, no clock of its own, no randomness:
every function gets the time it needs as an argument.
"""
