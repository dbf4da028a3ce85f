from django.urls import path

from oneplace.web.finance import views

urlpatterns = [
    path("", views.position, name="position"),
    path("savings", views.savings, name="savings"),
    path("savings/<slug:line_id>", views.saving, name="saving"),
    path("savings/<slug:line_id>/forecast", views.forecast, name="forecast"),
    path("savings/<slug:line_id>/recovery", views.recovery, name="recovery"),
    path("areas/<slug:area>", views.area, name="area"),
    path("areas/<slug:area>/outturn", views.outturn, name="outturn"),
    path("supply/<slug:kind>", views.supply, name="supply"),
    path("activity", views.activity_to_money, name="activity_to_money"),
]
