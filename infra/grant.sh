#!/bin/sh
# Grants the webhook the Microsoft Graph permissions that its settings need, checks them, and lists any that it does not need.
#
#   sh infra/grant.sh [--all-methods] [--report] [--what-if]
#
# --all-methods: also for e-mail and other methods in /api/provision and GET /api/users/{user}/methods.
# --report: also for what POST /api/report shows of policies and registrations.
# You need the Entra role Privileged Role Administrator; for a service account, Cloud Application Administrator is enough.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=infra/common.sh
. "$here/common.sh"

what_if='' all_methods='' report=''
for option in "$@"; do
  case $option in
    --what-if) what_if=yes ;;
    --all-methods) all_methods=yes ;;
    --report) report=yes ;;
    *) die "grant.sh does not know $option. It knows --all-methods, --report and --what-if." ;;
  esac
done

mode=$(choice GRAPH_AUTH 'service_account client_secret managed_identity')
protect=$(choice PROTECT_ADMINISTRATORS 'auto on off')
if [ "$protect" = auto ]; then
  if [ "$mode" = service_account ]; then protect=off; else protect=on; fi
fi

needed=User.Read.All
if [ "$all_methods" ] || [ "$(setting EMAIL_ATTRIBUTE)" ]; then
  needed="$needed UserAuthenticationMethod.ReadWrite.All"
else
  needed="$needed UserAuthMethod-Phone.ReadWrite.All"
fi
if [ "$protect" = on ]; then needed="$needed RoleManagement.Read.Directory"; fi
if [ "$protect" = on ] || [ "$(setting PROTECTED_GROUP_ID)$(setting ALLOWED_GROUP_ID)" ] || [ "$report" ]; then
  needed="$needed GroupMember.Read.All"
fi
if [ "$report" ]; then
  case $needed in *RoleManagement*) ;; *) needed="$needed RoleManagement.Read.Directory" ;; esac
  needed="$needed AuditLog.Read.All Policy.Read.AuthenticationMethod"
fi

graph_app=00000003-0000-0000-c000-000000000000
graph=$(az ad sp show --id "$graph_app" --query id --output tsv) ||
  die "Microsoft Graph's service principal could not be read. Are you signed in (az login)?"

grant_delegated() {
  # The consent for everyone. Users' own ones stay as they are.
  consent=$(az ad app permission list-grants --id "$client" \
    --query "[?resourceId=='$graph' && consentType=='AllPrincipals'].[id, scope]" --output tsv) ||
    die "The consents of $client could not be read."
  granted=$(printf '%s' "$consent" | cut -f2 | tr -s ' \t\r\n' ' ')
  missing=
  for name in $needed; do
    case " $granted " in
      *" $name "*) echo "there    $name" ;;
      *) missing="$missing $name" ;;
    esac
  done
  for name in $granted; do
    case " $needed " in *" $name "*) ;; *) echo "extra    $name: not needed by the settings. Keep it if you use --report or --all-methods." ;; esac
  done
  if [ "$missing" ] && [ "$what_if" ]; then
    for name in $missing; do echo "missing  $name: would be granted"; done
  elif [ "$missing" ]; then
    scope=
    for name in $granted $missing; do scope="$scope${scope:+ }$name"; done
    # Not `az ad app permission grant`, which deletes all consents before it makes the new one.
    if [ "$consent" ]; then
      id=$(printf '%s\n' "$consent" | cut -f1 | head -n 1)
      printf '{"scope": "%s"}' "$scope" >"$folder/body.json"
      az rest --method patch --url "$endpoint/v1.0/oauth2PermissionGrants/$id" \
        --headers Content-Type=application/json --body "@$folder/body.json" --output none
    else
      printf '{"clientId": "%s", "consentType": "AllPrincipals", "resourceId": "%s", "scope": "%s"}' \
        "$app" "$graph" "$scope" >"$folder/body.json"
      az rest --method post --url "$endpoint/v1.0/oauth2PermissionGrants" \
        --headers Content-Type=application/json --body "@$folder/body.json" --output none
    fi || die "Microsoft Graph did not confirm the grant. What was granted before still stands. You need the Entra role Cloud Application Administrator, and it must be active now. Then run this again."
    for name in $missing; do echo "granted  $name"; done
  fi
  account_roles='role Privileged Authentication Administrator'
  if [ "$protect" = on ] || [ "$report" ]; then
    # In delegated calls, Graph shows roles, registrations and policies only to an account with a directory role.
    account_roles='roles Privileged Authentication Administrator and Global Reader'
  fi
  echo "The account itself needs the $account_roles: docs/deploy.md has the command."
}

# The names of the application permissions that the identity has, one a line with the id of the assignment.
list_granted() {
  az rest --method get --url "$endpoint/v1.0/servicePrincipals/$app/appRoleAssignments" \
    --query "value[?resourceId=='$graph'].[appRoleId, id]" --output tsv >"$folder/assigned" ||
    die "The permissions of $app could not be read. Is az signed in to the tenant of the azd environment (az account show)?"
  awk -F'\t' 'NR == FNR { name[$1] = $2; next } { print ($1 in name ? name[$1] : $1) "\t" $2 }' "$folder/roles" "$folder/assigned"
}

grant_roles() {
  # By name: the ids differ from cloud to cloud.
  az ad sp show --id "$graph_app" --query "appRoles[?contains(allowedMemberTypes, 'Application')].[id, value]" \
    --output tsv >"$folder/roles" || die "The permissions of Microsoft Graph could not be listed."
  granted=$(list_granted)
  did=
  for name in $needed; do
    role=$(awk -F'\t' -v name="$name" '$2 == name { print $1 }' "$folder/roles")
    [ "$role" ] || die "Microsoft Graph has no application permission $name in this cloud."
    if printf '%s\n' "$granted" | cut -f1 | grep -Fqx -- "$name"; then
      echo "there    $name"
    elif [ "$what_if" ]; then
      echo "missing  $name: would be granted"
    else
      printf '{"principalId": "%s", "resourceId": "%s", "appRoleId": "%s"}' "$app" "$graph" "$role" >"$folder/body.json"
      az rest --method post --url "$endpoint/v1.0/servicePrincipals/$app/appRoleAssignments" \
        --headers Content-Type=application/json --body "@$folder/body.json" --output none ||
        die "$name was not granted. You need the Entra role Privileged Role Administrator, and it must be active now."
      echo "granted  $name"
      did=yes
    fi
  done
  printf '%s\n' "$granted" | while IFS='	' read -r name assignment; do
    case " $needed " in
      *" $name "*) ;;
      *)
        [ "$name" ] || continue
        echo "extra    $name: not needed by the settings. Keep it if you use --report or --all-methods. To remove it:"
        echo "         az rest --method delete --url $endpoint/v1.0/servicePrincipals/$app/appRoleAssignments/$assignment"
        ;;
    esac
  done
  [ "$did" ] || return 0
  granted=$(list_granted)
  for name in $needed; do
    printf '%s\n' "$granted" | cut -f1 | grep -Fqx -- "$name" ||
      die "Microsoft Graph does not show $name yet. Run this again in a minute."
  done
  if [ "$mode" = managed_identity ]; then
    echo "Azure may keep a managed identity's token for up to 24 hours. New permissions may not count before that."
  fi
}

case $mode in
  managed_identity) app=$(output IDENTITY_PRINCIPAL_ID) ;;
  *)
    client=$(output CLIENT_ID)
    app=$(az ad sp show --id "$client" --query id --output tsv) ||
      die "The registration $client has no service principal. Make it: az ad sp create --id $client"
    ;;
esac
endpoint=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv) && [ "$endpoint" ] ||
  die "The Azure CLI does not say which cloud it uses."
endpoint=${endpoint%/}
private_folder
case $mode in
  service_account) grant_delegated ;;
  *) grant_roles ;;
esac
if [ "$what_if" ]; then echo "Nothing was changed."; fi
