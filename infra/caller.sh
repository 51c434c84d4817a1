#!/bin/sh
# Adds a named caller: its function key, its secret and its entry in CALLERS. Prints, once, what the caller needs.
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
  echo "To see its function key: az functionapp keys list --resource-group $group --name $app --query functionKeys"
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

# What azd provision would overwrite: what the app has from another computer or from the portal. CALLERS has a query of its
# own, because it may stand on several lines. What the app has at its default is not lost when this environment changes it,
# except two whose default protects.
has=$(az functionapp config appsettings list --resource-group "$group" --name "$app" --query "[].[name, value]" --output tsv) &&
  callers_now=$(az functionapp config appsettings list --resource-group "$group" --name "$app" \
    --query "[?name=='CALLERS'].value" --output tsv) ||
  die "The settings of $app could not be read. Nothing was changed."
tab=$(printf '\t')
lost=
for known in $(sed -n 's/.*"${\([A-Z_]*\)=.*/\1/p' "$here/main.parameters.json"); do
  now=$(printf '%s\n' "$has" | sed -n "s/^$known$tab//p")
  case $known in
    CALLERS) continue ;;
    GRAPH_AUTH | PROTECT_ADMINISTRATORS) ;;
    *) [ "$now" != "$(default "$known")" ] || continue ;;
  esac
  [ "$now" ] || continue
  wanted=$(setting "$known")
  if [ "$known" = TENANT_ID ] && [ -z "$wanted" ]; then # main.bicep takes the tenant of the subscription
    wanted=$(az account show --query tenantId --output tsv) || die "The Azure CLI is not signed in. Run: az login"
  fi
  [ "$now" = "$wanted" ] || lost="$lost, $known (the app has $now, this environment ${wanted:-nothing})"
done

# The entries of CALLERS, one a line, without blanks, and with keys and rights in one order. Guess: azd sorts the keys, as Go
# does with those of a map (pkg.go.dev/encoding/json, Marshal).
entries() {
  tr -d ' \r\n\t]{' | tr '[}' ',\n' | while IFS= read -r line; do
    printf '%s\n' "$line" | tr ',' '\n' | grep . | LC_ALL=C sort | tr '\n' ','
    echo
  done
}
name_in() {
  printf '%s\n' "$1" | sed -n 's/.*"name":"\([a-z0-9-]*\)",.*/\1/p'
}
in_app=$(printf '%s' "$callers_now" | entries)
in_environment=$(printf '%s' "$callers" | entries)
for one in $in_app; do
  caller=$(name_in "$one")
  [ -z "$caller" ] || printf '%s\n' "$in_environment" | grep -Fqx -- "$one" || lost="$lost, the caller $caller"
done
[ -z "$lost" ] || die "These settings and callers of the app are missing from this azd environment, or differ in it: ${lost#, }. azd provision would overwrite them. If another computer has the newer environment, work with that one. If the app is right, change this environment with 'azd env set'. If this environment is right, run 'azd provision --no-state', then this again."
new=
for one in $in_environment; do
  caller=$(name_in "$one")
  case $in_app in *"\"name\":\"$caller\","*) continue ;; esac
  [ "$caller" = "$name" ] || new="$new, $caller"
done
[ -z "$new" ] || echo "azd provision will also add these callers: ${new#, }"

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
# `keys set` does not show the key that it makes.
az functionapp keys set --resource-group "$group" --name "$app" --key-type functionKeys --key-name "$name" \
  --only-show-errors --output none || die "The function app made no key for $name. Run this again."
key=$(az functionapp keys list --resource-group "$group" --name "$app" --query "functionKeys.\"$name\"" --output tsv) &&
  [ "$key" ] || die "The function key of $name could not be read. It has no secret yet. Run this again."
private_folder
random_secret "$folder/value"
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
