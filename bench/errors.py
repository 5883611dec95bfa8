"""What can go wrong while measuring."""


class BenchError(Exception):
    """Root of every error this package raises on purpose; its text is for the user."""


class BundleError(BenchError):
    """A bundle cannot be read: each problem names its place and what was expected there."""

    def __init__(self, source: str, problems: list[str]) -> None:
        self.source = source
        self.problems = problems
        super().__init__("\n  ".join([f"{source} is not a bundle that can be used:", *problems]))


class CourseError(BenchError):
    """A course file cannot be used: each problem names its place."""

    def __init__(self, source: str, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(
            "\n  ".join([f"{source} is not a course file that can be used:", *problems])
        )


class StoreError(BenchError):
    """A file cannot be written; what was there before is still there."""


class SelectionError(BenchError):
    """No case is left by the filters of a run."""


class TableError(BenchError):
    """A user's file cannot be read as rows: names file, place and remedy."""


class BusyError(BenchError):
    """Another run is measuring in the folder."""


class ResumeError(BenchError):
    """A run cannot be resumed."""


class WorkerError(BenchError):
    """A measuring process ended before it measured anything."""


class ConfigurationError(BenchError):
    """A pipeline cannot be run so: each problem names its field and the choices there are."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n  ".join(["this cannot be run:", *problems]))


class LoaderError(BenchError):
    """A user's own loader cannot be run, or raised an error, which this shows."""


class PipelineError(BenchError):
    """The pipeline broke while it ran."""

    def __init__(self, *texts: str, outside: str | None = None) -> None:
        """Take what to say to the user.

        Args:
            texts: what broke, why, and what to do.
            outside: what the system did, so that it may be tried again, in words that name nothing
                of the user's, for a bundle; None: it is the pipeline's own fault.

        """
        super().__init__(*texts)
        self.outside = outside
