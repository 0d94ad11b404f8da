"""What people type as identifiers: accepted forms, refusals and their sentences (H16, H87, H130, H131)."""

import string
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from chalicelib.identifiers import (
    InvalidIdentifier,
    bic_of,
    departement_of,
    mask_iban,
    mask_nir,
    nir_last8,
    parse_email,
    parse_finess,
    parse_french_postcode,
    parse_iban,
    parse_mobile_fr,
    parse_nir,
    parse_nir_last8,
    parse_numero_adherent,
    parse_siren,
    parse_siret,
)
from chalicelib.identifiers.fields import EmailStrFr, IbanStr, NirStr, PostcodeStr, SirenStr

PARSERS = [
    parse_email,
    parse_finess,
    parse_french_postcode,
    parse_iban,
    parse_nir,
    parse_nir_last8,
    parse_numero_adherent,
    parse_mobile_fr,
    parse_siren,
    parse_siret,
]


def sentence_of(parse: Callable[[str], str], text: str) -> str:
    with pytest.raises(InvalidIdentifier) as refused:
        parse(text)
    assert str(refused.value) == refused.value.sentence
    return refused.value.sentence


def luhn_digit(body: str) -> str:
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body))]
    return str(-sum(sum(divmod(value, 10)) for value in doubled) % 10)


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text(alphabet=string.digits, min_size=count, max_size=count)


@st.composite
def nirs(draw: st.DrawFn) -> str:
    departement = draw(st.one_of(digits(2), st.sampled_from(["2A", "2B"])))
    body = draw(st.sampled_from("123478")) + draw(digits(4)) + departement + draw(digits(6))
    number = int(body.replace("2A", "19").replace("2B", "18"))
    return f"{body}{97 - number % 97:02d}"


@st.composite
def sirens(draw: st.DrawFn) -> str:
    body = draw(digits(8).filter(lambda body: body.strip("0")))
    return body + luhn_digit(body)


def french_iban(*, bank: str, branch: str, account: str) -> str:
    rib = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    return with_control_digits(f"{bank}{branch}{account}{rib:02d}")


def with_control_digits(french_bban: str) -> str:
    return f"FR{98 - int(french_bban + '152700') % 97:02d}{french_bban}"


@st.composite
def french_ibans(draw: st.DrawFn) -> str:
    return french_iban(bank=draw(digits(5)), branch=draw(digits(5)), account=draw(digits(11)))


def with_one_other_digit(data: st.DataObject, number: str) -> str:
    place = data.draw(st.sampled_from([place for place, character in enumerate(number) if character in string.digits]))
    other = data.draw(st.sampled_from(string.digits.replace(number[place], "")))
    return number[:place] + other + number[place + 1 :]


class TestNir:
    @pytest.mark.parametrize(
        "nir",
        [
            "185057800608491",
            "269054958815780",
            "185022A00401222",
            "299072B03344431",
            "785057800608482",
            "385057800608488",
        ],
    )
    def test_known_numbers(self, nir: str) -> None:
        assert parse_nir(nir) == nir

    def test_spaces_of_every_kind_and_small_letters(self) -> None:
        assert parse_nir(" 1 85\u00a002\u202f2a 004-012 / 22 ") == "185022A00401222"

    @given(nirs())
    def test_every_right_key_is_accepted(self, nir: str) -> None:
        assert parse_nir(nir.lower()) == nir == parse_nir(parse_nir(nir))

    @given(nirs(), st.data())
    def test_every_wrong_digit_is_refused(self, nir: str, data: st.DataObject) -> None:
        with pytest.raises(InvalidIdentifier):
            parse_nir(with_one_other_digit(data, nir))

    @pytest.mark.parametrize(
        ("typed", "hint"),
        [
            ("", "13 chiffres, puis la clé"),
            ("1850578006084", "Il manque la clé"),
            ("18505780060849", "vous en avez saisi 14"),
            ("18505780O608491", "une lettre (O ou I)"),
            ("185052C00608491", "2A ou 2B"),
            ("585057800608491", "le premier chiffre"),
            ("185137800608491", "le mois de naissance"),
            ("185050000608491", "le département de naissance"),
            ("185022B00401222", "la lettre du département"),
            ("185057800008491", "la commune de naissance"),
            ("185057800608498", "la clé (les 2 derniers chiffres, de 01 à 97)"),
            ("185057800608492", "deux chiffres inversés"),
            ("000000000000097", "commence par 1 ou 2"),
        ],
    )
    def test_the_sentence_points_at_the_part(self, typed: str, hint: str) -> None:
        sentence = sentence_of(parse_nir, typed)
        assert hint in sentence
        assert len(typed) < 13 or typed not in sentence

    def test_last_eight_of_first_connection(self) -> None:
        """H131: the last 8 digits, without the key."""
        assert nir_last8("2 69 05 49 588 157 80") == "49588157"
        assert nir_last8("299072B03344431") == "2B033444" == parse_nir_last8("2b 033 444")

    @pytest.mark.parametrize(
        ("typed", "hint"),
        [
            ("269054958815780", "pas le numéro entier"),
            ("4958815780", "retirez les 2 derniers"),
            ("4958815", "vous en avez saisi 7"),
            ("2C033444", "2A ou 2B"),
        ],
    )
    def test_last_eight_refused(self, typed: str, hint: str) -> None:
        assert hint in sentence_of(parse_nir_last8, typed)

    @given(nirs())
    def test_the_mask_hides_all_but_sex_year_and_month(self, nir: str) -> None:
        assert mask_nir(nir) == f"{nir[0]} {nir[1:3]} {nir[3:5]} ** *** *** **"


class TestCompany:
    @given(sirens(), st.data())
    def test_siren_key(self, siren: str, data: st.DataObject) -> None:
        """H16."""
        assert parse_siren(f" {siren[:3]} {siren[3:6]} {siren[6:]}") == siren == parse_siren(siren)
        with pytest.raises(InvalidIdentifier):
            parse_siren(with_one_other_digit(data, siren))

    @pytest.mark.parametrize("siret", ["73282932000074", "35600000000048", "35600000049837"])
    def test_siret_with_the_rule_of_la_poste(self, siret: str) -> None:
        assert parse_siret(siret) == siret

    @given(sirens(), digits(4))
    def test_every_right_siret_is_accepted(self, siren: str, establishment: str) -> None:
        body = siren + establishment
        assert siren == "356000000" or parse_siret(body + luhn_digit(body))

    @pytest.mark.parametrize(
        ("parse", "typed", "hint"),
        [
            (parse_siren, "73282932000074", "ses 9 premiers"),
            (parse_siren, "", "saisissez ses 9 chiffres"),
            (parse_siren, "73282932O", "une lettre (O ou I)"),
            (parse_siren, "7328293", "vous en avez saisi 7"),
            (parse_siren, "000000000", "n’existe pas"),
            (parse_siren, "٧٣٢٨٢٩٣٢٠", "que des chiffres"),
            (parse_siret, "732829320", "ajoutez les 5 chiffres"),
            (parse_siret, "73282932000075", "ses 5 derniers chiffres"),
            (parse_siret, "35600000049838", "ses 5 derniers chiffres"),
            (parse_siret, "73282932100074", "Ce SIREN n’existe pas"),
        ],
    )
    def test_the_sentence_says_how_to_mend(self, parse: Callable[[str], str], typed: str, hint: str) -> None:
        assert hint in sentence_of(parse, typed)

    @pytest.mark.parametrize("finess", ["2B0000020", "2B0004246", "2B0005342"])
    def test_finess_of_corsica(self, finess: str) -> None:
        assert parse_finess(finess.lower()) == finess

    @given(digits(8).filter(lambda body: body.strip("0")), st.data())
    def test_finess_key(self, body: str, data: st.DataObject) -> None:
        finess = body + luhn_digit(body)
        assert parse_finess(finess) == finess
        with pytest.raises(InvalidIdentifier):
            parse_finess(with_one_other_digit(data, finess))


class TestBank:
    def test_known_accounts(self) -> None:
        """H87."""
        assert parse_iban("IBAN : FR14 2004 1010 0505 0001 3m02 606") == "FR1420041010050500013M02606"
        assert bic_of("FR1420041010050500013M02606") == "PSSTFRPP"
        assert parse_iban("DE89 3704 0044 0532 0130 00") == "DE89370400440532013000"
        assert mask_iban("FR7630006000011234567890189") == "FR76 **** **** **** **** ***0 189"

    @given(french_ibans(), st.data())
    def test_french_keys(self, iban: str, data: st.DataObject) -> None:
        assert parse_iban(iban.lower()) == iban == parse_iban(iban)
        with pytest.raises(InvalidIdentifier):
            parse_iban(with_one_other_digit(data, iban))

    def test_a_bank_that_nobody_lists_has_no_bic(self) -> None:
        assert bic_of(french_iban(bank="99999", branch="99999", account="00000000001")) is None

    @pytest.mark.parametrize(
        ("typed", "hint"),
        [
            ("", "Saisissez l’IBAN"),
            ("7630006000011234567890189", "commence par le pays"),
            ("FR7630006000011234567890188", "deux inversés"),
            ("FR763000600001123456789018", "compte 27 caractères\u00a0; vous en avez saisi 26"),
            ("FR763OOO6000011234567890189", "une lettre (O ou I)"),
            ("ZZ7630006000011234567890189", "celles d’un pays"),
            ("BR1500000000000010932840814P2", "zone SEPA"),
        ],
    )
    def test_the_sentence_says_how_to_mend(self, typed: str, hint: str) -> None:
        assert hint in sentence_of(parse_iban, typed)

    def test_a_wrong_rib_key_under_right_control_digits(self) -> None:
        assert "clé RIB" in sentence_of(parse_iban, with_control_digits("30006000011234567890188"))


class TestPlace:
    @pytest.mark.parametrize(
        ("postcode", "departement"),
        [
            ("01000", "01"),
            ("75011", "75"),
            ("95880", "95"),
            ("20000", "2A"),
            ("20167", "2A"),
            ("20704", "2A"),
            ("20200", "2B"),
            ("20600", "2B"),
            ("20401", "2B"),
            ("97400", "974"),
            ("97133", "971"),
            ("97700", "977"),
            ("98713", "987"),
            ("98800", "988"),
        ],
    )
    def test_departement(self, postcode: str, departement: str) -> None:
        """H16."""
        assert parse_french_postcode(f" {postcode[:2]} {postcode[2:]}") == postcode
        assert departement_of(postcode) == departement

    @pytest.mark.parametrize(
        ("typed", "hint"),
        [
            ("00100", "aucun département"),
            ("96000", "aucun département"),
            ("97900", "aucun département"),
            ("99100", "aucun département"),
            ("2A004", "commence par 20"),
            ("1000", "il commence par un 0"),
            ("750111", "vous en avez saisi 6"),
            ("Paris", "que des chiffres"),
        ],
    )
    def test_refused(self, typed: str, hint: str) -> None:
        assert hint in sentence_of(parse_french_postcode, typed)


class TestContact:
    def test_email_keeps_the_local_part(self) -> None:
        assert parse_email(" Camille.Durand+sante@Exemple.FR ") == "Camille.Durand+sante@exemple.fr"
        assert parse_email("rh@société.fr") == "rh@xn--socit-esab.fr"

    @pytest.mark.parametrize(
        ("typed", "hint"),
        [
            ("", "Saisissez une adresse"),
            ("camille.durand", "signe @"),
            ("camille durand@exemple.fr", "un espace"),
            ("camille@exemple.fr\r\nBcc: tous@exemple.fr", "caractère invisible"),
            ("camille@exemple.fr\u200b", "caractère invisible"),
            ("zoé@exemple.fr", "accent"),
            ("camille@exemple", "nom de domaine complet"),
            ("camille@localhost", "nom de domaine complet"),
            ("a@b@exemple.fr", "nom de domaine complet"),
            ("Camille<camille@exemple.fr>", "nom de domaine complet"),
            ("c" * 250 + "@exemple.fr", "trop longue"),
        ],
    )
    def test_email_refused(self, typed: str, hint: str) -> None:
        assert hint in sentence_of(parse_email, typed)

    @pytest.mark.parametrize(
        ("typed", "number"),
        [
            ("06 12 34 56 78", "+33612345678"),
            ("07.12.34.56.78", "+33712345678"),
            ("+33 (0)6 12 34 56 78", "+33612345678"),
            ("0033 6 12 34 56 78", "+33612345678"),
            ("0690 12 34 56", "+590690123456"),
            ("+590 690 12 34 56", "+590690123456"),
            ("+33 690 12 34 56", "+590690123456"),
            ("0694123456", "+594694123456"),
            ("0696123456", "+596696123456"),
            ("0692123456", "+262692123456"),
            ("00262 0639 12 34 56", "+262639123456"),
            ("+687 75 12 34", "+687751234"),
            ("+689 87 12 34 56", "+68987123456"),
        ],
    )
    def test_mobile(self, typed: str, number: str) -> None:
        """H86: the number that receives the code of a signature."""
        assert parse_mobile_fr(typed) == number == parse_mobile_fr(number)

    @pytest.mark.parametrize(
        ("typed", "hint"),
        [
            ("", "Saisissez un numéro"),
            ("01 42 34 56 78", "téléphone fixe"),
            ("06 12 34 56", "10 chiffres"),
            ("+32 470 12 34 56", "10 chiffres"),
            ("mobile", "que des chiffres"),
        ],
    )
    def test_phone_refused(self, typed: str, hint: str) -> None:
        assert hint in sentence_of(parse_mobile_fr, typed)


@given(st.sampled_from([7, 14]).flatmap(digits))
def test_numero_adherent(number: str) -> None:
    """H130."""
    assert parse_numero_adherent(" ".join(number)) == number
    assert "7 ou de 14" in sentence_of(parse_numero_adherent, number + "1")
    assert "pour une société, la souscription" in sentence_of(parse_numero_adherent, number + "1")


@given(st.sampled_from(PARSERS), st.text(max_size=40))
def test_any_text_is_accepted_for_good_or_refused_with_a_sentence(parse: Callable[[str], str], text: str) -> None:
    sentence = ""
    try:
        accepted = parse(text)
    except InvalidIdentifier as refused:
        sentence = refused.sentence
    assert sentence.endswith(".") or parse(accepted) == accepted


class Form(BaseModel):
    siren: SirenStr
    postcode: PostcodeStr
    nir: NirStr
    iban: IbanStr
    email: EmailStrFr


def test_fields_of_a_request_are_normalised() -> None:
    form = Form(
        siren="732 829 320",
        postcode="75 011",
        nir="2 69 05 49 588 157 80",
        iban="FR14 2004 1010 0505 0001 3M02 606",
        email="rh@Exemple.fr",
    )
    assert form.model_dump() == {
        "siren": "732829320",
        "postcode": "75011",
        "nir": "269054958815780",
        "iban": "FR1420041010050500013M02606",
        "email": "rh@exemple.fr",
    }


def test_each_wrong_field_is_reported_with_its_sentence_alone() -> None:
    with pytest.raises(ValidationError) as refused:
        Form(siren="1", postcode="{x}", nir="1", iban="FR", email="x")
    faults = {fault["loc"]: (fault["type"], fault["msg"]) for fault in refused.value.errors()}
    assert faults[("siren",)] == ("invalid_identifier", "Le SIREN compte 9 chiffres\u00a0; vous en avez saisi 1.")
    assert {loc for (loc,) in faults} == {"siren", "postcode", "nir", "iban", "email"}


def test_importing_is_free() -> None:
    heavy = "{'stdnum', 'schwifty', 'email_validator', 'pydantic', 'boto3'}"
    code = f"import sys, chalicelib.identifiers; print(sorted({heavy} & set(sys.modules)))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert done.stdout.strip() == "[]"
