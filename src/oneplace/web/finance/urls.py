from django.urls import path

from oneplace.web.finance import views

urlpatterns = [
    path("", views.position, name="position"),
    path("savings", views.savings, name="savings"),
    path("savings/<slug:line_id>", views.saving, name="saving"),
    path("savings/<slug:line_id>/forecast", views.forecast, name="forecast"),
    path("activity", views.activity_to_money, name="activity_to_money"),
]
