"""What every entry has: who wrote it and when, a version number, and all its earlier versions.

A form carries the version it was filled in on. `save_entry` compares it in the same transaction as
it writes, so of two people who opened the same entry the second gets a `StaleSave` with both texts
and nothing is lost.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.utils import timezone

MOST_CHARACTERS = 5_000


class StaleSave(Exception):
    """Somebody else saved first. `kept` is what stands now, `offered` what was about to replace
    it."""

    def __init__(self, kept: Entry, offered: dict[str, Any], base: int):
        super().__init__(
            f"{kept._meta.verbose_name} {kept.pk}: version {kept.version} stands, {base} was edited",
        )
        self.kept, self.offered, self.base = kept, offered, base


class NoSuchStep(Exception):
    """The entry cannot go from its state to that one."""


class EntryVersion(models.Model):
    """One version of one entry, as it was saved."""

    kind = models.CharField(max_length=40)
    entry_id = models.BigIntegerField()
    version = models.PositiveIntegerField()
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    content = models.JSONField()

    class Meta:
        db_table = "entry_versions"
        ordering = ("kind", "entry_id", "version")
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "entry_id", "version"), name="entry_version_once"
            ),
        )


class Entry(models.Model):
    """A thing that a person writes. `TRANSITIONS` says for each state which may follow; the first
    is where it starts."""

    TRANSITIONS: ClassVar[dict[str, tuple[str, ...]]] = {}

    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
    )
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        abstract = True

    @classmethod
    def kind(cls) -> str:
        return cls._meta.db_table

    def content(self) -> dict[str, Any]:
        """The entry's own fields as plain values."""
        shared = {f.name for f in Entry._meta.get_fields()} | {"id"}
        return {
            f.name: _plain(f.value_from_object(self))
            for f in self._meta.concrete_fields
            if f.name not in shared
        }

    def versions(self) -> models.QuerySet[EntryVersion]:
        return EntryVersion.objects.filter(kind=self.kind(), entry_id=self.pk).select_related(
            "saved_by",
        )

    def may_become(self, state: str) -> bool:
        return state in self.TRANSITIONS.get(self.state, ())

    @classmethod
    def write(cls, *, by: Any, **fields: Any) -> Self:
        """A new entry with its first version."""
        now = timezone.now()
        entry = cls(**fields, created_at=now, created_by=by, changed_at=now, changed_by=by)
        entry.full_clean(exclude=["created_by", "changed_by"])
        with transaction.atomic():
            entry.save(force_insert=True)
            _keep_version(entry)
        return entry

    def revise(self, *, by: Any, base: int, **changes: Any) -> Self:
        """The entry with these changes, if `base` is still the version that stands."""
        with transaction.atomic():
            kept = type(self).objects.select_for_update().get(pk=self.pk)
            if kept.version != base:
                raise StaleSave(kept, changes, base)
            if (
                "state" in changes
                and changes["state"] != kept.state
                and not kept.may_become(changes["state"])
            ):
                raise NoSuchStep(
                    f"{kept.state} may become {', '.join(kept.TRANSITIONS[kept.state]) or 'nothing else'}"
                )
            for name, value in changes.items():
                setattr(kept, name, value)
            kept.version, kept.changed_at, kept.changed_by = base + 1, timezone.now(), by
            kept.full_clean(exclude=["created_by", "changed_by"])
            kept.save()
            _keep_version(kept)
        return kept


def _keep_version(entry: Entry) -> None:
    EntryVersion.objects.create(
        kind=entry.kind(),
        entry_id=entry.pk,
        version=entry.version,
        saved_at=entry.changed_at,
        saved_by=entry.changed_by,
        content=entry.content(),
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else value


def no_control_characters(value: str) -> None:
    """A zero byte ends a text early in some databases; the other control characters hide text from
    its reader."""
    if any(ord(c) < 32 and c not in "\t\n\r" for c in value):
        raise ValidationError("Take out the control characters: they cannot be shown")


def words_field(**options: Any) -> models.TextField:
    """A text that a person writes. Django checks `max_length` of a text only in forms, so a
    validator does it here."""
    most = options.setdefault("max_length", MOST_CHARACTERS)
    return models.TextField(**options, validators=[no_control_characters, MaxLengthValidator(most)])


def short_field(**options: Any) -> models.CharField:
    """A name or one line."""
    return models.CharField(**{"max_length": 200, "validators": [no_control_characters], **options})
