"""Two rule sets compared: what changed, which modules flip, and which change is to blame."""
