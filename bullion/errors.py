"""The one exception a person is meant to read."""


class BullionError(Exception):
    """A problem stated in one line: what is wrong, where, and what to do.

    The command line prints it without a traceback (``--debug`` adds one) and exits with 1.
    """
