from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "oneplace.web.jobs"
    label = "jobs"
