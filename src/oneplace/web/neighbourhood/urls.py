from django.urls import path

from oneplace.web.neighbourhood import views

urlpatterns = [
    path("", views.neighbourhood, name="neighbourhood"),
    path("teams/<str:team>/nine-o-clock", views.nine_o_clock, name="nine_o_clock"),
    path("teams/<str:team>/caseload", views.caseload, name="caseload"),
    path("teams/<str:team>/after", views.after, name="after"),
    path("people/<int:person_id>", views.person, name="person"),
    path("people/<int:person_id>/explained", views.explained, name="explained"),
    path("people/<int:person_id>/review", views.review, name="review"),
    path("people/<int:person_id>/refer", views.refer, name="refer"),
    path("actions/<int:action_id>", views.action, name="action"),
]
