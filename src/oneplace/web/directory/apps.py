from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "oneplace.web.directory"
    label = "directory"
