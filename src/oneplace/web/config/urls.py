"""Every address of the site. A test walks all of them as every role."""

from django.urls import include, path

from oneplace.web.accounts import views as accounts
from oneplace.web.morning import views as morning
from oneplace.web.neighbourhood import views as neighbourhood

urlpatterns = [
    path("", morning.home, name="home"),
    path("my-record", neighbourhood.my_record, name="my_record"),
    path("neighbourhood/", include("oneplace.web.neighbourhood.urls")),
    path("board/", include("oneplace.web.board.urls")),
    path("analyst/", include("oneplace.web.analyst.urls")),
    path("finance/", include("oneplace.web.finance.urls")),
    path("healthz", accounts.healthz, name="healthz"),
    path("sign-in", accounts.sign_in, name="sign_in"),
    path("sign-out", accounts.sign_out, name="sign_out"),
    path("accessibility", accounts.accessibility, name="accessibility"),
    path("emergency", accounts.break_glass, name="break_glass"),
    path("privacy/emergency", accounts.glass, name="glass"),
    path("privacy/emergency/<int:glass_id>", accounts.glass_review, name="glass_review"),
    path("privacy/who-looked", accounts.who_looked, name="who_looked"),
    path("directory/", include("oneplace.web.directory.urls")),
    path("programme/", include("oneplace.web.programme.urls")),
    path("builds/", include("oneplace.web.jobs.urls")),
    path("api/", include("oneplace.web.api.urls")),
]

handler400 = "oneplace.web.config.errors.bad_request"
handler404 = "oneplace.web.config.errors.missing"
handler500 = "oneplace.web.config.errors.failing"
