"""Rules that say which architectural role a module has, and an engine that explains its answers."""
