from django.urls import path

from oneplace.web.directory import views

urlpatterns = [
    path("", views.find, name="directory"),
    path("services/<slug:key>", views.service, name="service"),
]
