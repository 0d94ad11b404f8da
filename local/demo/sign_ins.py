"""Who can sign in once the story has been lived."""

from dataclasses import dataclass

PASSWORD = "Tisane-Velours-58"


@dataclass(frozen=True, slots=True)
class Sight:
    """Something worth reading in a space: what it shows, and the path of the request that answers it."""

    title: str
    path: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody who can sign in to one of the spaces, what to know about them and what they find there.

    ``path`` is the request that opens a session, ``body`` what it takes.
    """

    space: str
    path: str
    identifier: str
    password: str
    note: str
    sights: tuple[Sight, ...] = ()

    @property
    def body(self) -> dict[str, str]:
        """The JSON body of the request that opens a session."""
        name = "identifier" if self.path.startswith("/access/member/") else "email"
        return {name: self.identifier, "password": self.password}


def employer(email: str, note: str = "", *sights: Sight) -> SignIn:
    """Somebody who signs in to the espace RH."""
    return SignIn("Espace RH", "/access/employer/sessions", email, PASSWORD, note, sights)


def member(identifier: str, note: str = "", *sights: Sight) -> SignIn:
    """Somebody who signs in to their espace personnel."""
    return SignIn("Espace personnel", "/access/member/sessions", identifier, PASSWORD, note, sights)


def agent(email: str, note: str = "", *sights: Sight) -> SignIn:
    """An agent of the insurer."""
    return SignIn("Gestion", "/access/backoffice/sessions", email, PASSWORD, note, sights)
