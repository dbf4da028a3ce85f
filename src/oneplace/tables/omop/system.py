"""OMOP's tables on the health system: places, organisations, staff, payers and costs."""

from __future__ import annotations

from oneplace.tables.declare import Column, Table
from oneplace.tables.omop.clinical import SOURCE
from oneplace.tables.omop.kinds import (
    CARE_SITE,
    PERSON,
    code,
    day,
    key,
    last_day,
    link,
    number,
    said,
    source_code,
    text,
    whole,
)

LOCATION = Table(
    "location",
    "Addresses of people and organisations; street, postcode and coordinates are kept with identity, not with the facts.",
    (
        key("location_id", "the address"),
        text("address_1", "First line of the address."),
        text("address_2", "Second line of the address."),
        text("city", "Town or city."),
        text("state", "State or region."),
        text("zip", "The postcode of the address."),
        text("county", "The county of the address."),
        said("location_source_value", "The address"),
        code("country_concept_id", "The country"),
        said("country_source_value", "The country"),
        number("latitude", "Latitude of the address.", unit="degrees"),
        number("longitude", "Longitude of the address.", unit="degrees"),
    ),
    key=("location_id",),
    source=SOURCE,
)
CARE_SITE_TABLE = Table(
    "care_site",
    "Organisations and sites where care is given: practices, hospitals, clinics.",
    (
        Column("care_site_id", "bigint", "Number of the site; it stands once."),
        text("care_site_name", "Its name."),
        code("place_of_service_concept_id", "The kind of site"),
        link("location_id", "Where it is."),
        said("care_site_source_value", "The site's code"),
        said("place_of_service_source_value", "The kind of site"),
    ),
    key=("care_site_id",),
    source=SOURCE,
)
PROVIDER_TABLE = Table(
    "provider",
    "Members of staff; their names and registrations are kept with identity, not with the facts.",
    (
        key("provider_id", "the member of staff"),
        text("provider_name", "The name of the professional."),
        text("npi", "National number in the United States."),
        text("dea", "Number for controlled drugs in the United States."),
        code("specialty_concept_id", "The specialty"),
        CARE_SITE,
        whole("year_of_birth", "Year of birth.", unit="year"),
        code("gender_concept_id", "Sex"),
        said("provider_source_value", "The member of staff"),
        said("specialty_source_value", "The specialty"),
        source_code("specialty_source_concept_id", "The specialty"),
        said("gender_source_value", "Sex"),
        source_code("gender_source_concept_id", "Sex"),
    ),
    key=("provider_id",),
    source=SOURCE,
)


def _coded(what: str, sentence: str) -> tuple[Column, ...]:
    return (
        code(f"{what}_concept_id", sentence),
        said(f"{what}_source_value", sentence),
        source_code(f"{what}_source_concept_id", sentence),
    )


PAYER_PLAN_PERIOD = Table(
    "payer_plan_period",
    "Spans of time in which somebody paid for the person's care under one plan.",
    (
        key("payer_plan_period_id", "the span"),
        PERSON,
        day("payer_plan_period_start_date", "First day of the span.", required=True),
        last_day("payer_plan_period_end_date", "Last day of the span."),
        *_coded("payer", "Who pays"),
        *_coded("plan", "The plan"),
        *_coded("sponsor", "Who finances the plan"),
        said("family_source_value", "The family on one policy"),
        *_coded("stop_reason", "Why the span ended"),
    ),
    key=("payer_plan_period_id",),
    source=SOURCE,
)
COST = Table(
    "cost",
    "What one contact, medicine, procedure or device cost.",
    (
        key("cost_id", "the cost"),
        link("cost_event_id", "The record that cost it.", required=True),
        text("cost_domain_id", "The kind of that record.", required=True),
        Column("cost_type_concept_id", "bigint", "Where the figure comes from, as a concept."),
        code("currency_concept_id", "The currency"),
        number("total_charge", "What the provider asked.", unit="currency"),
        number("total_cost", "What it cost the provider.", unit="currency"),
        number("total_paid", "What was paid by everyone together.", unit="currency"),
        number("paid_by_payer", "What the payer paid.", unit="currency"),
        number("paid_by_patient", "What the person paid.", unit="currency"),
        number("paid_patient_copay", "The person's fixed share.", unit="currency"),
        number("paid_patient_coinsurance", "The person's proportional share.", unit="currency"),
        number(
            "paid_patient_deductible", "What the person paid before the plan did.", unit="currency"
        ),
        number(
            "paid_by_primary", "What the first payer paid where there are two.", unit="currency"
        ),
        number("paid_ingredient_cost", "The part paid for the medicine itself.", unit="currency"),
        number("paid_dispensing_fee", "The part paid for dispensing.", unit="currency"),
        link("payer_plan_period_id", "The plan under which it was paid."),
        number("amount_allowed", "What the contract allows for it.", unit="currency"),
        code("revenue_code_concept_id", "The revenue code"),
        said("revenue_code_source_value", "The revenue code"),
        code("drg_concept_id", "The diagnosis-related group"),
        said("drg_source_value", "The diagnosis-related group"),
    ),
    key=("cost_id",),
    source=SOURCE,
)

SYSTEM = (LOCATION, CARE_SITE_TABLE, PROVIDER_TABLE, PAYER_PLAN_PERIOD, COST)
