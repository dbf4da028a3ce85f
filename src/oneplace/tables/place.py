"""The tables of a place: its areas, organisations, populations and the published figures it is
measured against.

They are CSV files in a place's `tables/` folder, one per declaration here; `place.yaml` says for
each who published it, for which period, under which licence. A place may have none of them: records
alone need no areas and no teams.
"""

from __future__ import annotations

from oneplace.tables.declare import Column, Table
from oneplace.tables.people import CODE_SAYS
from oneplace.tables.plan import ACTIVITY_TOTALS
from oneplace.tables.vocabulary import words

AGES = tuple(range(91))  # single years; the last stands for 90 and over
ETHNIC_GROUPS = ("white", "mixed", "asian", "black", "other")
SEXES = ("female", "male")

AREA = Column("area_code", "text", "The small area: in England an LSOA of 2011.")
LATITUDE = Column("latitude", "number", "Latitude (WGS 84).", unit="degrees", low=-90, high=90)
LONGITUDE = Column("longitude", "number", "Longitude (WGS 84).", unit="degrees", low=-180, high=180)
SEX = Column("sex", "text", "Sex as the publisher counts it.", values=SEXES)


def _optional(column: Column) -> Column:
    return Column(
        column.name,
        column.type,
        column.sentence,
        column.unit,
        required=False,
        values=column.values,
        low=column.low,
        high=column.high,
    )


AREAS = Table(
    "areas",
    "The small areas the place is made of, with how deprived each is and where it lies.",
    (
        AREA,
        Column("area_name", "text", "The publisher's name of the area."),
        Column(
            "middle_area_code",
            "text",
            "The middle-layer area (MSOA) it is part of.",
            required=False,
        ),
        Column(
            "middle_area_name",
            "text",
            "The middle-layer area's name in words people use.",
            required=False,
        ),
        Column("ward_code", "text", "The electoral ward it is assigned to."),
        Column(
            "imd_rank", "integer", "National rank of deprivation: 1 is the most deprived.", low=1
        ),
        Column(
            "imd_decile",
            "small",
            "National decile of deprivation: 1 is the most deprived.",
            low=1,
            high=10,
        ),
        Column(
            "local_rank",
            "integer",
            "Rank of deprivation inside this place: 1 is the most deprived.",
            low=1,
        ),
        Column(
            "local_quintile",
            "small",
            "Fifth of this place's areas by local rank: 1 is most deprived.",
            low=1,
            high=5,
        ),
        Column(
            "local_decile",
            "small",
            "Tenth of this place's areas by local rank: 1 is most deprived.",
            low=1,
            high=10,
        ),
        LATITUDE,
        LONGITUDE,
        Column("hex_column", "integer", "Column of the area's cell on the hexagon map.", low=0),
        Column(
            "hex_row",
            "integer",
            "Row of the area's cell on the hexagon map, counted from the north; odd rows stand half a cell east.",
            low=0,
        ),
    ),
    key=("area_code",),
)
WARDS = Table(
    "wards",
    "The electoral wards of the place.",
    (Column("ward_code", "text", "The ward."), Column("ward_name", "text", "Its name.")),
    key=("ward_code",),
)
POPULATION_BY_AREA_AGE = Table(
    "population_by_area_age",
    "Residents of each small area by single year of age, one column for each age.",
    (
        AREA,
        *(
            Column(
                f"age_{a}",
                "integer",
                f"Residents aged {a}{' and over' if a == 90 else ''}.",
                unit="people",
                low=0,
            )
            for a in AGES
        ),
    ),
    key=("area_code",),
)
POPULATION_BY_AGE_SEX = Table(
    "population_by_age_sex",
    "Residents of the place by single year of age and sex.",
    (
        Column(
            "age",
            "small",
            "Age in completed years; 90 stands for 90 and over.",
            unit="years",
            low=0,
            high=90,
        ),
        SEX,
        Column("persons", "integer", "Residents of this age and sex.", unit="people", low=0),
    ),
    key=("age", "sex"),
)
POPULATION_BY_YEAR_AGE = Table(
    "population_by_year_age",
    "Residents of the place in the middle of each year by single year of age.",
    (
        Column("year", "small", "The year; the figure is for 30 June.", low=1900, high=2200),
        Column(
            "age",
            "small",
            "Age in completed years; 90 stands for 90 and over.",
            unit="years",
            low=0,
            high=90,
        ),
        Column("persons", "integer", "Residents of this age in this year.", unit="people", low=0),
    ),
    key=("year", "age"),
)
COMPONENTS_OF_CHANGE = Table(
    "components_of_change",
    "Why the number of residents changed between two middles of a year.",
    (
        Column(
            "from_year", "small", "The period starts on 30 June of this year.", low=1900, high=2200
        ),
        Column(
            "component",
            "text",
            "What changed the number of residents.",
            values=(
                "population_at_start",
                "births",
                "deaths",
                "internal_inflow",
                "internal_outflow",
                "international_inflow",
                "international_outflow",
                "other",
                "population_at_end",
            ),
        ),
        Column(
            "persons",
            "integer",
            "How many people this part counts.",
            unit="people",
        ),
    ),
    key=("from_year", "component"),
)
ETHNICITY_BY_AREA = Table(
    "ethnicity_by_area",
    "Usual residents of each small area by ethnic group.",
    (
        AREA,
        *(
            Column(g, "integer", f"Usual residents of ethnic group {g}.", unit="people", low=0)
            for g in ETHNIC_GROUPS
        ),
    ),
    key=("area_code",),
)
PRACTICES = Table(
    "practices",
    "General practices of the place, with their registered list where one is published.",
    (
        Column("practice_code", "text", "The practice's national code."),
        Column("practice_name", "text", "Its name."),
        Column("postcode", "text", "Postcode of its main surgery.", required=False),
        LATITUDE,
        LONGITUDE,
        Column("area_code", "text", "The small area its main surgery lies in.", required=False),
        Column("network_code", "text", "The primary care network it belongs to.", required=False),
        Column(
            "list_size",
            "integer",
            "People registered; empty where none is published.",
            "people",
            required=False,
            low=0,
        ),
        Column(
            "list_aged_16_over",
            "integer",
            "Of these, aged 16 and over.",
            "people",
            required=False,
            low=0,
        ),
        Column(
            "list_aged_50_over",
            "integer",
            "Of these, aged 50 and over.",
            "people",
            required=False,
            low=0,
        ),
        Column(
            "list_aged_65_over",
            "integer",
            "Of these, aged 65 and over.",
            "people",
            required=False,
            low=0,
        ),
        Column(
            "list_mean_age",
            "number",
            "Mean age of the people registered.",
            "years",
            required=False,
            low=0,
            high=120,
        ),
        Column(
            "list_male_share",
            "number",
            "Share of the people registered who are male.",
            required=False,
            low=0,
            high=1,
        ),
    ),
    key=("practice_code",),
)
NETWORKS = Table(
    "networks",
    "Primary care networks as they are.",
    (
        Column("network_code", "text", "The network's national code."),
        Column("network_name", "text", "Its name."),
        Column("practices", "integer", "Practices in it.", low=0),
        Column(
            "registered", "integer", "People on the lists of its practices.", unit="people", low=0
        ),
    ),
    key=("network_code",),
)
PROVIDERS = Table(
    "providers",
    "Trusts that serve the place.",
    (
        Column("provider_code", "text", "The trust's national code."),
        Column(
            "provider_name",
            "text",
            "Its name on 1 April 2019, or its last name if it had ended by then.",
        ),
        Column(
            "kind",
            "text",
            "What it does.",
            values=(
                "acute",
                "children",
                "women",
                "specialist",
                "mental health and community",
                "community",
                "ambulance",
            ),
        ),
        Column("until", "date", "Its last day, if it ended.", required=False),
        Column("later_name", "text", "Its name after a change of name.", required=False),
        Column("later_name_from", "date", "First day of the later name.", required=False),
        Column("successor_code", "text", "The trust that took over its services.", required=False),
        Column(
            "catchment_share",
            "number",
            "Share of its patients who live in the place.",
            required=False,
            low=0,
            high=1,
        ),
        _optional(LATITUDE),
        _optional(LONGITUDE),
    ),
    key=("provider_code",),
)
TEAMS = Table(
    "teams",
    "Neighbourhood teams, each made of general practices.",
    (
        Column("team_code", "text", "The team."),
        Column("team_name", "text", "Its name."),
        Column("practices", "integer", "Practices in it.", low=1),
        Column(
            "registered", "integer", "People on the lists of its practices.", unit="people", low=0
        ),
        Column(
            "registered_normalised",
            "integer",
            "The same, each list scaled by one factor so that all lists together equal the residents of the place.",
            unit="people",
            low=0,
        ),
    ),
    key=("team_code",),
)
TEAM_PRACTICES = Table(
    "team_practices",
    "Which team each practice belongs to.",
    (Column("team_code", "text", "The team."), Column("practice_code", "text", "The practice.")),
    key=("practice_code",),
)
NEIGHBOURHOODS = Table(
    "neighbourhoods",
    "Neighbourhoods, each made of adjoining small areas.",
    (
        Column("neighbourhood_code", "text", "The neighbourhood."),
        Column("neighbourhood_name", "text", "Its name."),
        Column("areas", "integer", "Small areas in it.", low=1),
        Column("residents", "integer", "People who live in it.", unit="people", low=0),
    ),
    key=("neighbourhood_code",),
)
NEIGHBOURHOOD_AREAS = Table(
    "neighbourhood_areas",
    "Which neighbourhood each small area belongs to.",
    (Column("neighbourhood_code", "text", "The neighbourhood."), AREA),
    key=("area_code",),
)
_REGISTER = Column(
    "register",
    "text",
    "The disease register of the Quality and Outcomes Framework, by its short code.",
)
_PREVALENCE = Column(
    "prevalence", "number", "People on the register for each person on the list.", low=0, high=1
)
QOF_BY_DECILE = Table(
    "qof_by_decile",
    "How common each QOF register is in England's small areas of each decile of deprivation.",
    (
        Column(
            "imd_decile",
            "small",
            "National decile of deprivation: 1 is the most deprived.",
            low=1,
            high=10,
        ),
        _REGISTER,
        Column(
            "patients",
            "integer",
            "People on the register, modelled from practices to areas.",
            unit="people",
            low=0,
        ),
        Column(
            "list", "integer", "People of the register's ages on the lists.", unit="people", low=0
        ),
        _PREVALENCE,
    ),
    key=("imd_decile", "register"),
)
QOF_LOCAL = Table(
    "qof_local",
    "How common each QOF register is in the place, and whom the register counts.",
    (
        _REGISTER,
        Column("register_name", "text", "The condition."),
        Column("age_low", "small", "Youngest age the register counts.", unit="years", low=0),
        Column(
            "age_high",
            "small",
            "Oldest age it counts; empty when there is none.",
            "years",
            required=False,
            low=0,
        ),
        Column(
            "patients",
            "integer",
            "People on the register, modelled from practices to areas.",
            unit="people",
            low=0,
        ),
        Column(
            "list", "integer", "People of the register's ages on the lists.", unit="people", low=0
        ),
        _PREVALENCE,
    ),
    key=("register",),
)
LIFE_EXPECTANCY_BY_DECILE = Table(
    "life_expectancy_by_decile",
    "Life expectancy at birth by local decile of deprivation.",
    (
        SEX,
        Column(
            "local_decile",
            "small",
            "Decile of this place's areas: 1 is the most deprived.",
            low=1,
            high=10,
        ),
        Column(
            "person_years",
            "integer",
            "Residents counted once for each year of the period.",
            "person-years",
            low=0,
        ),
        Column("deaths", "integer", "Deaths in the period.", unit="deaths", low=0),
        Column(
            "life_expectancy", "number", "Life expectancy at birth.", unit="years", low=0, high=120
        ),
        Column("standard_error", "number", "Its standard error.", unit="years", low=0),
    ),
    key=("sex", "local_decile"),
)
DEATHS_BY_AGE_SEX = Table(
    "deaths_by_age_sex",
    "Deaths of residents in a year by age and sex, with the residents of that year.",
    (
        Column("age_low", "small", "Youngest age of the band.", unit="years", low=0),
        Column(
            "age_high",
            "small",
            "Oldest age of the band; empty for the open one.",
            "years",
            required=False,
            low=0,
        ),
        SEX,
        Column("deaths", "integer", "Deaths in the year.", unit="deaths", low=0),
        Column(
            "residents", "integer", "Residents in the middle of that year.", unit="people", low=0
        ),
    ),
    key=("age_low", "sex"),
)
LIFE_TABLE = Table(
    "life_table",
    "The national life table by single year of age.",
    (
        SEX,
        Column("age", "small", "Exact age.", unit="years", low=0, high=120),
        Column(
            "death_probability",
            "number",
            "Probability of dying before the next birthday (qx).",
            low=0,
            high=1,
        ),
        Column(
            "survivors", "number", "Alive at this age of 100,000 born (lx).", unit="people", low=0
        ),
        Column(
            "life_expectancy",
            "number",
            "Mean years still to live at this age (ex).",
            unit="years",
            low=0,
        ),
    ),
    key=("sex", "age"),
)
AE_MONTHLY = Table(
    "ae_monthly",
    "Accident and emergency activity of the place's trusts by month, whoever the patients were.",
    (
        Column("month", "date", "First day of the month."),
        Column("provider_code", "text", "The trust."),
        Column(
            "department",
            "text",
            "Type of department: 1 major, 2 single specialty, other.",
            values=("1", "2", "other"),
        ),
        Column("attendances", "integer", "Attendances in the month.", low=0),
        Column(
            "over_four_hours",
            "integer",
            "Of these, longer than four hours from arrival to leaving.",
            low=0,
        ),
        Column("admissions", "integer", "Emergency admissions by way of the department.", low=0),
    ),
    key=("month", "provider_code", "department"),
)

CODE_LIST_BY_KEY = Table(
    "code_list",
    "What each code of the place's records means in local words. Suggested when the place is made; to be reviewed.",
    (
        Column("concept_id", "bigint", "The code as it stands in the records."),
        Column("key", "text", "The local word's key.", values=tuple(w.key for w in words())),
        Column(
            "says",
            "text",
            "What the code says of the word: means it, ends it on its day (resolved, no longer), remits (in remission) or is "
            "not it (excluded, family history, at risk). Empty: what the code's name says.",
            required=False,
            values=CODE_SAYS,
            added=True,
        ),
        Column(
            "concept_name",
            "text",
            "What the place's own vocabulary calls the code.",
            required=False,
        ),
        Column("domain", "text", "The domain of the local word.", required=False),
        Column(
            "how",
            "text",
            "How it was found: suggested by name, standard concept, or reviewed by a person.",
            required=False,
        ),
    ),
    key=("concept_id", "key"),
)

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        AREAS,
        WARDS,
        POPULATION_BY_AREA_AGE,
        POPULATION_BY_AGE_SEX,
        POPULATION_BY_YEAR_AGE,
        COMPONENTS_OF_CHANGE,
        ETHNICITY_BY_AREA,
        PRACTICES,
        NETWORKS,
        PROVIDERS,
        TEAMS,
        TEAM_PRACTICES,
        NEIGHBOURHOODS,
        NEIGHBOURHOOD_AREAS,
        QOF_BY_DECILE,
        QOF_LOCAL,
        LIFE_EXPECTANCY_BY_DECILE,
        DEATHS_BY_AGE_SEX,
        LIFE_TABLE,
        AE_MONTHLY,
        CODE_LIST_BY_KEY,
        ACTIVITY_TOTALS,
    )
}
