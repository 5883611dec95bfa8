"""What can go wrong while explaining."""


class AnalysisError(Exception):
    """Root of every error this package raises on purpose; its text is for the user."""


class NotEnoughDataError(AnalysisError):
    """A statistic was asked of fewer observations than it needs."""


class OutOfRangeError(AnalysisError):
    """The model has nothing measured to rest a prediction on."""


class GradesError(AnalysisError):
    """A file of grades, of people or of points cannot be used: each problem names its place."""

    def __init__(self, source: str, problems: list[str]) -> None:
        self.source = source
        self.problems = problems
        super().__init__("\n  ".join([f"{source} cannot be used:", *problems]))
