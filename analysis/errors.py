"""What can go wrong while explaining."""


class AnalysisError(Exception):
    """Root of every error this package raises on purpose; its text is for the user."""


class NotEnoughDataError(AnalysisError):
    """A statistic was asked of fewer observations than it needs."""


class OutOfRangeError(AnalysisError):
    """The model has nothing measured to rest a prediction on."""
