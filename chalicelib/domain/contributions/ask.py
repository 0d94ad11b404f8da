"""What a company asks an agent about a statement: to correct it, or to admit that it is contested (H43, A15)."""

from dataclasses import dataclass

from chalicelib.domain.contributions.actions import ActionKind, CorrectionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionAsk:
    """The action of a statement's trace that an agent answers; ``explanation`` is in the company's words."""

    number: str
    contract_number: str
    action_id: str
    kind: ActionKind
    reason: CorrectionReason | None
    explanation: str
