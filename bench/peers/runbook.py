"""The runbook's call pattern, written anew: three calls a user, one by one, the last two digits compared.

With `--threads 16` the users are shared out among that many threads, each with a session of its own.
"""

import argparse
import json
import os
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import requests

V1, BETA = "https://graph.microsoft.com/v1.0", "https://graph.microsoft.com/beta"
_TIMEOUT_S = 60


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    warm_up, names = json.load(sys.stdin)
    token = sign_in()
    own = threading.local()

    def one(upn: str) -> str:
        if not hasattr(own, "session"):
            own.session = new_session(token)
        return reconcile(own.session, upn)

    with ThreadPoolExecutor(options.threads) as pool:
        list(pool.map(one, warm_up))
        began = time.perf_counter()
        done = Counter(pool.map(one, names))
    print(json.dumps({"seconds": time.perf_counter() - began, "done": done}))


def sign_in() -> str:
    answer = requests.post(
        f"https://login.microsoftonline.com/{os.environ['TENANT_ID']}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": os.environ["CLIENT_ID"],
            "client_secret": os.environ["CLIENT_SECRET"],
            "scope": "https://graph.microsoft.com/.default",
        },
        timeout=_TIMEOUT_S,
    )
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def new_session(token: str) -> requests.Session:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    return session


def reconcile(session: requests.Session, upn: str) -> str:
    """What was done for this user."""
    named = quote(f"userPrincipalName eq '{upn}'")
    select = "id,userPrincipalName,onPremisesExtensionAttributes"
    found = call(session, "GET", f"{V1}/users?$filter={named}&$select={select}")["value"]
    wanted = found[0]["onPremisesExtensionAttributes"]["extensionAttribute15"] if found else None
    if not wanted:
        return "skipped"
    methods_url = f"/users/{found[0]['id']}/authentication/phoneMethods"
    methods = call(session, "GET", f"{V1}{methods_url}")["value"]
    mobile = next((method for method in methods if method["phoneType"] == "mobile"), None)
    body = {"phoneNumber": wanted, "phoneType": "mobile"}
    if mobile is None:
        call(session, "POST", f"{V1}{methods_url}", body)
        return "added"
    if mobile["phoneNumber"][-2:] == wanted[-2:]:
        return "kept"
    call(session, "PUT", f"{BETA}{methods_url}/{mobile['id']}", body)
    return "updated"


def call(session: requests.Session, method: str, url: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    answer = session.request(method, url, json=body, timeout=_TIMEOUT_S)
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document


if __name__ == "__main__":
    main()
