#!/bin/sh
# Writes the secrets that the settings need into the vault of the azd environment. It makes handshakes and audit-key, asks
# for the rest, and leaves existing secrets alone. It prints no secret.
#
#   sh infra/secrets.sh [--what-if]
#   sh infra/secrets.sh --rotate NAME [--leaked] [--what-if]
#
# --rotate replaces a secret. The old value works for 14 more days as NAME-previous. With --leaked it stops working, or
# the script says how to end it where only Entra can.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=infra/common.sh
. "$here/common.sh"

what_if='' rotate='' leaked=''
while [ $# -gt 0 ]; do
  case $1 in
    --what-if) what_if=yes ;;
    --rotate) [ "${2:-}" ] || die "--rotate needs the name of a secret."; rotate=$2; shift ;;
    --leaked) leaked=yes ;;
    *) die "secrets.sh does not know $1. It knows --what-if, --rotate NAME and --leaked." ;;
  esac
  shift
done
[ -z "$leaked" ] || [ "$rotate" ] || die "--leaked needs the name of the secret: --rotate NAME --leaked. Nothing was changed."

vault=$(output KEY_VAULT_NAME)
same_subscription
mode=$(choice GRAPH_AUTH 'service_account client_secret managed_identity')
require=$(choice REQUIRE 'handshake signature entra')
allow_explicit=$(choice ALLOW_EXPLICIT_VALUES 'false true')
handshake=$(setting HANDSHAKE_SECRET_NAME)
explicit=$(setting HANDSHAKE_EXPLICIT_SECRET_NAME)
username=$(setting SERVICE_ACCOUNT_USERNAME_SECRET_NAME)
password=$(setting SERVICE_ACCOUNT_PASSWORD_SECRET_NAME)
client_secret=$(setting CLIENT_SECRET_SECRET_NAME)
secrets=$(list_secrets)
private_folder
written=0

say() {
  printf '%-28s %s\n' "$1" "$2"
}

# make NAME [EXPIRY DATE]
make() {
  if [ "$what_if" ]; then
    say "$1" "would be made"
    return
  fi
  random_secret "$folder/value"
  write_secret "$1" "$folder/value" "${2:-}"
  say "$1" "made${2:+, expires ${2%%T*}}"
  written=$((written + 1))
}

ask() {
  if [ "$what_if" ]; then
    say "$1" "would be asked for and written"
    return
  fi
  printf '%s: ' "$1" >&2
  if [ -t 0 ] && [ "$1" != "$username" ]; then
    trap 'stty echo; exit 1' HUP INT TERM
    stty -echo
    IFS= read -r value || true
    stty echo
    trap 'exit 1' HUP INT TERM
    echo >&2
  else
    IFS= read -r value || true
  fi
  [ "$value" ] || die "$1 is empty. Nothing was written for it; run this again."
  if printf '%s' "$value" | LC_ALL=C grep -q '[^ -~]'; then
    die "$1 has a character outside ASCII, which the Azure CLI may change on its way. Write this secret in the portal."
  fi
  expires=
  if [ "$1" != "$username" ]; then
    printf '%s expires on (YYYY-MM-DD, empty: in a year): ' "$1" >&2
    IFS= read -r expires || true
    if [ -z "$expires" ]; then
      expires=$(in_days 365)
    elif is_future "$expires"; then
      expires=${expires}T00:00:00Z
    else
      die "$expires is not a future date like 2030-11-28. Nothing was written for $1; run this again."
    fi
  fi
  printf '%s' "$value" >"$folder/value"
  value=
  write_secret "$1" "$folder/value" "$expires"
  say "$1" "written${expires:+, expires ${expires%%T*}}"
  written=$((written + 1))
}

expiry_of() {
  printf '%s\n' "$secrets" | awk -F'\t' -v name="$1" 'tolower($1) == tolower(name) { print $2 }'
}

# keep NAME: reports an existing secret; false if there is none.
keep() {
  has_secret "$1" || return 1
  expires=$(expiry_of "$1")
  case $expires in
    '' | None) say "$1" "is there" ;;
    *) say "$1" "is there, expires ${expires%%T*}" ;;
  esac
}

# read_secret NAME FILE
read_secret() {
  az keyvault secret download --vault-name "$vault" --name "$1" --file "$folder/$2" --encoding utf-8 --output none ||
    die "The secret $1 could not be read. Nothing was changed."
}

# spare_previous NAME: callers may still use the value before, until its date. The same value again is left over from a run
# that failed half-way.
spare_previous() {
  until=$(expiry_of "$1-previous")
  digits=$(printf '%.19s' "$until" | tr -cd 0-9)
  [ "$digits" ] && [ "$digits" -gt "$(date -u +%Y%m%d%H%M%S)" ] || return 0
  read_secret "$1-previous" before
  cmp -s "$folder/before" "$folder/previous" ||
    die "$1 was rotated already, and callers may use its old value until ${until%%T*}. Another rotation would shut them out. To rotate all the same, run this again after: az keyvault secret set-attributes --vault-name $vault --name $1-previous --enabled false"
}

rotate_generated() {
  previous=$1-previous
  if [ "$leaked" ]; then
    if has_secret "$previous"; then
      # Disabled, not deleted: the name of a deleted secret stays taken for 90 days.
      if [ "$what_if" ]; then
        say "$previous" "would be disabled"
      else
        az keyvault secret set-attributes --vault-name "$vault" --name "$previous" --enabled false --output none ||
          die "The secret $previous was not disabled, and $1 is still the old one."
        say "$previous" "disabled"
        written=$((written + 1))
      fi
    fi
  else
    read_secret "$1" previous
    spare_previous "$1"
    if [ "$what_if" ]; then
      say "$previous" "would become a copy of $1, for 14 days"
    else
      expires=$(in_days 14)
      write_secret "$previous" "$folder/previous" "$expires"
      say "$previous" "copied, expires ${expires%%T*}"
      written=$((written + 1))
    fi
  fi
  make "$1" "$(in_days 365)"
}

# The vault ends only what the webhook itself checks.
say_what_is_left() {
  case $1 in
    "$client_secret")
      client=$(setting CLIENT_ID)
      echo "The leaked value works until you delete it in Entra. To find it: az ad app credential list --id $client"
      echo "To delete it: az ad app credential delete --id $client --key-id <its keyId>"
      ;;
    "$password") echo "The leaked password works until you change it where the account lives. Then revoke the sessions of the account in Entra." ;;
    audit-key) echo "Whoever has the old key can still find the numbers behind the tags that were made with it." ;;
  esac
}

if [ "$rotate" ]; then
  has_secret "$rotate" || die "$vault has no enabled secret $rotate."
  # The spelling of the settings, otherwise small letters: Key Vault ignores case.
  rotate=$(lower "$rotate")
  for name in "$handshake" "$explicit" "$username" "$password" "$client_secret"; do
    [ "$rotate" != "$(lower "$name")" ] || rotate=$name
  done
  case $rotate in
    *-previous) die "The webhook reads $rotate only until it expires. Rotate the secret that it is a copy of." ;;
    "$handshake" | "$explicit" | webhook-caller-*) rotate_generated "$rotate" ;;
    audit-key)
      make audit-key
      echo "Restart the app now: running instances keep the old key."
      ;;
    "$username" | "$password" | "$client_secret") ask "$rotate" ;;
    *) die "The settings name no secret $rotate." ;;
  esac
  if [ "$leaked" ]; then say_what_is_left "$rotate"; fi
else
  is_new=yes
  if [ "$require" = handshake ]; then
    if keep "$handshake"; then is_new=; else make "$handshake" "$(in_days 365)"; fi
    if [ "$allow_explicit" = true ]; then
      keep "$explicit" || make "$explicit" "$(in_days 365)"
    fi
  fi
  if ! keep audit-key; then
    make audit-key
    [ "$is_new" ] || echo "If the webhook was already in use, the same Idempotency-Key now starts another job."
  fi
  case $mode in
    client_secret) asked=$client_secret ;;
    service_account) asked="$username $password $client_secret" ;;
    *) asked= ;;
  esac
  for name in $asked; do
    keep "$name" || ask "$name"
  done
fi

if [ "$what_if" ]; then
  echo "Nothing was changed."
else
  echo "$written written to $vault."
fi
