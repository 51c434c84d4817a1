"""Reconciles users by name and prints one line for each. Waits if the list became a job, and fails if that did not
come to its end. Needs `pip install requests`.

    python reconcile.py https://<app>.azurewebsites.net/api users.txt [--dry-run]

users.txt has one userPrincipalName or object id in each line. The environment holds FUNCTION_KEY and HANDSHAKE.
"""

import os
import sys
import time

import requests


def reconcile(url: str, users: list[str], *, dry_run: bool) -> tuple[list[dict[str, str]], str | None]:
    """The results, and why the job did not come to its end: users who are `planned` have not been changed then."""
    headers = {"x-functions-key": os.environ["FUNCTION_KEY"], "Message": os.environ["HANDSHAKE"]}
    with requests.Session() as session:
        session.headers.update(headers)
        query = {"dryRun": "true"} if dry_run else {}
        answer = session.post(f"{url}/reconcile", json=users, params=query, timeout=230, allow_redirects=False)
        if answer.status_code != 202:
            return checked(answer)["results"], None
        page = answer.json()["resultUrl"]
        results: list[dict[str, str]] = []
        while page:
            answer = session.get(page, timeout=60, allow_redirects=False)
            if answer.status_code == 202:  # the job has not ended
                time.sleep(int(answer.headers.get("Retry-After", "5")))
                continue
            body = checked(answer)
            results += body["results"]
            page = body["nextLink"]
        return results, failure(body)


def checked(answer: requests.Response) -> dict:
    """The body, or an end with what the webhook says about its refusal."""
    if not answer.ok or answer.is_redirect:
        sys.exit(f"HTTP {answer.status_code}: {answer.text or 'no body: is the function key right?'}")
    return dict(answer.json())


def failure(job: dict) -> str | None:
    """A limit or READ_ONLY stopped the job, a service was away for too long, or somebody cancelled it."""
    if "error" in job:
        return f"{job['error']['code']}: {job['error']['detail']}"
    return "The job was cancelled." if job["status"] == "cancelled" else None


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        names = [line.strip() for line in file if line.strip()]
    results, why = reconcile(sys.argv[1].rstrip("/"), names, dry_run="--dry-run" in sys.argv[3:])
    for result in results:
        print(result["status"], result["code"], result["userPrincipalName"], sep="\t")
    sys.exit(why)
