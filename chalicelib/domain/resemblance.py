"""Care that is claimed beside what was paid or claimed already: the same person, act, day and price, or the same file.

Care may be right twice a day, so what resembles another claim is only put before a person; what the scheme's flow has
settled is known line by line, and is not claimed again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from chalicelib.domain.claim import Claim, ClaimLine
from chalicelib.domain.reimbursement import Reimbursement
from chalicelib.domain.request import FileState, Request
from chalicelib.domain.required_documents import TITLES

FLOW = "flow"

Care = tuple[str, date, int]


def standing(decomptes: Iterable[Reimbursement]) -> list[Reimbursement]:
    """The décomptes that still count: neither taken back by a negative twin, nor such a twin."""
    listed = list(decomptes)
    undone = {one.reverses for one in listed if one.reverses}
    return [one for one in listed if one.reverses is None and one.reimbursement_id not in undone]


def holding(
    line: ClaimLine, beneficiary_id: str, decomptes: Sequence[Reimbursement], *, by_flow: bool
) -> Reimbursement | None:
    """The décompte that holds the very care of a line, from the scheme's flow or from a claim."""
    own = (one for one in decomptes if one.beneficiary_id == beneficiary_id and (one.source == FLOW) is by_flow)
    return next(
        (one for one in own if any((done.act, done.care_on, done.expense_cents) == _care(line) for done in one.lines)),
        None,
    )


def settled_by_flow(line: ClaimLine, beneficiary_id: str, decomptes: Sequence[Reimbursement]) -> Reimbursement | None:
    """The flow's décompte that holds care of the act and the day of a line, whatever its price."""
    told = (one for one in decomptes if one.beneficiary_id == beneficiary_id and one.source == FLOW)
    care = (line.act, line.care_on)
    return next((one for one in told if any((done.act, done.care_on) == care for done in one.lines)), None)


def like_decomptes(claim: Claim, decomptes: Sequence[Reimbursement], *, by_flow: bool) -> tuple[str, ...]:
    """A sentence for each line of a claim that the scheme's flow, or another claim, has been paid for."""
    found = ((line, holding(line, claim.beneficiary_id, decomptes, by_flow=by_flow)) for line in claim.lines)
    return tuple(
        f"Les soins du {line.care_on:%d/%m/%Y} ressemblent à ceux du décompte n°\u00a0{one.number}."
        for line, one in found
        if one
    )


def like_claims(claim: Claim, others: Mapping[str, Request]) -> tuple[str, ...]:
    """A sentence for each line that stands in another open claim too; ``others`` are those, by their short names."""
    return tuple(
        f"Les soins du {line.care_on:%d/%m/%Y} ressemblent à ceux de la demande {name}."
        for line in claim.lines
        for name, other in others.items()
        if other.claim is not None
        and other.claim.beneficiary_id == claim.beneficiary_id
        and _care(line) in {_care(one) for one in other.claim.lines}
    )


def same_files(request: Request, others: Mapping[str, Request]) -> tuple[str, ...]:
    """A sentence for each file of a claim that another open claim holds too, whatever it is called there."""
    return tuple(
        f"Le fichier envoyé comme «\u00a0{TITLES[file.kind]}\u00a0» est aussi joint à la demande {name}."
        for file in request.attachments
        for name, other in others.items()
        if file.state is FileState.ACCEPTED and file.sha256 in {one.sha256 for one in other.attachments if one.sha256}
    )


def _care(line: ClaimLine) -> Care:
    return line.act, line.care_on, line.expense_cents
