"""The directory of hospitals that agents keep: one verified address for each FINESS (M71)."""

from functools import partial

from chalicelib import clock
from chalicelib.domain.errors import NotFound
from chalicelib.domain.hospital import Hospital, HospitalEntry, HospitalState
from chalicelib.storage import hospitals
from chalicelib.storage.transaction import Transaction, retry_stale

PAGE = 50


def listed(state: HospitalState, *, after: str | None) -> tuple[list[Hospital], str | None]:
    """One page of the hospitals in a state, by city and name, and where the next page begins."""
    return hospitals.page_in(state, after=after, limit=PAGE)


def record(finess: str, *, name: str, city: str, email: str, agent_id: str) -> Hospital:
    """Add a hospital or change its entry; another address is not written to before it is verified."""
    return retry_stale(partial(_record, finess, name, city, email, agent_id))


def _record(finess: str, name: str, city: str, email: str, agent_id: str) -> Hospital:
    known = hospitals.get(finess)
    now = clock.now()
    if known is not None:
        return _keep(known.changed(name=name, city=city, email=email, at=now, agent_id=agent_id))
    entry = HospitalEntry(at=now, agent_id=agent_id, event="added", email=email)
    added = Hospital(
        finess=finess,
        name=name,
        city=city,
        email=email,
        state=HospitalState.TO_VERIFY,
        recorded_by=agent_id,
        history=(entry,),
    )
    return _keep(added)


def verify(finess: str, *, email: str, proof: str, agent_id: str) -> Hospital:
    """Record that an address is the hospital's, with what proves it; by another agent than the one who recorded it.

    Errors: ``NotFound``; ``Conflict`` when the address is another one by now, was retired, or is one's own record.
    """

    def attempt() -> Hospital:
        return _keep(_known(finess).verified(email=email, proof=proof, at=clock.now(), agent_id=agent_id))

    return retry_stale(attempt)


def retire(finess: str, *, reason: str, agent_id: str) -> Hospital:
    """Send nothing more to a hospital's address; what was sent stays.

    Errors: ``NotFound``.
    """

    def attempt() -> Hospital:
        return _keep(_known(finess).retired(reason=reason, at=clock.now(), agent_id=agent_id))

    return retry_stale(attempt)


def _known(finess: str) -> Hospital:
    found = hospitals.get(finess)
    if found is None:
        raise NotFound
    return found


def _keep(hospital: Hospital) -> Hospital:
    with Transaction() as transaction:
        hospitals.save(transaction, hospital)
    return hospital
