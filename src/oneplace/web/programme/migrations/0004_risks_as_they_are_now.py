from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programme", "0003_move_what_was_written")]

    operations = [
        migrations.RemoveField(
            model_name="risk",
            name="controls",
        ),
        migrations.AddConstraint(
            model_name="risk",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("target_impact__isnull", True), ("target_likelihood__isnull", True)),
                    models.Q(
                        ("target_impact__range", (1, 5)), ("target_likelihood__range", (1, 5))
                    ),
                    _connector="OR",
                ),
                name="target_is_whole_or_absent",
                violation_error_message="Give both likelihood and impact of the target, or neither",
            ),
        ),
        migrations.AddConstraint(
            model_name="risk",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "open"), models.Q(("evidence", ""), _negated=True), _connector="OR"
                ),
                name="a_step_has_its_reason",
                violation_error_message="Say why, and what shows it",
            ),
        ),
        migrations.AddConstraint(
            model_name="risk",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "escalated"), _negated=True),
                    models.Q(("escalated_to", ""), _negated=True),
                    _connector="OR",
                ),
                name="escalated_to_somebody",
                violation_error_message="Say to whom it is escalated",
            ),
        ),
    ]
