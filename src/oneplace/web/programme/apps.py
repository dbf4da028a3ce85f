from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "oneplace.web.programme"
    label = "programme"
