"""What the name of a code says of a condition: that it is one, that it has ended, is in remission,
or is not it."""

import pytest

from drawn import parse_table
from oneplace.sources.omop.code_list import said_of, suggestions

NAMES = """
name                                               | says
Asthma                                             | asthma means
Asthma resolved                                    | asthma ends
Unresolved asthma                                  | asthma means
Asthma not resolved                                | asthma means
Hypertension resolved                              | hypertension ends
Chronic obstructive pulmonary disease resolved     | copd ends
Depression no longer present                       | depression ends
Recovered from depression                          | depression ends
Human immunodeficiency virus negative              | hiv_aids not
HIV antibody test negative                         |
Cancer in remission                                | cancer remits
Acute myeloid leukaemia, in full remission         | cancer remits
Acute myeloid leukaemia not in remission           | cancer means
Acute lymphoid leukaemia without remission         | cancer means
Bipolar disorder in partial remission              | severe_mental_illness remits
Psychosis in remission                             | severe_mental_illness remits
Alcohol dependence in remission                    | alcohol_problem remits
Type 2 diabetes mellitus in remission              | diabetes remits
Diabetes resolved                                  | diabetes ends
Family history of diabetes mellitus                | diabetes not
FH: Asthma                                         | asthma not
History of asthma                                  | asthma not
H/O: stroke                                        | stroke_tia not
Mother has diabetes                                | diabetes not
Carer of person with dementia                      | dementia not
Asthma excluded                                    | asthma not
Deep vein thrombosis excluded                      | venous_thromboembolism not
Heart failure ruled out                            | heart_failure not
Suspected heart failure                            | heart_failure not
Epilepsy not confirmed                             | epilepsy not
No evidence of dementia                            | dementia not
No diabetes                                        | diabetes not
Diabetes mellitus absent                           | diabetes not
At risk of diabetes mellitus                       | diabetes not
Increased risk of heart failure                    | heart_failure not
Fear of cancer                                     | cancer not
Screening for cancer                               |
Palliative care not needed                         | end_of_life ends
Palliative care not clinically indicated           | end_of_life ends
Palliative care                                    | end_of_life means
Non-smoker                                         | smoker not
Never smoker                                       | smoker not
Ex-smoker                                          | smoker ends
Ex smoker                                          | smoker ends
Stopped smoking                                    | smoker ends
Smoker                                             | smoker means
Not pregnant                                       | pregnancy not
Pregnancy excluded                                 | pregnancy not
No longer homeless                                 | homelessness ends
Non-epileptic attack                               | epilepsy not
Non-diabetic hyperglycaemia                        | diabetes not, prediabetes means
Non-insulin-dependent diabetes mellitus            | diabetes means
Non-Hodgkin lymphoma                               | cancer means
Non-Hodgkin's malignant lymphoma                   | cancer means
Non-small cell carcinoma of lung                   | cancer means
Acute non-ST segment elevation myocardial infarction | myocardial_infarction means
HER2-negative carcinoma of breast                  | cancer means
Oestrogen receptor negative carcinoma of breast    | cancer means
Carcinoma of breast, progesterone receptor negative | cancer means
Sepsis due to gram-negative bacteria               | sepsis means
Seronegative rheumatoid arthritis                  | rheumatoid_arthritis means
Type 2 diabetes mellitus without complication      | diabetes means
Diabetes mellitus without diabetic retinopathy     | diabetes means, diabetes_complications not
Asthma without status asthmaticus                  | asthma means
Dementia without behavioural disturbance           | dementia means
Heart failure not otherwise specified              | heart_failure means
"""


@pytest.mark.parametrize("row", parse_table(NAMES), ids=lambda r: r["name"])
def test_a_name_says_what_it_says(row: dict[str, str | None]) -> None:
    wanted = [tuple(part.split()) for part in (row["says"] or "").split(", ") if part]
    assert said_of(row["name"] or "", "Condition") == wanted


def test_a_suggestion_carries_what_its_name_says() -> None:
    made = suggestions(
        {80002: ("Asthma resolved", "Condition"), 9201: None, 5: ("Simvastatin 20 MG", "Drug")}
    )
    assert [(s.concept_id, s.key, s.says) for s in made] == [
        (5, "statin", "means"),
        (9201, "inpatient_admission", "means"),
        (80002, "asthma", "ends"),
    ]
