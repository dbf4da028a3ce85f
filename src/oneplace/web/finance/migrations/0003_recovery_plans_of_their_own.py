"""A recovery plan that a forecast asked for becomes an entry of its own."""

from django.db import migrations


def forward(apps, schema_editor):
    Forecast, Plan = (
        apps.get_model("finance", "SavingForecast"),
        apps.get_model("finance", "RecoveryPlan"),
    )
    Version = apps.get_model("history", "EntryVersion")
    last = {}
    for said in Forecast.objects.exclude(recovery_by=None).order_by("month"):
        last[said.line] = said
    for said in last.values():
        content = {
            "line": said.line,
            "asked_of": "Not said",
            "why": said.reason,
            "plan": "",
            "state": "asked",
        }
        by = {"created_by_id": said.changed_by_id, "changed_by_id": said.changed_by_id}
        at = {"created_at": said.changed_at, "changed_at": said.changed_at}
        made = Plan.objects.create(**content, due_on=said.recovery_by, version=1, **at, **by)
        Version.objects.create(
            kind="recovery_plans",
            entry_id=made.pk,
            version=1,
            saved_at=said.changed_at,
            saved_by_id=said.changed_by_id,
            content={**content, "due_on": said.recovery_by.isoformat()},
        )


class Migration(migrations.Migration):
    dependencies = [("finance", "0002_ledger_and_recovery"), ("history", "0001_initial")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
