"""Every address of the site. A test walks all of them as every role."""

from django.urls import include, path

from oneplace.web.accounts import account_views
from oneplace.web.accounts import views as accounts
from oneplace.web.board.views import papers
from oneplace.web.morning import views as morning
from oneplace.web.neighbourhood import copies, own, proxies, retention, withheld
from oneplace.web.why import views as why

urlpatterns = [
    path("", morning.home, name="home"),
    path("my-record", own.my_record, name="my_record"),
    path("my-record/what-matters", own.own_matters, name="own_matters"),
    path("my-record/ask", own.own_ask, name="own_ask"),
    path("my-record/choices", own.own_choices, name="own_choices"),
    path("my-record/of/<int:person_id>", own.shared_record, name="shared_record"),
    path("my-record/actions/<int:entry_id>", own.own_action, name="own_action"),
    path("my-record/referrals/<int:entry_id>", own.own_referral, name="own_referral"),
    path("my-record/who-may-look", own.own_proxies, name="own_proxies"),
    path("my-record/who-may-look/<int:entry_id>", own.own_proxy, name="own_proxy"),
    path("my-record/copy", own.own_copy, name="own_copy"),
    path("my-record/corrections", own.own_corrections, name="own_corrections"),
    path("privacy/kept-back", withheld.kept_back, name="kept_back"),
    path("privacy/proxies", proxies.all_proxies, name="all_proxies"),
    path("privacy/requests", copies.asked_by_people, name="asked_by_people"),
    path("privacy/retention", retention.retention, name="retention"),
    path("neighbourhood/", include("oneplace.web.neighbourhood.urls")),
    path("figures/<str:figure_id>", why.why, name="why"),
    path("board/", include("oneplace.web.board.urls")),
    path("analyst/", include("oneplace.web.analyst.urls")),
    path("finance/", include("oneplace.web.finance.urls")),
    path("healthz", accounts.healthz, name="healthz"),
    path("sign-in", accounts.sign_in, name="sign_in"),
    path("sign-out", accounts.sign_out, name="sign_out"),
    path("accessibility", accounts.accessibility, name="accessibility"),
    path("emergency", accounts.break_glass, name="break_glass"),
    path("emergency/<int:glass_id>/close", accounts.close_glass, name="close_glass"),
    path("my-account", account_views.my_account, name="my_account"),
    path("password", account_views.change_password, name="change_password"),
    path("password/set/<str:named>/<str:token>", account_views.set_password, name="set_password"),
    path("sign-out-everywhere", account_views.leave_everywhere, name="leave_everywhere"),
    path("accounts/", account_views.account_list, name="account_list"),
    path("accounts/new", account_views.new_account, name="new_account"),
    path("accounts/<int:account_id>", account_views.account, name="account"),
    path("accounts/<int:account_id>/edit", account_views.edit_account, name="edit_account"),
    path("accounts/<int:account_id>/ties/new", account_views.new_tie, name="new_tie"),
    path("accounts/<int:account_id>/ties/<int:tie_id>/end", account_views.end_tie, name="end_tie"),
    path("accounts/<int:account_id>/<slug:step>", account_views.account_step, name="account_step"),
    path("privacy/emergency", accounts.glass, name="glass"),
    path("privacy/emergency/<int:glass_id>", accounts.glass_review, name="glass_review"),
    path("privacy/who-looked", accounts.who_looked, name="who_looked"),
    path("directory/", include("oneplace.web.directory.urls")),
    path("programme/", include("oneplace.web.programme.urls")),
    path("builds/paper", papers.ask_paper, name="ask_paper"),
    path("builds/", include("oneplace.web.jobs.urls")),
    path("api/", include("oneplace.web.api.urls")),
]

handler400 = "oneplace.web.config.errors.bad_request"
handler404 = "oneplace.web.config.errors.missing"
handler500 = "oneplace.web.config.errors.failing"
