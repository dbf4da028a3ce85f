"""First scores from the first versions; controls written as one text become controls; steps taken
without a reason say so."""

from django.db import migrations

NOT_ASKED = "Not asked for when this step was taken"


def forward(apps, schema_editor):
    Risk, Control = apps.get_model("programme", "Risk"), apps.get_model("programme", "Control")
    Version = apps.get_model("history", "EntryVersion")
    for risk in Risk.objects.all():
        first = Version.objects.filter(kind="risks", entry_id=risk.pk).order_by("version").first()
        content = first.content if first else {}
        risk.initial_likelihood = content.get("likelihood", risk.likelihood)
        risk.initial_impact = content.get("impact", risk.impact)
        if risk.state != "open":
            risk.evidence = NOT_ASKED
        if risk.state == "escalated":
            risk.escalated_to = NOT_ASKED
        risk.save()
        if risk.controls:
            by = {"created_by_id": risk.changed_by_id, "changed_by_id": risk.changed_by_id}
            at = {"created_at": risk.changed_at, "changed_at": risk.changed_at}
            moved = Control.objects.create(
                risk=risk,
                what=risk.controls,
                owner=risk.owner,
                state="in_place",
                version=1,
                **at,
                **by,
            )
            Version.objects.create(
                kind="controls",
                entry_id=moved.pk,
                version=1,
                saved_at=risk.changed_at,
                saved_by_id=risk.changed_by_id,
                content={
                    "risk": risk.pk,
                    "what": moved.what,
                    "owner": moved.owner,
                    "state": moved.state,
                },
            )


class Migration(migrations.Migration):
    dependencies = [("programme", "0002_assurance_gates_and_packs"), ("history", "0001_initial")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
