from django.apps import AppConfig


class AnalystConfig(AppConfig):
    name = "oneplace.web.analyst"
    label = "analyst"
