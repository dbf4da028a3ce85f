from django.urls import path

from oneplace.web.board import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("people", views.people, name="people"),
    path("performance", views.performance, name="performance"),
    path("performance/goals", views.goals, name="goals"),
    path("performance/charts/<slug:chart>", views.chart_page, name="chart_page"),
    path("performance/<slug:measure>", views.measure_page, name="measure_page"),
    path("figures/<str:figure_id>", views.why, name="why"),
    path("claims", views.claims, name="claims"),
    path("activity", views.activity, name="activity"),
    path("inequality", views.inequality, name="inequality"),
    path("money", views.board_money, name="board_money"),
    path("milestones", views.board_milestones, name="board_milestones"),
    path("papers", views.papers, name="papers"),
    path("papers/<str:month>/<int:number>", views.kept_paper, name="paper"),
    path("papers/<str:month>/<int:number>/pdf", views.paper_pdf, name="paper_pdf"),
    path("papers/<str:month>/<int:number>/about", views.paper_about, name="paper_about"),
    path("papers/<str:month>/<int:number>/publish", views.publish, name="publish"),
    path("decisions", views.decisions, name="decisions"),
    path("decisions/ask", views.ask_board, name="ask_board"),
    path("decisions/new", views.new_decision, name="new_decision"),
    path("decisions/<int:decision_id>", views.decision, name="decision"),
    path("proposals/<int:proposal_id>", views.proposal, name="proposal"),
    path("proposals/<int:proposal_id>/answer", views.decide_proposal, name="decide_proposal"),
]
