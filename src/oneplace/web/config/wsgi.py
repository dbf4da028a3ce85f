"""What the server calls for each request."""

import os
import signal
import threading
import time

OF_THE_SERVER = os.environ.get("ONEPLACE_SERVER") == str(os.getppid())
if OF_THE_SERVER:
    # A process of the server begins with the server's own way of hearing signals. Until it takes
    # requests, to be told to
    # stop is to stop at once: it holds nothing, and the server waits for it. Ctrl-C reaches it by
    # way of the server.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_with(server: int) -> None:
    """A process that answers must not outlive a server that was killed: it would hold the lock and
    answer with old code."""
    while os.getppid() == server:
        time.sleep(0.25)
    os._exit(0)


if OF_THE_SERVER:
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()

from django.core.wsgi import get_wsgi_application  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oneplace.web.config.settings")
application = get_wsgi_application()

from oneplace.web import warm  # noqa: E402  after the application, which sets Django up

warm.answers()
if OF_THE_SERVER:
    warm.keep_ready()
