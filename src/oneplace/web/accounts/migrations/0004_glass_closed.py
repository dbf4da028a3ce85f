"""Whoever opened a record in an emergency may close it before its time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_administrator")]

    operations = [
        migrations.AddField(
            "brokenglass",
            "closed_at",
            models.DateTimeField(
                blank=True, help_text="when its reader closed it before its time", null=True
            ),
        ),
    ]
