from django.urls import path

from oneplace.web.programme import assurance_views, risk_views, views

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
    path("risks", risk_views.risks, name="risks"),
    path("risks/new", risk_views.new_risk, name="new_risk"),
    path("risks/<int:risk_id>", risk_views.risk, name="risk"),
    path("risks/<int:risk_id>/edit", risk_views.edit_risk, name="edit_risk"),
    path("risks/<int:risk_id>/step/<slug:state>", risk_views.step_risk, name="step_risk"),
    path("risks/<int:risk_id>/controls/new", risk_views.new_control, name="new_control"),
    path("risks/<int:risk_id>/actions/new", risk_views.new_risk_action, name="new_risk_action"),
    path("risks/controls/<int:control_id>", risk_views.edit_control, name="edit_control"),
    path("risks/controls/<int:control_id>/assurances/new", risk_views.new_assurance, name="new_assurance"),
    path("risks/assurances/<int:assurance_id>", risk_views.edit_assurance, name="edit_assurance"),
    path("risks/actions/<int:action_id>", risk_views.edit_risk_action, name="edit_risk_action"),
    path("assurance", assurance_views.framework, name="framework"),
    path("compliance", assurance_views.compliance, name="compliance"),
    path("compliance/<slug:matrix_id>", assurance_views.compliance_matrix, name="compliance_matrix"),
    path("compliance/<slug:matrix_id>/<slug:duty_id>", assurance_views.compliance_duty, name="compliance_duty"),
    path(
        "compliance/<slug:matrix_id>/<slug:duty_id>/several",
        assurance_views.compliance_several,
        name="compliance_several",
    ),
    path(
        "compliance/<slug:matrix_id>/<slug:duty_id>/<slug:who>",
        assurance_views.compliance_evidence,
        name="compliance_evidence",
    ),
]
