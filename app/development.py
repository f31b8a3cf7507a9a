"""What a server uses that was given no secrets of its own, to be tried out. Production refuses every one of these."""

SECRET = "development-only-secret-never-for-guests"  # noqa: S105 (known to everybody, which is its point)
DATA_KEY = "development-only-key-for-data-of-nobody"
