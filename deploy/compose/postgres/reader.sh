#!/bin/sh
# Runs once, when PostgreSQL makes its database: a user for Grafana that reads everything and changes nothing.
set -eu
password=$(cat "${READER_PASSWORD_FILE:-/run/secrets/grafana-reader-password}")
psql --set ON_ERROR_STOP=1 --set password="$password" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role grafana_reader login password :'password' in role pg_read_all_data;
alter role grafana_reader set default_transaction_read_only = on;
SQL
