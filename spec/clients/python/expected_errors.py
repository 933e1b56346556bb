# coding: utf-8


class ExpectedErrors(object):
    """A part of a test case."""

    def error(self, errors, call, *args):
        """Returns the error of a call; fails if there is none, or another one."""
        try:
            call(*args)
        except errors as error:
            return error
        self.fail("there is no error")
