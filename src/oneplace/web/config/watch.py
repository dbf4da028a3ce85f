"""Every request gets a number and one line in the log, which names the route and never the address
or the reader.

An address can hold a pseudonym and a query can hold a name, so neither is written. An exception is
written with its type and where it was raised, not with its message, which may repeat what somebody
typed.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from oneplace.faults import InputAtFault

log = logging.getLogger("oneplace.web")


class RequestWatch:
    """Outermost: numbers the request, times it, writes the line."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.id = uuid.uuid4().hex[:16]
        started, cpu = time.perf_counter(), time.thread_time()
        response = self.get_response(request)
        response["X-Request-ID"] = request.id
        response.setdefault("Cache-Control", "no-store")
        match = request.resolver_match
        log.info(
            "request",
            extra={
                "fields": {
                    "id": request.id,
                    "method": request.method,
                    "route": match.route if match else None,
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - started) * 1000, 1),
                    "cpu_ms": round((time.thread_time() - cpu) * 1000, 1),
                    **({"fault": request.fault} if hasattr(request, "fault") else {}),
                }
            },
        )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, InputAtFault):
            request.fault = "InputAtFault"
            return render(
                request,
                "components/at_fault.jinja",
                {"faults": exception.faults},
                status=503,
            )
        where = traceback.extract_tb(exception.__traceback__)[-1]
        request.fault = f"{type(exception).__name__} at {where.name}:{where.lineno}"
        return None


class JsonLine(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
        }
        line["said"] = record.getMessage()
        line.update(getattr(record, "fields", {}))
        return json.dumps(line, default=str)
