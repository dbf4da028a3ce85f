from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("finance", "0003_recovery_plans_of_their_own")]

    operations = [
        migrations.RemoveField(
            model_name="savingforecast",
            name="recovery_by",
        ),
    ]
