"""Training, offline: nothing here is needed to detect."""
