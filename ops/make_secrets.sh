#!/bin/sh
# Makes the files that docker-compose.yml reads secrets from, in ./secrets. What is there already stays as it is.
# Only the owner gets into the folder; the files in it can be read by all, or the container's own user could not.
set -eu
cd "$(dirname "$0")/.."
mkdir -p secrets
chmod 700 secrets

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { # keep NAME VALUE
  [ -e "secrets/$1" ] || printf '%s' "$2" >"secrets/$1"
  chmod 644 "secrets/$1"
}

keep database_password "$(random)"
keep database_url "postgresql://brobygger:$(cat secrets/database_password)@db:5432/brobygger"
keep webhook_secret "$(random)"
keep grafana_password "$(random)"
# Without it nobody can be written to: keep a copy apart from the backups (docs/operating.md).
keep address_key "$(head -c 64 /dev/urandom | base64 | tr -d '\n')"
# Empty: not in use. Write the secret into the file, without a line below it, and start anew.
for name in telegram_token smtp_url oidc_client_secret machine_key rasa_token address_key_old; do keep "$name" ""; done
