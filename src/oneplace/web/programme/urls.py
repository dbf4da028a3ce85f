from django.urls import path

from oneplace.web.programme import views

urlpatterns = [
    path("", views.exceptions, name="exceptions"),
    path("milestones", views.milestones, name="milestones"),
    path("schemes", views.schemes, name="schemes"),
    path("schemes/<slug:scheme_id>", views.scheme, name="scheme"),
    path("schemes/<slug:scheme_id>/edit", views.edit_scheme, name="edit_scheme"),
    path("schemes/<slug:scheme_id>/link", views.send_link, name="send_link"),
    path("schemes/<slug:scheme_id>/return", views.my_return, name="my_return"),
    path("line-of-sight", views.line_of_sight, name="line_of_sight"),
    path("money", views.money, name="money"),
    path("returns", views.my_returns, name="my_returns"),
    path("returns/by-link/<str:token>", views.return_by_link, name="return_by_link"),
    path("risks", views.risks, name="risks"),
    path("risks/new", views.new_risk, name="new_risk"),
    path("risks/<int:risk_id>", views.risk, name="risk"),
    path("risks/<int:risk_id>/edit", views.edit_risk, name="edit_risk"),
]
