"""What was decided in turning the transcribed facts into Liverpool's documents: which people and
activity each claim selects, which measures have a trajectory, how things are called."""

from __future__ import annotations

from typing import Any

AIMS = {
    "Population Health and Prevention": "population-health",
    "Integrated Community Services": "community",
    "Sustainable Acute and Specialised Services": "acute",
}
SOURCES = {
    "000": "anniversary article, March 2014",
    "001": "interview, April 2013",
    "002": "operational plan",
    "003": "Healthy Liverpool programme update",
    "004": "One Liverpool strategy, February 2020",
}
SHORT = {"Child and Adolescent Mental Health Support (CAMHS)": "camhs", "Children's": "children"}
LINES = "Line numbers in the sources count the lines of the plain text that the documents were read from."
KINDS = {"non-elective admissions": "nel", "AED attendances": "ae", "prescribing": "prescribing"}
SAME_PEOPLE = "the plan prints the A&E figure beside the admissions without a reason for attendance; the same people and reason are taken"
SMOKERS = (
    "the plan names no diagnosis: the pilot treats smokers while they are in hospital, so every emergency of an adult "
    "who smokes is selected"
)
HOMELESS = (
    "the plan prints complex needs, which is no diagnosis: the scheme extends the homeless service, so emergencies of "
    "homeless people are selected"
)
BLACKOUT = {"event": "emergency_admission", "diagnosis": ["syncope"]}
# (scheme, kind) -> what is selected, who chose it, why, and the other reading where there is one
SELECTS: dict[tuple[str, str], dict[str, Any]] = {
    ("OL01", "nel"): {
        "selects": {"event": "emergency_admission", "ages": [18, None], "people": "smoker"},
        "selection": "ours",
        "reason": SMOKERS,
    },
    ("OL01", "ae"): {
        "selects": {"event": "ae_attendance", "ages": [18, None], "people": "smoker"},
        "selection": "ours",
        "reason": SMOKERS,
    },
    ("OL04", "nel"): {
        "selects": {"event": "emergency_admission", "diagnosis": ["copd"]},
        "selection": "plan",
    },
    ("OL05", "nel"): {
        "selects": {"event": "emergency_admission", "diagnosis": ["asthma"]},
        "selection": "plan",
    },
    ("OL06", "nel"): {
        "selects": {"event": "emergency_admission", "diagnosis": ["copd"]},
        "selection": "plan",
    },
    ("OL10", "nel"): {
        "selects": {"event": "emergency_admission", "people": "homelessness"},
        "selection": "ours",
        "reason": HOMELESS,
    },
    ("OL10", "ae"): {
        "selects": {"event": "ae_attendance", "people": "homelessness"},
        "selection": "ours",
        "reason": HOMELESS,
    },
    ("OL22", "nel"): {
        "selects": {"event": "emergency_admission", "diagnosis": ["cellulitis"]},
        "selection": "plan",
        "otherwise": {
            "event": "emergency_admission",
            "diagnosis": ["cellulitis"],
            "people": "lymphoedema",
        },
        "note": "the service treats lymphoedema; the other reading counts only people known to have it",
    },
    ("OL33", "prescribing"): {
        "selects": {"event": "prescribing", "medicine": ["self_care_medicine"]},
        "selection": "ours",
        "reason": "the plan names 16 minor conditions; the vocabulary has one word for the medicines for all of them",
        "value_basis": "cost",
    },
    ("OL37", "nel"): {"selects": BLACKOUT, "selection": "plan"},
    ("OL37", "ae"): {
        "selects": {"event": "ae_attendance", "diagnosis": ["syncope"]},
        "selection": "ours",
        "reason": SAME_PEOPLE,
    },
    ("OL38", "nel"): {
        "selects": {"event": "emergency_admission", "diagnosis": ["chest_pain"]},
        "selection": "plan",
        "otherwise": {"event": "emergency_admission", "diagnosis": ["heart_failure"]},
        "note": "printed as chest pain in a heart failure scheme; its value by admission suits heart failure better",
    },
    ("OL38", "ae"): {
        "selects": {"event": "ae_attendance", "diagnosis": ["chest_pain"]},
        "selection": "ours",
        "reason": SAME_PEOPLE,
        "otherwise": {"event": "ae_attendance", "diagnosis": ["heart_failure"]},
    },
    ("OL42", "nel"): {
        "selects": {
            "event": "emergency_admission",
            "diagnosis": ["hip_fracture", "vertebral_fracture"],
            "ages": [50, None],
        },
        "selection": "plan",
        "note": "over 50 is read as from the fiftieth birthday",
    },
}
STANDARDS_OF = {
    "dementia_diagnosis_rate": ["STD003"],
    "cyp_access": ["STD007"],
    "cyp_ed_access": ["STD008", "STD009"],
}

# Measures that have a trajectory: key, printed name, what is counted, direction, the standard in
# standards.yaml. How each is counted from records is ours; the pledges are dated standards of their
# own, not the plan's.
HANDBOOK = "Handbook to the NHS Constitution for England, pledges on waiting, 2019"
# What is in force from when to when. The plan's Appendix 1 does not print these; each month is
# judged by the one that then held.
PLEDGES: list[dict[str, Any]] = [
    {
        "id": "C-AE-98",
        "title": "Within four hours of arrival in A&E",
        "operator": ">=",
        "value": 98,
        "unit": "%",
        "start": "2005-01-01",
        "end": "2010-06-27",
        "source": "Department of Health, The NHS Plan (2000) and National Standards, Local Action (2004): 98% from the end of 2004",
    },
    {
        "id": "C-AE-95",
        "title": "Within four hours of arrival in A&E",
        "operator": ">=",
        "value": 95,
        "unit": "%",
        "start": "2010-06-28",
        "source": f"Revision to the Operating Framework for the NHS in England 2010/11; {HANDBOOK}",
    },
    {
        "id": "C-RTT-92",
        "title": "Waiting under 18 weeks for treatment",
        "operator": ">=",
        "value": 92,
        "unit": "%",
        "start": "2012-04-01",
        "source": f"Operating Framework for the NHS in England 2012/13; {HANDBOOK}",
    },
    {
        "id": "C-52W-0",
        "title": "Nobody waiting over 52 weeks for treatment",
        "operator": "=",
        "value": 0,
        "unit": "patients",
        "start": "2013-04-01",
        "source": "NHS Standard Contract 2013/14 and after, zero tolerance of waits over 52 weeks",
    },
    {
        "id": "C-DIAG-1",
        "title": "Waiting six weeks or more for a diagnostic test",
        "operator": "<",
        "value": 1,
        "unit": "%",
        "start": "2010-04-01",
        "source": HANDBOOK,
        "note": "the plan's Appendix 1 says no more than 1%, its summary under 1%; the Handbook: at least 99% wait under six weeks",
    },
    {
        "id": "C-2WW-93",
        "title": "Seen within two weeks of an urgent cancer referral",
        "operator": ">=",
        "value": 93,
        "unit": "%",
        "start": "2009-01-01",
        "end": "2023-09-30",
        "source": f"Going Further on Cancer Waits (2009); {HANDBOOK}; replaced in October 2023 by the 28-day faster diagnosis standard",
    },
    {
        "id": "C-2WWB-93",
        "title": "Seen within two weeks with breast symptoms",
        "operator": ">=",
        "value": 93,
        "unit": "%",
        "start": "2010-01-01",
        "end": "2023-09-30",
        "source": f"Going Further on Cancer Waits (2009); {HANDBOOK}; replaced in October 2023 by the 28-day faster diagnosis standard",
    },
    {
        "id": "C-31D-96",
        "title": "First treatment within 31 days of the decision to treat",
        "operator": ">=",
        "value": 96,
        "unit": "%",
        "start": "2009-01-01",
        "source": f"Going Further on Cancer Waits (2009); {HANDBOOK}",
    },
    {
        "id": "C-62D-85",
        "title": "First treatment within 62 days of an urgent referral by a GP",
        "operator": ">=",
        "value": 85,
        "unit": "%",
        "start": "2009-01-01",
        "source": f"Going Further on Cancer Waits (2009); {HANDBOOK}",
    },
]
MEASURES: list[dict[str, Any]] = [
    {
        "id": "rtt-incomplete",
        "title": "Waiting under 18 weeks for treatment",
        "printed": "RTT incomplete pathways",
        "numerator": "incomplete pathways waiting 18 weeks or less at the end of the month",
        "denominator": "all incomplete pathways at the end of the month",
        "unit": "%",
        "better": "higher",
        "standards": ["STD041"],
        "lag_months": 2,
        "source": "NHS England, Consultant-led Referral to Treatment Waiting Times",
        "constitution": ["C-RTT-92"],
        "from_records": {
            "count": "waiting",
            "referral": "elective_referral",
            "within_days": 126,
            "returned": True,
        },
    },
    {
        "id": "waiting-list-size",
        "title": "Size of the waiting list",
        "printed": "Waiting list size",
        "numerator": "incomplete pathways at the end of the month",
        "unit": "pathways",
        "better": "lower",
        "standards": ["STD034", "STD035"],
        "lag_months": 2,
        "source": "NHS England, Consultant-led Referral to Treatment Waiting Times",
        "from_records": {"count": "waiting", "referral": "elective_referral", "returned": True},
    },
    {
        "id": "rtt-52-weeks",
        "title": "Waiting over 52 weeks for treatment",
        "printed": "RTT 52-week waits",
        "numerator": "incomplete pathways waiting more than 52 weeks at the end of the month",
        "unit": "patients",
        "better": "lower",
        "standards": ["STD036"],
        "lag_months": 2,
        "note": "a published return: small numbers are shown as they are",
        "source": "NHS England, Consultant-led Referral to Treatment Waiting Times",
        "constitution": ["C-52W-0"],
        "from_records": {
            "count": "waiting",
            "referral": "elective_referral",
            "over_days": 364,
            "returned": True,
        },
    },
    {
        "id": "diagnostic-6-weeks",
        "title": "Waiting six weeks or more for a diagnostic test",
        "printed": "Diagnostic waits 6+ weeks",
        "numerator": "people waiting six weeks or more for a listed test at the end of the month",
        "denominator": "everybody waiting for a listed test at the end of the month",
        "unit": "%",
        "better": "lower",
        "standards": ["STD038"],
        "lag_months": 2,
        "source": "NHS England, Monthly Diagnostic Waiting Times and Activity",
        "constitution": ["C-DIAG-1"],
        "from_records": {
            "count": "waiting",
            "referral": "diagnostic_referral",
            "over_days": 41,
            "settles_months": 6,
            "returned": True,
        },
    },
    {
        "id": "cancer-2-weeks",
        "title": "Seen within two weeks of an urgent cancer referral",
        "printed": "Cancer two-week wait",
        "numerator": "people first seen within 14 days of an urgent referral for suspected cancer",
        "denominator": "everybody first seen in the month after such a referral",
        "unit": "%",
        "better": "higher",
        "standards": ["STD018"],
        "lag_months": 2,
        "source": "NHS England, Cancer Waiting Times",
        "constitution": ["C-2WW-93"],
        "from_records": {
            "count": "stopped",
            "referral": "cancer_referral",
            "stop_reasons": ["seen"],
            "within_days": 14,
            "settles_months": 3,
            "returned": True,
        },
    },
    {
        "id": "cancer-62-days",
        "title": "Cancer treatment within 62 days of referral",
        "printed": "Cancer 62-day wait",
        "numerator": "people first treated for cancer within 62 days of an urgent referral",
        "denominator": "everybody first treated for cancer in the month after such a referral",
        "unit": "%",
        "better": "higher",
        "standards": ["STD024"],
        "lag_months": 2,
        "source": "NHS England, Cancer Waiting Times",
        "constitution": ["C-62D-85"],
        "note": "records that hold only the referral and the first attendance cannot say when treatment began; figures are imported",
    },
    {
        "id": "cancer-31-days-surgery",
        "title": "Further cancer surgery within 31 days",
        "printed": "Further cancer surgery within 31 days",
        "numerator": "people whose further cancer treatment was surgery, begun within 31 days of when it could be",
        "denominator": "everybody whose further cancer treatment in the month was surgery",
        "unit": "%",
        "better": "higher",
        "standards": ["STD021"],
        "lag_months": 2,
        "source": "NHS England, Cancer Waiting Times",
        "note": "figures are imported: the table of that standard in the monthly provider or commissioner workbook, saved as CSV",
    },
    {
        "id": "cancer-31-days-drugs",
        "title": "Further cancer drug treatment within 31 days",
        "printed": "Further cancer drug treatment within 31 days",
        "numerator": "people whose further cancer treatment was with drugs, begun within 31 days of when it could be",
        "denominator": "everybody whose further cancer treatment in the month was with drugs",
        "unit": "%",
        "better": "higher",
        "standards": ["STD022"],
        "lag_months": 2,
        "source": "NHS England, Cancer Waiting Times",
        "note": "figures are imported: the table of that standard in the monthly provider or commissioner workbook, saved as CSV",
    },
    {
        "id": "cancer-31-days-radiotherapy",
        "title": "Further radiotherapy within 31 days",
        "printed": "Further radiotherapy within 31 days",
        "numerator": "people whose further cancer treatment was radiotherapy, begun within 31 days of when it could be",
        "denominator": "everybody whose further cancer treatment in the month was radiotherapy",
        "unit": "%",
        "better": "higher",
        "standards": ["STD023"],
        "lag_months": 2,
        "source": "NHS England, Cancer Waiting Times",
        "note": "figures are imported: the table of that standard in the monthly provider or commissioner workbook, saved as CSV",
    },
    {
        "id": "cancer-62-days-screening",
        "title": "Cancer treatment within 62 days of screening",
        "printed": "Cancer treatment within 62 days of screening",
        "numerator": "people first treated for cancer within 62 days of a referral by a screening service",
        "denominator": "everybody first treated for cancer in the month after such a referral",
        "unit": "%",
        "better": "higher",
        "standards": ["STD025"],
        "lag_months": 2,
        "source": "NHS England, Cancer Waiting Times",
        "note": "figures are imported: the table of that standard in the monthly provider or commissioner workbook, saved as CSV",
    },
    {
        "id": "talking-therapies-recovery",
        "title": "Moving to recovery in talking therapies",
        "printed": "IAPT recovery",
        "numerator": "people who were at caseness when treatment began, finished it and no longer are",
        "denominator": "everybody who finished a course of treatment in the month and was at caseness when it began",
        "unit": "%",
        "better": "higher",
        "standards": ["STD002"],
        "lag_months": 3,
        "source": "NHS Digital, Psychological Therapies",
        "note": "people never at caseness are left out of both counts; imported figures are rounded by the publisher to the nearest 5",
    },
    {
        "id": "talking-therapies-entering",
        "title": "People entering talking therapies",
        "printed": "IAPT access, people",
        "numerator": "people with a first treatment in the month",
        "unit": "people",
        "better": "higher",
        "lag_months": 3,
        "domain": "Mental Health",
        "source": "NHS Digital, Psychological Therapies",
        "note": "the count behind the rate of access; the publisher rounds it to the nearest 5",
    },
    {
        "id": "talking-therapies-access",
        "title": "Entering talking therapies",
        "printed": "IAPT roll-out",
        "numerator": "people entering talking therapies in the quarter",
        "denominator": "people estimated to have anxiety or depression",
        "unit": "% of prevalence per quarter",
        "better": "higher",
        "frequency": "fiscal quarter",
        "standards": ["STD001"],
        "lag_months": 3,
    },
]


# Wording of our own where the transcription is too near the print, by the text it stands in place
# of (its beginning).
REWORDED = {
    "Four dates (31/12/19": "Four dates for two workstreams: one in April 2019, probably a start; one in December 2019; "
    "two in March 2020. Which belongs to which is uncertain.",
    "To be agreed, based on IASCOF": "To be agreed, from parts of ASCOF 1C (printed IASCOF) and national targets",
    "Self-Management and Coping": "Self-Management and Coping for Arthritic Pain through Exercise",
}

BRIDGE = {
    "Allocation changes": "allocation-changes",
    "Tariff uplift": "tariff-uplift",
    "Prescribing increases": "prescribing",
    "Activity growth": "activity-growth",
    "Additional mental health investment": "mental-health",
    "Identified CRES": "savings",
    "Other adjustments": "other",
}

HEADS = {
    "plan.yaml": "Liverpool's operational plan for 2019/20: 45 schemes. The form is described in docs/reference/plan.md.",
    "money.yaml": "The money tables as they are printed. Totals are never mended: see the reconciliation lines.",
    "standards.yaml": "97 dated standards.",
    "targets.yaml": "82 quantified aims and baselines of the five source documents.",
}
