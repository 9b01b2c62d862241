"""An integration."""
