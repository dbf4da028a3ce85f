from django.urls import path

from oneplace.web.directory import views

urlpatterns = [
    path("directory/services", views.api_services, name="api_services"),
    path("directory/services/<uuid:service_id>", views.api_service, name="api_service"),
    path("directory/taxonomy_terms", views.api_taxonomy, name="api_taxonomy"),
]
