# Shared by the scripts in this folder: how they ask azd, write a secret, and stop.

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

for tool in az azd; do
  command -v "$tool" >/dev/null || die "$tool is not installed. docs/deploy.md names what you need."
done

default() {
  sed -n "s/.*\"\${$1=\(.*\)}\".*/\1/p" "$here/main.parameters.json"
}

# A setting of the azd environment. For a missing or empty one, the default in main.parameters.json, as azd does.
setting() {
  value=$(azd env get-value "$1" 2>/dev/null) || value=
  [ -n "$value" ] || value=$(default "$1")
  printf '%s' "$value"
}

# choice NAME VALUES: a setting that has one of these values, spelled exactly like that, as the webhook takes it.
choice() {
  value=$(setting "$1")
  case " $2 " in
    *" $value "*) printf '%s' "$value" ;;
    *) die "$1 is $value, but must be one of: $2. Change it: azd env set $1 <value>" ;;
  esac
}

# What a deployment made.
output() {
  value=$(azd env get-value "$1" 2>/dev/null) || value=
  [ -n "$value" ] || die "The azd environment has no $1. Run 'azd up' first, or choose another one with 'azd env select'."
  printf '%s' "$value"
}

lower() {
  printf '%s' "$1" | tr A-Z a-z
}

# az has a default subscription of its own, and each azd environment has another one. In the wrong one az finds nothing.
same_subscription() {
  wanted=$(azd env get-value AZURE_SUBSCRIPTION_ID 2>/dev/null) || wanted=
  [ "$wanted" ] || return 0
  chosen=$(az account show --query id --output tsv) || die "The Azure CLI is not signed in. Run: az login"
  [ "$(lower "$chosen")" = "$(lower "$wanted")" ] ||
    die "The Azure CLI works in the subscription $chosen, but the azd environment is in another one. Run: az account set --subscription $wanted"
}

in_days() {
  moment=$(($(date +%s) + $1 * 86400))
  date -u -d "@$moment" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r "$moment" +%Y-%m-%dT%H:%M:%SZ
}

# is_future DATE: a day that exists and has not begun, as YYYY-MM-DD.
is_future() {
  case $1 in
    2[0-9][0-9][0-9]-0[13578]-[0-3][0-9] | 2[0-9][0-9][0-9]-1[02]-[0-3][0-9]) last=31 ;;
    2[0-9][0-9][0-9]-0[469]-[0-3][0-9] | 2[0-9][0-9][0-9]-11-[0-3][0-9]) last=30 ;;
    2[0-9][0-9][0-9]-02-[0-2][0-9])
      last=28 year=${1%%-*}
      if [ $((year % 4)) = 0 ] && { [ $((year % 100)) != 0 ] || [ $((year % 400)) = 0 ]; }; then last=29; fi
      ;;
    *) return 1 ;;
  esac
  [ "${1##*-}" -ge 1 ] && [ "${1##*-}" -le "$last" ] && [ "$(printf '%s' "$1" | tr -d -)" -gt "$(date -u +%Y%m%d)" ]
}

# random_secret FILE
random_secret() {
  od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$1"
  [ -s "$1" ] || die "This computer made no random secret: od could not read /dev/urandom."
}

# Name and expiry date of each secret, one a line. The list leaves out soft-deleted ones, and the query disabled ones: nobody
# can use them, and writing one again enables it.
list_secrets() {
  az keyvault secret list --vault-name "$vault" --query "[?attributes.enabled].[name, attributes.expires]" --output tsv ||
    die "The secrets of $vault could not be listed. You need the role Key Vault Secrets Officer on it; a new role takes some minutes. Are you signed in (az login)?"
}

# Key Vault ignores case in names.
has_secret() {
  printf '%s\n' "$secrets" | cut -f1 | grep -Fqix -- "$1"
}

# write_secret NAME FILE [EXPIRY DATE]. A file, because everyone on this machine can read a command line.
write_secret() {
  az keyvault secret set --vault-name "$vault" --name "$1" --file "$2" --encoding utf-8 ${3:+--expires "$3"} --output none ||
    die "The secret $1 was not written. If somebody deleted it before, recover it first: az keyvault secret recover --vault-name $vault --name $1"
}

private_folder() {
  umask 077
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  # PIPE too: not every shell runs the EXIT trap when the reader of its output is gone.
  trap 'exit 1' HUP INT PIPE TERM
}
