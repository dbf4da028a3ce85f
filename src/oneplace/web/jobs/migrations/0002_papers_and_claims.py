from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="kind",
            field=models.CharField(
                choices=[
                    ("build", "Build"),
                    ("paper", "Board paper"),
                    ("claims", "Check of the claims"),
                ],
                max_length=20,
            ),
        ),
    ]
