"""`python dev.py tag`: the tag that a number has in the audit trail.

It asks for the number and for the key of the app, so that neither stands in the history of a shell. The key is the Key
Vault secret `audit-key`, or the bytes of the blob `records/app-key` in a file.
"""

import base64
import getpass
import hashlib
import hmac
import sys
from pathlib import Path

import phonenumbers

from sandbox.command import Parser, run

_TAG_BYTES = 8


def main() -> None:
    parser = Parser(prog="dev.py tag", description="The tag that a number has in the audit trail.")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help="the blob records/app-key, without audit-key")
    path: Path | None = parser.parse_args().key_file
    try:
        key = getpass.getpass("Secret audit-key: ").encode() if path is None else path.read_bytes()
        print(tag(getpass.getpass("Number, with + and country code: "), key))
    except EOFError:
        sys.exit("dev.py tag: the key and the number are asked for, and there was no answer")
    except OSError as exc:
        sys.exit(f"dev.py tag: the key cannot be read: {exc}")
    except phonenumbers.NumberParseException:
        sys.exit("dev.py tag: this is no number with + and country code")


def tag(text: str, key: bytes) -> str:
    """Raises NumberParseException, which does not repeat the text."""
    number = phonenumbers.parse(text, None)
    national = phonenumbers.national_significant_number(number)
    extension = f"x{number.extension}" if number.extension else ""
    message = f"number\0+{number.country_code} {national}{extension}"
    digest = hmac.digest(key, message.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:_TAG_BYTES]).rstrip(b"=").decode()


if __name__ == "__main__":
    run(main)
