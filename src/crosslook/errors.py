"""What a user can put right. Each error says what was found, what was expected, what to do."""


class CrosslookError(Exception):
    """Shown by the command line as one line, without a traceback."""


class ParamsError(CrosslookError):
    """params.yaml holds something that no stage understands, or lacks something it needs."""


class InputError(CrosslookError):
    """A raster, label file or patch from outside is not what it has to be."""


class MissingWeightsError(InputError):
    """Trained weights are needed that are not here; what needs them can be left out."""


class RadiometryError(InputError):
    """Pixels were made with one stretch, band order or unit and are used with another."""


class CheckpointError(CrosslookError):
    """A checkpoint is damaged, half-written, or belongs to another model."""


class DiskError(CrosslookError):
    """A file could not be written; the file that stood there before is untouched."""


class StaleError(CrosslookError):
    """Results do not belong to the present parameters, data or code."""


class MissingPackageError(CrosslookError):
    """An optional package is needed; the message says how to install it."""
