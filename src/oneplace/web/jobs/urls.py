from django.urls import path

from oneplace.web.jobs import views

urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("build", views.ask_build, name="ask_build"),
    path("claims", views.ask_claims, name="ask_claims"),
    path("<int:job_id>/claims", views.checked_claims, name="checked_claims"),
    path("<int:job_id>/stop", views.stop, name="stop_job"),
    path("<int:job_id>/progress", views.progress, name="job_progress"),
]
