from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("programme", "0004_risks_as_they_are_now")]

    operations = [migrations.RenameField(model_name="pack", old_name="content", new_name="said")]
