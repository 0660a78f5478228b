"""The cards and the dashboard, in a real browser, on a real Home Assistant on loopback."""
