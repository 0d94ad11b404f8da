"""Which documents a person must send, and why: for a claim, for the affiliation of an employee, of each dependant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from chalicelib.domain.acts import Act, Form
from chalicelib.domain.law import parameter
from chalicelib.domain.member import Relationship, is_adult


class DocumentKind(StrEnum):
    """Every kind of document the portal asks for."""

    RECEIPTED_INVOICE = "facture_acquittee"
    STATUTORY_STATEMENT = "decompte_securite_sociale"
    PRESCRIPTION = "prescription"
    RIGHTS_ATTESTATION = "attestation_droits"
    BANK_DETAILS = "rib"
    FAMILY_RECORD = "livret_famille"
    PACS_CERTIFICATE = "certificat_pacs"
    COHABITATION_PROOF = "justificatif_vie_commune"
    SITUATION_CERTIFICATE = "certificat_situation"
    UNEMPLOYMENT_ATTESTATION = "attestation_france_travail"
    STOPPAGE_NOTICE = "avis_arret"
    PROLONGATION_NOTICE = "avis_prolongation"
    ALLOWANCE_STATEMENTS = "decomptes_ijss"
    PAYSLIPS = "bulletins_paie"
    EMPLOYEE_BANK_DETAILS = "rib_salarie"
    COMPANY_BANK_DETAILS = "rib_entreprise"
    LONG_ILLNESS_NOTIFICATION = "notification_ald"
    ACCIDENT_DECLARATION = "declaration_accident"
    INITIAL_CERTIFICATE = "certificat_initial"
    THIRD_PARTY = "coordonnees_tiers"
    DISEASE_RECOGNITION = "reconnaissance_mp"
    FINAL_CERTIFICATE = "certificat_final"
    HOSPITAL_BULLETIN = "bulletin_situation"
    BIRTH_CERTIFICATE = "acte_naissance"
    ADOPTION_CERTIFICATE = "attestation_adoption"
    DEATH_CERTIFICATE = "acte_deces"
    PART_TIME_PRESCRIPTION = "prescription_tpt"
    PART_TIME_PAYSLIPS = "bulletins_paie_reduits"
    PENSION_NOTIFICATION = "notification_invalidite"
    TAX_NOTICE = "avis_imposition"
    QUOTE = "devis"


TITLES = {
    DocumentKind.RECEIPTED_INVOICE: "Facture acquittée",
    DocumentKind.STATUTORY_STATEMENT: "Décompte de la Sécurité sociale",
    DocumentKind.PRESCRIPTION: "Prescription médicale",
    DocumentKind.RIGHTS_ATTESTATION: "Attestation de droits à l’assurance maladie",
    DocumentKind.BANK_DETAILS: "RIB",
    DocumentKind.FAMILY_RECORD: "Livret de famille ou acte de naissance",
    DocumentKind.PACS_CERTIFICATE: "Certificat de PACS",
    DocumentKind.COHABITATION_PROOF: "Justificatif de domicile commun",
    DocumentKind.SITUATION_CERTIFICATE: "Certificat de situation",
    DocumentKind.UNEMPLOYMENT_ATTESTATION: "Attestation de droits de France Travail",
    DocumentKind.STOPPAGE_NOTICE: "Avis d’arrêt de travail, volet 3",
    DocumentKind.PROLONGATION_NOTICE: "Avis de prolongation, volet 3",
    DocumentKind.ALLOWANCE_STATEMENTS: "Décomptes d’indemnités journalières de la Sécurité sociale",
    DocumentKind.PAYSLIPS: "Douze derniers bulletins de paie",
    DocumentKind.EMPLOYEE_BANK_DETAILS: "RIB du salarié",
    DocumentKind.COMPANY_BANK_DETAILS: "RIB de l’entreprise",
    DocumentKind.LONG_ILLNESS_NOTIFICATION: "Notification de prise en charge en ALD",
    DocumentKind.ACCIDENT_DECLARATION: "Déclaration d’accident adressée à la caisse",
    DocumentKind.INITIAL_CERTIFICATE: "Certificat médical initial, volet destiné à l’employeur",
    DocumentKind.THIRD_PARTY: "Coordonnées du tiers en cause et de son assureur",
    DocumentKind.DISEASE_RECOGNITION: "Décision de reconnaissance de la maladie professionnelle",
    DocumentKind.FINAL_CERTIFICATE: "Certificat médical final, volet destiné à l’employeur",
    DocumentKind.HOSPITAL_BULLETIN: "Bulletin de situation de l’hôpital",
    DocumentKind.BIRTH_CERTIFICATE: "Acte de naissance ou certificat d’accouchement",
    DocumentKind.ADOPTION_CERTIFICATE: "Attestation de placement en vue d’adoption",
    DocumentKind.DEATH_CERTIFICATE: "Acte de décès",
    DocumentKind.PART_TIME_PRESCRIPTION: "Prescription du temps partiel thérapeutique",
    DocumentKind.PART_TIME_PAYSLIPS: "Bulletins de paie des mois à temps partiel",
    DocumentKind.PENSION_NOTIFICATION: "Notification de la pension d’invalidité",
    DocumentKind.TAX_NOTICE: "Dernier avis d’imposition",
    DocumentKind.QUOTE: "Devis",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredDocument:
    """One document to send: which, about whom, and the sentence that says why."""

    kind: DocumentKind
    about: str
    reason: str


class Circuit(StrEnum):
    """How the care was paid, which decides what to send (H139–H147, M102–M110)."""

    NOTHING_ADVANCED = "tiers_payant"
    TELETRANSMITTED = "teletransmission"
    PAPER = "papier"
    NOT_COVERED = "hors_securite_sociale"

    @property
    def label(self) -> str:
        """The case, as the guide names it.

        >>> Circuit.NOTHING_ADVANCED.label
        'Télétransmission et tiers payant'
        """
        return _CIRCUITS[self][0]

    @property
    def advice(self) -> tuple[str, ...]:
        """What the guide says of the case: what the member pays, what they send (H140–H147, M103–M110)."""
        return _CIRCUITS[self][1:]


_CIRCUITS: Mapping[Circuit, tuple[str, ...]] = {
    Circuit.NOTHING_ADVANCED: (
        "Télétransmission et tiers payant",
        "Le professionnel de santé est payé directement\u00a0: vous n’avancez rien.",
        "Vous n’avez aucun document à envoyer.",
    ),
    Circuit.TELETRANSMITTED: (
        "Télétransmission seule",
        "Vous payez le professionnel de santé\u00a0; votre caisse nous transmet son décompte.",
        "Envoyez la facture acquittée.",
    ),
    Circuit.PAPER: (
        "Ni télétransmission, ni tiers payant",
        "Vous payez le professionnel de santé, et votre caisse ne nous transmet rien.",
        "Envoyez le décompte de la Sécurité sociale, la facture acquittée et, s’il y en a une, la prescription.",
    ),
    Circuit.NOT_COVERED: (
        "Soin que la Sécurité sociale ne rembourse pas",
        "Par exemple\u00a0: chambre particulière, médicament non remboursable, médecine douce.",
        "Envoyez la facture acquittée et, s’il y en a une, la prescription.",
    ),
}


def circuit_of(*, covered_by_statutory: bool, third_party_payment: bool, teletransmission: bool) -> Circuit:
    """Which of the four cases of the guide a care line falls in.

    Source: guide-entreprise and guide-salarie, « Modalités de remboursement », H139–H147, M102–M110.

    >>> circuit_of(covered_by_statutory=True, third_party_payment=False, teletransmission=True).value
    'teletransmission'
    """
    if not covered_by_statutory:
        return Circuit.NOT_COVERED
    if third_party_payment and teletransmission:
        return Circuit.NOTHING_ADVANCED
    return Circuit.TELETRANSMITTED if teletransmission else Circuit.PAPER


def for_claim(circuits: set[Circuit], *, prescribed: bool, about: str) -> tuple[RequiredDocument, ...]:
    """The documents a claim needs, over all its lines (H148).

    ``circuits`` are the cases of its lines; ``prescribed`` says that the care was prescribed.

    >>> [one.kind.value for one in for_claim({Circuit.PAPER}, prescribed=False, about="x")]
    ['facture_acquittee', 'decompte_securite_sociale']
    """
    needed: list[RequiredDocument] = []
    to_send = circuits - {Circuit.NOTHING_ADVANCED}
    if to_send:
        reason = "Vous avez réglé ce soin\u00a0: la facture doit porter la mention «\u00a0acquittée\u00a0»."
        needed.append(RequiredDocument(kind=DocumentKind.RECEIPTED_INVOICE, about=about, reason=reason))
    if Circuit.PAPER in to_send:
        reason = "Sans télétransmission, nous ne recevons pas votre décompte\u00a0: téléchargez-le sur ameli.fr."
        needed.append(RequiredDocument(kind=DocumentKind.STATUTORY_STATEMENT, about=about, reason=reason))
    if prescribed and to_send & {Circuit.PAPER, Circuit.NOT_COVERED}:
        reason = "Ce soin a été prescrit\u00a0: la prescription justifie sa prise en charge."
        needed.append(RequiredDocument(kind=DocumentKind.PRESCRIPTION, about=about, reason=reason))
    return tuple(needed)


def invoice_asked_from(act: Act, care_on: date) -> date:
    """The first day on which the invoice of télétransmitted care is asked for: the scheme's flow settles it before.

    The flow says too little of glasses, teeth and hearing aids: their invoice is asked for at once. The days are those
    of ``claim.flow.wait``. Source: A10 (case 2 of the guide, H142, M105).

    >>> from chalicelib.domain.acts import catalogue
    >>> str(invoice_asked_from(catalogue()["G"], date(2026, 3, 2)))
    '2026-03-17'
    >>> str(invoice_asked_from(catalogue()["OPT-B"], date(2026, 3, 2)))
    '2026-03-02'
    """
    if act.form is not Form.OTHER or act.site is not None or act.renewal is not None:
        return care_on
    return care_on + timedelta(days=int(parameter("claim.flow.wait", on=care_on).value))


def for_estimate(about: str) -> tuple[RequiredDocument, ...]:
    """What an estimate is made for: the devis itself (M61).

    >>> [one.kind.value for one in for_estimate("x")]
    ['devis']
    """
    reason = "L’estimation porte sur ce devis\u00a0: il doit nommer le professionnel, les actes et les prix."
    return (RequiredDocument(kind=DocumentKind.QUOTE, about=about, reason=reason),)


def for_employee(about: str) -> tuple[RequiredDocument, ...]:
    """What the employee sends to be affiliated (dossier 5.1)."""
    rights = "Elle confirme votre numéro de sécurité sociale et votre régime\u00a0; téléchargez-la sur ameli.fr."
    bank = "Il confirme le compte sur lequel vos remboursements seront versés."
    return (
        RequiredDocument(kind=DocumentKind.RIGHTS_ATTESTATION, about=about, reason=rights),
        RequiredDocument(kind=DocumentKind.BANK_DETAILS, about=about, reason=bank),
    )


def for_dependant(
    relationship: Relationship, birth_date: date, *, on: date, about: str
) -> tuple[RequiredDocument, ...]:
    """What proves that a person is a dependant, decided on the day the cover would start (dossier 5.2, M53, M54).

    >>> [d.kind.value for d in for_dependant(Relationship.CHILD, date(2000, 1, 1), on=date(2026, 1, 1), about="x")]
    ['livret_famille', 'certificat_situation']
    """
    match relationship:
        case Relationship.SPOUSE:
            proofs = [(DocumentKind.FAMILY_RECORD, "Il atteste votre mariage.")]
        case Relationship.PACS_PARTNER:
            proofs = [(DocumentKind.PACS_CERTIFICATE, "Il atteste votre PACS (moins de trois mois).")]
        case Relationship.COHABITANT:
            proofs = [(DocumentKind.COHABITATION_PROOF, "Il atteste votre vie commune.")]
        case Relationship.CHILD:
            proofs = [(DocumentKind.FAMILY_RECORD, "Il atteste la filiation.")]
            if is_adult(birth_date, on):
                reason = "Votre enfant est majeur\u00a0: scolarité, apprentissage ou inscription à France Travail."
                proofs.append((DocumentKind.SITUATION_CERTIFICATE, reason))
    return tuple(RequiredDocument(kind=kind, about=about, reason=reason) for kind, reason in proofs)


def for_certificate(about: str, *, respond_by: str) -> tuple[RequiredDocument, ...]:
    """What prolongs the cover of an adult child (dossier 5.2, M53).

    ``respond_by`` is the last day that is covered without it, written out.

    >>> [one.kind.value for one in for_certificate("x", respond_by="31 octobre 2026")]
    ['certificat_situation']
    """
    reason = (
        "Scolarité, apprentissage ou inscription à France Travail\u00a0: sans ce certificat, "
        f"votre enfant n’est plus couvert après le {respond_by}."
    )
    return (RequiredDocument(kind=DocumentKind.SITUATION_CERTIFICATE, about=about, reason=reason),)


def for_portability(about: str, *, respond_by: str) -> tuple[RequiredDocument, ...]:
    """What justifies that a former employee keeps the cover (dossier 5.5, H79).

    ``respond_by`` is the last day, written out. Source: CSS L911-8.

    >>> [one.kind.value for one in for_portability("x", respond_by="31 mai 2026")]
    ['attestation_france_travail']
    """
    reason = (
        f"Elle confirme que vous êtes indemnisé par l’assurance chômage\u00a0; envoyez-la au plus tard le {respond_by}."
    )
    return (RequiredDocument(kind=DocumentKind.UNEMPLOYMENT_ATTESTATION, about=about, reason=reason),)
