from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "oneplace.web.board"
    label = "board"
