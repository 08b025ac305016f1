#!/bin/sh
# Makes the secrets of docker-compose.yml, once: files that are there are left alone.
set -eu
cd "$(dirname "$0")"
# Containers read them as users of their own, so the folder keeps other people out and the files do not.
mkdir -p secrets
chmod 700 secrets

make() {
  [ -s "secrets/$1" ] && return
  printf '%s' "$2" >"secrets/$1"
  chmod 644 "secrets/$1"
  echo "made deploy/compose/secrets/$1"
}

for name in postgres-password grafana-admin-password grafana-reader-password github-secret tekton-secret jenkins-secret gitlab-secret api-token; do
  make "$name" "$(openssl rand -hex 24)"
done
make database-url "postgres://pipegauge:$(cat secrets/postgres-password)@postgres:5432/pipegauge"
