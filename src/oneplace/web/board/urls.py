from django.urls import path

from oneplace.web.board import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("performance", views.performance, name="performance"),
    path("figures/<str:figure_id>", views.why, name="why"),
    path("claims", views.claims, name="claims"),
    path("activity", views.activity, name="activity"),
    path("inequality", views.inequality, name="inequality"),
    path("papers", views.papers, name="papers"),
    path("money", views.board_money, name="board_money"),
    path("milestones", views.board_milestones, name="board_milestones"),
    path("papers/<str:month>/<int:number>", views.kept_paper, name="paper"),
    path("decisions", views.decisions, name="decisions"),
    path("decisions/new", views.new_decision, name="new_decision"),
    path("decisions/<int:decision_id>", views.decision, name="decision"),
    path("proposals/<int:proposal_id>", views.proposal, name="proposal"),
    path("proposals/<int:proposal_id>/answer", views.decide_proposal, name="decide_proposal"),
]
