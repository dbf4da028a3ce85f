from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "oneplace.web.accounts"
    label = "accounts"

    def ready(self) -> None:
        from oneplace.web.accounts.guards import install_after_migrate

        # Django makes a table anew when it alters it on SQLite, and the triggers go with the old
        # one.
        post_migrate.connect(install_after_migrate, sender=self)
