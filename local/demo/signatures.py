"""Changes of bank details, as people make them: the account, the RIB, the code that comes by SMS (H81–H87, M85–M89)."""

from local.demo.cast import BOULANGERIES, CASTAGNE, PATRICK
from local.demo.scene import Event, Scene
from local.demo.sign_ins import PASSWORD
from local.demo.visitor import Visitor

CASTAGNE_MOBILE = "06 39 98 00 41"
CASTAGNE_ACCOUNT = {"iban": "FR7620041010050005811177797", "holder": "Boulangeries Castagné"}
PATRICK_MOBILE = "06 39 98 00 57"
PATRICK_ACCOUNT = {"iban": "FR7620041010050005902847356", "holder": "Patrick Sallès"}


class Signatures:
    """Who changes their account."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def openings(self) -> list[Event]:
        """A mandate signed at the beginning."""
        return [(43, self._sign_mandate)]

    def events(self) -> list[Event]:
        """Another account of a member, still waiting for the end of its delay."""
        return [(2, self._change_account)]

    def _sign_mandate(self) -> None:
        """The Boulangeries Castagné choose to be debited."""
        hr = self._scene.hr(CASTAGNE)
        profile = {"display_name": "Nadia Belkacem", "mobile": CASTAGNE_MOBILE, "password": PASSWORD}
        hr.call("PUT", "/employer/profile", profile)
        self._sign(hr, self._scene.company(CASTAGNE, BOULANGERIES), CASTAGNE_ACCOUNT, CASTAGNE_MOBILE)

    def _change_account(self) -> None:
        """Patrick, whose transfer came back, names another account, used once three days have passed."""
        patrick = self._scene.member(PATRICK)
        patrick.call("PUT", "/member/account/mobile", {"mobile": PATRICK_MOBILE, "password": PASSWORD})
        code = self._code_sent_to(PATRICK_MOBILE)
        patrick.call("POST", "/member/account/mobile/confirmation", {"code": code})
        self._sign(patrick, "/member", PATRICK_ACCOUNT | {"use": "remboursements"}, PATRICK_MOBILE)

    def _sign(self, who: Visitor, space: str, account: dict[str, str], mobile: str) -> None:
        key = {"Idempotency-Key": f"demo-rib-{mobile.replace(' ', '')}"}
        asked = who.call("POST", f"{space}/bank-details", account, **key)
        who.send_papers(f"{space}/requests/{asked['request_id']}/uploads", asked["missing"])
        self._scene.stack.drain()
        path = f"{space}/bank-details/{asked['request_id']}"
        who.call("POST", f"{path}/signature-code")
        who.call("POST", f"{path}/signature", {"code": self._code_sent_to(mobile)})

    def _code_sent_to(self, mobile: str) -> str:
        self._scene.stack.drain()
        return self._scene.anybody.code_sent_to(mobile)
