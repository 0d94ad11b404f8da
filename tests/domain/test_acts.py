"""The catalogue of acts and the dated rows it names."""

from dataclasses import fields

import pytest

from chalicelib.domain import acts
from chalicelib.domain.acts import Act, AgedKey, EarlyRenewal, Form
from chalicelib.domain.law import all_parameters

WANTED = {
    *("G", "CS", "CNP", "TCG", "CD", "HBJD001", "HBLD634", "HBLD491", "HBLD038", "IMP", "TO90", "OPT-A", "OPT-B"),
    *("LEN", "PH7", "PH4", "PH2", "PH1", "PHN", "AMK", "AMY", "B", "AUD-I", "AUD-II", "FJ", "FPU", "CP", "SEJ"),
    *("BFGA004", "OST", "MAD"),
}


def test_the_catalogue_holds_the_acts_of_the_portal() -> None:
    assert set(acts.catalogue()) >= WANTED


KEYS = (
    *("rate", "non_optam_tariff", "cap", "covered_under_age", "covered_over_age", "direct_access_until_age"),
    *("daily_charge", "charge", "reduced_charge"),
)


@pytest.mark.parametrize("act", acts.catalogue().values(), ids=lambda act: act.code)
def test_every_row_of_law_that_an_act_names_exists(act: Act) -> None:
    named = [getattr(act, name) for name in KEYS]
    for field in fields(act):
        value = getattr(act, field.name)
        if isinstance(value, AgedKey | EarlyRenewal):
            named += [key for key in (getattr(value, one.name) for one in fields(value)) if isinstance(key, str)]
    assert {key for key in named if key} <= set(all_parameters())


def test_every_covered_act_has_a_rate_of_the_local_scheme() -> None:
    """Dossier 1.2: Alsace-Moselle."""
    for act in acts.catalogue().values():
        if act.covered and act.rate:
            assert act.rate.replace("ro.rate.", "ro.rate.local_scheme.", 1) in all_parameters()


def test_an_act_of_a_free_price_names_its_100_sante_alternative() -> None:
    """M43: what an estimate may propose instead."""
    for act in acts.catalogue().values():
        if act.basket in ("2", "3", "B", "II"):
            assert act.alternative is not None
            instead = acts.find(act.alternative)
            assert instead is not None
            assert instead.basket in ("1", "A", "I")


def test_a_doctors_act_has_a_rate_out_of_the_pathway() -> None:
    for act in acts.catalogue().values():
        if act.doctor:
            assert f"{act.rate}.out_of_pathway" in all_parameters()


def test_each_act_belongs_to_one_of_the_three_forms() -> None:
    """M60: optical, dental, other."""
    by_form = [act for form in Form for act in acts.of_form(form)]
    assert sorted(act.code for act in by_form) == sorted(acts.catalogue())
    assert {act.code for act in acts.of_form(Form.OPTICAL)} == {"OPT-A", "OPT-B", "LEN"}


def test_what_the_statutory_scheme_does_not_cover_is_known() -> None:
    uncovered = {act.code for act in acts.catalogue().values() if not act.covered}
    stays = {"FJ", "FJP", "FPU", "CP", "LAC", "TEL"}
    assert uncovered == stays | {"IMP", "PAR", "ODA", "LEN", "PHN", "PHH", "VAC", "CON", "CUR-H", "CRF", "OST"}
