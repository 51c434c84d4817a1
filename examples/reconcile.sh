#!/bin/sh
# Reconciles users by name with curl. Secrets are not on the command line, where other users of the machine could see them.
#
#   sh reconcile.sh https://<app>.azurewebsites.net/api users.json
#
# users.json is ["anna.andersson@contoso.com"]. The environment holds FUNCTION_KEY and HANDSHAKE. QUERY is optional, such as
# QUERY='?dryRun=true'. Above 200 users the answer is a job: look at its statusUrl with the same two headers.
set -eu
: "${FUNCTION_KEY:?is not set}" "${HANDSHAKE:?is not set}"
quoted() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }       # within quotation marks in a file of curl's options
curl --silent --show-error --fail-with-body --max-time 230 --config - \
  --header 'Content-Type: application/json' --data-binary "@$2" "$1/reconcile${QUERY:-}" <<EOF
header = "x-functions-key: $(quoted "$FUNCTION_KEY")"
header = "Message: $(quoted "$HANDSHAKE")"
EOF
