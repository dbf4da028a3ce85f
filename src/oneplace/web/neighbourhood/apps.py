from django.apps import AppConfig


class NeighbourhoodConfig(AppConfig):
    name = "oneplace.web.neighbourhood"
    label = "neighbourhood"

    def ready(self) -> None:
        from oneplace.web.accounts.door import also_tied_by
        from oneplace.web.neighbourhood.meeting_ties import of_frozen_agendas

        also_tied_by(of_frozen_agendas)
