"""Turns rows of EntraMfaPrefillinator into the CSV that POST /api/set takes.

    python prefillinator.py rows.csv contoso.com US > values.csv

Its rows are employeeNumber, userName, emailAddress, phoneNumber, homePhoneNumber. It looked users up by the first two.
Here userName becomes <userName>@<domain> unless it has a domain. It read numbers without a country code as +1. Here you
say the region, and the webhook refuses what is not valid there. Needs `pip install phonenumbers`.
"""

import csv
import sys

import phonenumbers


def converted(row: dict[str, str], domain: str, region: str) -> dict[str, str]:
    """A number that is not valid in the region stays as it is, so that the webhook names it with its user."""

    def number(text: str) -> str:
        try:
            return phonenumbers.format_number(phonenumbers.parse(text, region), phonenumbers.PhoneNumberFormat.E164)
        except phonenumbers.NumberParseException:
            return text

    name = row["userName"] if "@" in row["userName"] else f"{row['userName']}@{domain}"
    return {"UPN": name, "Mobile": number(row["phoneNumber"]), "AlternateMobile": number(row["homePhoneNumber"])}


if __name__ == "__main__":
    path, domain, region = sys.argv[1:]
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [converted(row, domain, region) for row in csv.DictReader(file)]
    writer = csv.DictWriter(sys.stdout, ["UPN", "Mobile", "AlternateMobile"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
