"""What can go wrong with facts and with arithmetic on them."""


class ProfileError(Exception):
    """Root of every error this package raises on purpose; its text is for the user."""


class UnitError(ProfileError):
    """A unit is not known, or units do not fit together."""


class UnknownNameError(ProfileError, KeyError):
    """No profile or number has that name; a KeyError, since profiles are mappings."""

    __str__ = Exception.__str__  # a KeyError would quote its text


class TextError(ProfileError):
    """A file of a user holds no text that can be read; it names the place and what to do."""


class ProfileFileError(ProfileError):
    """Profiles cannot be used: each problem names its file, its place and what to do."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n  ".join(["these profiles cannot be used:", *problems]))
