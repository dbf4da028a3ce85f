from django.apps import AppConfig


class NeighbourhoodConfig(AppConfig):
    name = "oneplace.web.neighbourhood"
    label = "neighbourhood"
