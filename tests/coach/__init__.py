"""The coach's promises, in plain Python."""
