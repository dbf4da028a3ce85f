from django.urls import path

from oneplace.web.analyst import views

urlpatterns = [
    path("feeds", views.feeds, name="feeds"),
    path("measures", views.measures, name="measures"),
    path("calibration", views.calibration, name="calibration"),
    path("risk-model", views.model_card, name="model_card"),
    path("people/<int:person_id>", views.pseudonym, name="pseudonym"),
]
