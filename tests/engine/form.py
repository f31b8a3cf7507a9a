"""Which form is played: the short one, or with `./run test --all` the long one; for tests, which are read last."""

from hypothesis import settings

IS_THOROUGH = settings.get_current_profile_name() == "thorough"
