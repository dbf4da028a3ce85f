from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "oneplace.web.history"
    label = "history"
