#!/bin/sh
# Adds a named caller: its function key, its secret and its entry in CALLERS. Prints once what the caller gets.
#
#   sh infra/caller.sh NAME [--rights reconcile,read] [--signed] [--what-if]
#
# If a step fails, fix what the message says and run this again. The secret comes last: once it exists, all is done.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=infra/common.sh
. "$here/common.sh"

name='' rights=reconcile,read signed='' what_if=''
while [ $# -gt 0 ]; do
  case $1 in
    --what-if) what_if=yes ;;
    --signed) signed=yes ;;
    --rights) [ $# -gt 1 ] || die "--rights needs a list such as reconcile,read."; rights=$2; shift ;;
    -*) die "caller.sh does not know $1. It knows --rights LIST, --signed and --what-if." ;;
    *) [ -z "$name" ] || die "One caller at a time: $name or $1?"; name=$1 ;;
  esac
  shift
done
case $name in
  '') die "Name the caller: sh infra/caller.sh helpdesk" ;;
  *[!a-z0-9-]* | webhook-* | *-previous | sweep) die "$name is not a valid caller name. Use lower-case letters, digits and hyphens, but not sweep, webhook-… or …-previous." ;;
esac
[ ${#name} -le 40 ] || die "$name is longer than 40 characters."
[ "$rights" ] || die "Name at least one right, such as reconcile."
case ,$rights, in
  *,,* | *[!A-Za-z,]*) die "$rights is not a right, and not a list of rights such as reconcile,read." ;;
esac
given=,
for right in $(printf '%s' "$rights" | tr ',' ' '); do
  case $right in
    reconcile | read | readFull | explicit | approve | operate) ;;
    *) die "$right is not a right. The rights are reconcile, read, readFull, explicit, approve and operate." ;;
  esac
  case $given in *",$right,"*) die "$right is named twice. Name each right once." ;; esac
  given=$given$right,
done

vault=$(output KEY_VAULT_NAME)
group=$(output AZURE_RESOURCE_GROUP)
app=$(output FUNCTION_APP_NAME)
url=$(output WEBHOOK_URL)
same_subscription
header=$(setting HANDSHAKE_HEADER)
# On one line, whatever wrote it. No text in it holds a line end or a tab.
callers=$(setting CALLERS | tr '\r\n\t' '   ')
secrets=$(list_secrets)
secret=webhook-caller-$name

entry="{\"name\": \"$name\", \"rights\": [\"$(printf '%s' "$rights" | sed 's/,/", "/g')\"]${signed:+, \"signed\": true}}"
is_listed=
# One entry a line: entries hold no other objects.
listed=$(printf '%s' "$callers" | tr '{' '\n' | grep -E "\"name\" *: *\"$name\"") && is_listed=yes

if [ "$is_listed" ]; then
  case $listed in *'"entraObjectId"'*) die "$name is an Entra caller and needs no secret." ;; esac
  echo "$name is already in CALLERS; its entry stays as it is (--rights and --signed are ignored)."
  signed=
  if printf '%s' "$listed" | grep -Eq '"signed" *: *true'; then signed=yes; fi
fi
if [ "$is_listed" ] && has_secret "$secret"; then
  echo "The caller $name already exists. For a new secret: sh infra/secrets.sh --rotate $secret"
  exit 0
fi
if [ -z "$is_listed" ]; then
  [ "$(printf '%s' "$callers" | tr -cd '{' | wc -c)" -lt 100 ] || die "CALLERS has 100 callers, which is the most that the webhook takes. Remove one first."
  case $(printf '%s' "$callers" | tr -d ' ') in
    '[]') longer="[$entry]" ;;
    '['*']') longer="$(printf '%s' "$callers" | sed 's/ *] *$//'), $entry]" ;;
    *) die "CALLERS in the azd environment is not a list. Reset it: azd env set CALLERS '[]'" ;;
  esac
fi

# What azd provision would take from the app: guards and callers that it has from another computer or from the portal.
has=$(az functionapp config appsettings list --resource-group "$group" --name "$app" --query "[].[name, value]" --output tsv) ||
  die "The settings of $app could not be read. Nothing was changed."
tab=$(printf '\t')
has_now() {
  printf '%s\n' "$has" | sed -n "s/^$1$tab//p"
}
lost=
for guard in GRAPH_AUTH READ_ONLY REQUIRE PROTECT_ADMINISTRATORS PROTECTED_GROUP_ID ALLOWED_GROUP_ID; do
  now=$(has_now "$guard")
  if [ "$now" ] && [ "$now" != "$(setting "$guard")" ]; then lost="$lost, $guard"; fi
done
for caller in $(has_now CALLERS | tr '{,' '\n\n' | sed -n 's/.*"name" *: *"\([a-z0-9-]*\)".*/\1/p'); do
  printf '%s' "$callers" | grep -Eq "\"name\" *: *\"$caller\"" || lost="$lost, the caller $caller"
done
[ -z "$lost" ] || die "The app has what this azd environment has not or has otherwise: ${lost#, }. azd provision would overwrite it. If another computer has the newer environment, work with that one. If this one is right, run 'azd provision --no-state', then this again."

if [ "$what_if" ]; then
  [ "$is_listed" ] || echo "would set CALLERS to $longer"
  echo "would run azd provision, make the host key $name and write the secret $secret"
  echo "Nothing was changed."
  exit 0
fi

if [ -z "$is_listed" ]; then
  azd env set CALLERS "$longer" || die "CALLERS was not written to the azd environment. Nothing else was done."
fi
azd provision --no-prompt >&2 || die "azd could not provision. The caller has no key and no secret yet. Fix the fault, then run this again."
key=$(az functionapp keys set --resource-group "$group" --name "$app" --key-type functionKeys --key-name "$name" \
  --query value --output tsv) || die "The function app made no key for $name. Run this again."
private_folder
random_secret >"$folder/value"
expires=$(in_days 365)
write_secret "$secret" "$folder/value" "$expires"

cat <<SHOWN

Give this to $name over a channel that nobody else can read. It is shown only once.

address       $url
x-functions-key: $key
SHOWN
if [ "$signed" ]; then
  printf 'webhook-caller: %s\nsigning secret  %s\n' "$name" "$(cat "$folder/value")"
else
  printf '%s: %s.%s\n' "$header" "$name" "$(cat "$folder/value")"
fi
printf '\nThe secret expires on %s. The webhook accepts it within a minute.\n' "${expires%%T*}"
