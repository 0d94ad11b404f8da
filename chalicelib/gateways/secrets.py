"""Encrypted fields: sealed with a KMS data key, found again by a hash that only KMS can make.

A sealed text is base64 of an AWS Encryption SDK message; the field's name is bound to it, so that a sealed NIR cannot
be passed off as a sealed IBAN.
"""

import base64
from functools import cache
from typing import Any

from chalicelib import settings
from chalicelib.gateways.aws import client

KEY_AGE_SECONDS = 600.0
KEY_USES = 1000


@cache
def _materials() -> tuple[Any, Any]:
    import botocore.session  # noqa: PLC0415 - it comes with the next one
    from aws_encryption_sdk import (  # noqa: PLC0415 - 60 ms that only some requests need
        CachingCryptoMaterialsManager,
        CommitmentPolicy,
        EncryptionSDKClient,
        LocalCryptoMaterialsCache,
        StrictAwsKmsMasterKeyProvider,
    )

    session = botocore.session.Session()
    session.set_config_variable("region", settings.region())
    provider = StrictAwsKmsMasterKeyProvider(key_ids=[settings.fields_key()], botocore_session=session)
    manager = CachingCryptoMaterialsManager(
        master_key_provider=provider,
        cache=LocalCryptoMaterialsCache(capacity=100),
        max_age=KEY_AGE_SECONDS,
        max_messages_encrypted=KEY_USES,
    )
    return EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT), manager


def seal(text: str, *, field: str) -> str:
    """Encrypt the text of a field."""
    from aws_encryption_sdk.identifiers import Algorithm  # noqa: PLC0415 - as in _materials

    sdk, manager = _materials()
    sealed, _ = sdk.encrypt(
        source=text.encode(),
        materials_manager=manager,
        algorithm=Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
        encryption_context={"field": field},
    )
    return base64.b64encode(sealed).decode()


def unseal(sealed: str, *, field: str) -> str:
    """Decrypt the text of a field.

    Errors: ``ValueError`` when the text was sealed for another field.
    """
    sdk, manager = _materials()
    text, header = sdk.decrypt(source=base64.b64decode(sealed), materials_manager=manager)
    if header.encryption_context.get("field") != field:
        raise ValueError(f"this text was not sealed as {field}")
    return str(text.decode())


def lookup_hash(text: str, *, field: str) -> str:
    """The keyed hash by which an encrypted field is found; the key never leaves KMS."""
    answer = client("kms").generate_mac(
        KeyId=settings.lookup_key(), MacAlgorithm="HMAC_SHA_256", Message=f"{field}\0{text}".encode()
    )
    return bytes(answer["Mac"]).hex()
