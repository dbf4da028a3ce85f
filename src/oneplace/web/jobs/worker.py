"""The background worker's process: one job at a time. It ends when whoever started it ends."""

from __future__ import annotations

import os
import sys
import threading

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oneplace.web.config.settings")
    django.setup()
    from oneplace.web.jobs.queue import huey
    from oneplace.web.jobs.running import sweep

    sweep()
    if "--with-parent" in sys.argv:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    huey.create_consumer(
        workers=1, worker_type="thread", periodic=True, initial_delay=0.1, max_delay=2.0
    ).run()


def _end_with_parent() -> None:
    """The other end of standard input is the parent's: it closes however the parent ends, a SIGKILL
    included."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
