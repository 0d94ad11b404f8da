"""What each person finds in their space once the story has been lived."""

from local.demo.cast import (
    AGENT,
    BOULANGERIES,
    CAMILLE,
    CASTAGNE,
    COLLEAGUE,
    JEANNE,
    KERBRAT,
    MEMBERS,
    MENUISERIE,
    PATRICK,
)
from local.demo.scene import Scene
from local.demo.sign_ins import Sight, SignIn, agent, employer, member


def who_signs_in(scene: Scene) -> list[SignIn]:
    """Everybody who can sign in, space by space."""
    return [*_employers(scene), *_members(scene), *_agents(scene)]


def _employers(scene: Scene) -> list[SignIn]:
    menuiserie, boulangeries = scene.company(KERBRAT, MENUISERIE), scene.company(CASTAGNE, BOULANGERIES)
    return [
        employer(
            KERBRAT,
            "Menuiserie Kerbrat et ses deux filiales, santé et prévoyance\u00a0; toutes les affiliations",
            Sight("Accueil\u00a0: ce qui attend les ressources humaines", f"{menuiserie}/home"),
            Sight(
                "Cotisations\u00a0: santé payée, prévoyance en demeure, santé à payer", f"{menuiserie}/contributions"
            ),
            Sight("Salaires\u00a0: un mois n’est pas déclaré, la prévoyance attend", f"{menuiserie}/salaries"),
            Sight("Démarches\u00a0: un arrêt de travail attend ses pièces", f"{menuiserie}/requests"),
        ),
        employer(
            CASTAGNE,
            "Boulangeries Castagné, santé\u00a0; numéros adhérents à 7 chiffres",
            Sight("Cotisations\u00a0: un prélèvement rejeté, un autre annoncé", f"{boulangeries}/contributions"),
            Sight("Le mandat signé en ligne", f"{boulangeries}/bank-details"),
        ),
    ]


def _members(scene: Scene) -> list[SignIn]:
    return [
        member(
            CAMILLE,
            "Une famille de quatre, des remboursements et des demandes de toutes sortes",
            Sight("Accueil\u00a0: ce qui attend Camille", "/member/home"),
            Sight("Remboursements, sur demande ou par télétransmission, dont une correction", "/member/reimbursements"),
            Sight("Démarches\u00a0: une estimation, une prise en charge hospitalière accordée", "/member/requests"),
            Sight("Ce qu’il reste des garanties", "/member/balances"),
        ),
        member(
            MEMBERS["Sofiane Haddad"],
            "Un gestionnaire lui a demandé une ordonnance",
            Sight("Démarches\u00a0: l’ordonnance à envoyer", "/member/requests"),
            Sight("Télétransmission acceptée par sa caisse", "/member/teletransmission"),
        ),
        member(MEMBERS["Hervé Tanguy"], "Prévoyance seule\u00a0: ni remboursements, ni carte"),
        member(
            PATRICK,
            "Sans télétransmission\u00a0; un virement est revenu, son nouveau compte servira dans quelques jours",
            Sight("Accueil\u00a0: le virement revenu", "/member/home"),
            Sight("Changement de compte, dans son délai de 72 heures", "/member/bank-details"),
        ),
        member(
            JEANNE,
            "Partie de l’entreprise, en portabilité avec sa fille",
            Sight("Ses garanties, gardées jusqu’à leur terme", "/member/beneficiaries"),
        ),
        member(
            scene.people["Joseph Fabre"]["numero_adherent"],
            "Joseph Fabre, connu sans adresse, que la gestion a enregistrée ensuite",
        ),
    ]


def _agents(scene: Scene) -> list[SignIn]:
    mireille = scene.people["Mireille Le Bihan"]["numero_adherent"]
    return [
        agent(
            AGENT,
            f"Des démarches à décider\u00a0; Mireille Le Bihan (nᵒ\u00a0{mireille}) n’a pas d’adresse enregistrée",
            Sight("Démarches à traiter, dont une prise en charge pour un hôpital inconnu", "/backoffice/queue"),
            Sight("Décomptes à examiner\u00a0: personne inconnue, acte inconnu", "/backoffice/flows"),
            Sight("Un trop-perçu après correction", "/backoffice/flows?queue=overpaid"),
            Sight("Virements bloqués", "/backoffice/stopped-payments"),
            Sight("Prélèvements rejetés", "/backoffice/rejected-debits"),
            Sight("Entrée d’argent sans référence", "/backoffice/bank-movements"),
            Sight("Impayés\u00a0: une lettre recommandée à envoyer", "/backoffice/dunning"),
            Sight("Contrats qui n’ont pas pu être appelés", "/backoffice/contribution-run"),
            Sight("Fichiers de virements pour la banque", "/backoffice/payment-batches"),
            Sight("Annuaire des hôpitaux", "/backoffice/hospitals"),
        ),
        agent(COLLEAGUE, "Son collègue, qui confirme les accords d’au moins 1\u00a0000\u00a0€"),
    ]
