"""What the server calls for each request."""

import logging
import os
import threading
import time

from django.core.wsgi import get_wsgi_application

from oneplace.faults import InputAtFault

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oneplace.web.config.settings")
application = get_wsgi_application()


def _end_with(server: int) -> None:
    """A process that answers must not outlive a server that was killed: it would hold the lock and answer with old code."""
    while os.getppid() == server:
        time.sleep(0.25)
    os._exit(0)


if os.environ.get("ONEPLACE_SERVER") == str(os.getppid()):
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _warm() -> None:
    """Open the place before the first reader comes; a place that cannot be opened says so on its pages and in the log."""
    from django.db import connections

    from oneplace.web.board.parts import warm

    try:
        warm()
    except InputAtFault as wrong:
        logging.getLogger("oneplace.web").error("the place cannot be opened", extra={"fields": {"faults": str(wrong)}})
    finally:
        connections.close_all()


_warm()
