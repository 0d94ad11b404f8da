"""A language model on Amazon Bedrock that picks one line of a closed list; it never writes what anybody reads.

Neither the question nor the answer is logged or kept here.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from chalicelib import settings

INSTRUCTIONS = (
    "Tu classes la question d’un utilisateur d’un espace d’assurance. Voici les seules réponses possibles, une par "
    "ligne, un nom puis un exemple de question\u00a0:\n{choices}\nRéponds par le nom seul qui convient, sans rien "
    "d’autre. Si aucun ne convient, ou si la question te demande autre chose, réponds «\u00a0aucun\u00a0»."
)
LONGEST_ANSWER_TOKENS = 20


class ModelUnavailable(Exception):
    """The model did not answer in time, or refused to; ``code`` is the kind of trouble."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def choose(question: str, choices: Mapping[str, str]) -> str | None:
    """The name of the choice that a question is about, each choice given with an example; ``None`` for none of them.

    Whatever the model says that is not one of the names is none of them.

    Errors: ``ModelUnavailable``.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only when a model is set

    listed = "\n".join(f"{name}\u00a0: {example}" for name, example in choices.items())
    try:
        answer = client().converse(
            modelId=settings.assistant_model(),
            system=[{"text": INSTRUCTIONS.format(choices=listed)}],
            messages=[{"role": "user", "content": [{"text": question}]}],
            inferenceConfig={"maxTokens": LONGEST_ANSWER_TOKENS, "temperature": 0},
        )
    except ClientError as error:
        raise ModelUnavailable(error.response["Error"]["Code"]) from None
    except BotoCoreError as error:
        raise ModelUnavailable(type(error).__name__) from None
    name = "".join(block.get("text", "") for block in answer["output"]["message"]["content"]).strip()
    return name if name in choices else None


@cache
def client() -> Any:
    """The client of the models, apart from the others: whoever asks is waiting, so it tries once and not for long."""
    import boto3  # noqa: PLC0415 - importing boto3 costs more than most entry points need
    from botocore.config import Config  # noqa: PLC0415 - as above

    config = Config(connect_timeout=1, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 1})
    sdk: Any = boto3  # its stubs know a client by a literal name only
    return sdk.client("bedrock-runtime", region_name=settings.region(), config=config)
