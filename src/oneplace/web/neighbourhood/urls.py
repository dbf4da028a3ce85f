from django.urls import path

from oneplace.web.neighbourhood import chase, copies, notes, person, practice, proxies, set_aside, views, withheld

urlpatterns = [
    path("", views.neighbourhood, name="neighbourhood"),
    path("teams/<str:team>/nine-o-clock", views.nine_o_clock, name="nine_o_clock"),
    path("teams/<str:team>/sheet", views.meeting_sheet, name="meeting_sheet"),
    path("teams/<str:team>/add", views.add_person, name="add_person"),
    path("teams/<str:team>/caseload", views.caseload, name="caseload"),
    path("teams/<str:team>/set-aside/<slug:group>", set_aside.set_aside, name="set_aside"),
    path("teams/<str:team>/after", views.after, name="after"),
    path("teams/<str:team>/remind", chase.remind, name="remind"),
    path("practices", practice.practices, name="practices"),
    path("practices/<str:practice>/kept", practice.practice_kept, name="practice_kept"),
    path("people/<int:person_id>", person.person, name="person"),
    path("people/<int:person_id>/explained", person.explained, name="explained"),
    path("people/<int:person_id>/review", person.review, name="review"),
    path("people/<int:person_id>/agenda", person.agenda_change, name="agenda_change"),
    path("people/<int:person_id>/refer", person.refer, name="refer"),
    path("people/<int:person_id>/advance-care", notes.advance_care, name="advance_care"),
    path("people/<int:person_id>/notes/<slug:kind>", notes.new_note, name="new_note"),
    path("people/<int:person_id>/withheld", withheld.withheld, name="withheld"),
    path(
        "people/<int:person_id>/withheld/<slug:kind>/<int:entry>",
        withheld.keep_back,
        name="withhold",
    ),
    path("people/<int:person_id>/proxies", proxies.proxies, name="proxies"),
    path("people/<int:person_id>/everything", copies.copy_of_everything, name="copy_of_everything"),
    path("withheld/<int:entry_id>", withheld.withholding, name="withholding"),
    path("proxies/<int:entry_id>", proxies.proxy, name="proxy"),
    path("notes/<int:entry_id>", notes.note, name="note"),
    path("actions/<int:entry_id>", chase.action, name="action"),
    path("actions/<int:entry_id>/escalate", chase.escalate, name="escalate"),
    path("referrals/<int:entry_id>", chase.referral, name="referral"),
    path("requests/<int:entry_id>", chase.person_request, name="person_request"),
]
