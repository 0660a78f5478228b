"""The demo: a real Home Assistant on this machine alone, with a gym and two runners in it."""
