from django.apps import AppConfig


class ComponentsConfig(AppConfig):
    name = "oneplace.web.components"
    label = "components"
