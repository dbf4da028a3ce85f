from django.urls import path

from oneplace.web.board import measure_views
from oneplace.web.board.views import decisions, papers, performance, place, proposals

urlpatterns = [
    path("", place.overview, name="overview"),
    path("people", place.people, name="people"),
    path("performance", performance.performance, name="performance"),
    path("performance/goals", performance.goals, name="goals"),
    path("performance/charts/<slug:chart>", performance.chart_page, name="chart_page"),
    path("performance/goals/<slug:goal>", measure_views.goal_evidence, name="goal_evidence"),
    path("performance/waiting-list", measure_views.waiting_list, name="waiting_list"),
    path("performance/<slug:measure>", performance.measure_page, name="measure_page"),
    path("performance/<slug:measure>/rebase", measure_views.rebase_measure, name="rebase_measure"),
    path(
        "performance/<slug:measure>/rebases/<int:rebase_id>",
        measure_views.withdraw_rebase,
        name="withdraw_rebase",
    ),
    path(
        "performance/<slug:measure>/exception",
        measure_views.report_exception,
        name="report_exception",
    ),
    path("claims", place.claims, name="claims"),
    path("activity", place.activity, name="activity"),
    path("inequality", place.inequality, name="inequality"),
    path("money", place.board_money, name="board_money"),
    path("milestones", place.board_milestones, name="board_milestones"),
    path("papers", papers.papers, name="papers"),
    path("papers/<str:month>/<int:number>", papers.kept_paper, name="paper"),
    path("papers/<str:month>/<int:number>/pdf", papers.paper_pdf, name="paper_pdf"),
    path("papers/<str:month>/<int:number>/about", papers.paper_about, name="paper_about"),
    path("papers/<str:month>/<int:number>/publish", papers.publish, name="publish"),
    path("decisions", decisions.decisions, name="decisions"),
    path("decisions/ask", decisions.ask_board, name="ask_board"),
    path("decisions/new", decisions.new_decision, name="new_decision"),
    path("decisions/<int:decision_id>", decisions.decision, name="decision"),
    path("proposals/<int:proposal_id>", proposals.proposal, name="proposal"),
    path("proposals/<int:proposal_id>/answer", proposals.decide_proposal, name="decide_proposal"),
]
