from django.urls import path

from oneplace.web.analyst import compare_views, views

urlpatterns = [
    path("feeds", views.feeds, name="feeds"),
    path("feeds/<slug:name>", views.feed, name="feed"),
    path("feeds/<slug:name>/decision", views.judge_feed, name="judge_feed"),
    path("measures", views.measures, name="measures"),
    path("measures/<slug:measure_id>", views.measure, name="measure"),
    path("calibration", views.calibration, name="calibration"),
    path("risk-model", views.model_card, name="model_card"),
    path("compare", compare_views.compare, name="compare"),
    path("profile", compare_views.profile, name="profile"),
    path("claims", views.claim_list, name="claim_list"),
    path("claims/<slug:claim_id>", views.claim, name="claim"),
    path("people/<int:person_id>", views.pseudonym, name="pseudonym"),
]
