from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "oneplace.web.finance"
    label = "finance"
