"""Runs a part of a program in a process of its own: what it imports and defines is not left for the next part."""

import os
import sys
import traceback


def forked(work, *args):
    sys.stdout.flush()
    process = os.fork()
    if process:
        _, status = os.waitpid(process, 0)
        assert status == 0, status
        return
    try:
        work(*args)
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
