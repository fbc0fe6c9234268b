#!/usr/bin/env bash
# Makes the roles and the database that tests need, in the throwaway PostgreSQL that PGHOST and
# PGUSER name: app_owner has the tables; app, as which the server runs, owns nothing.
set -euo pipefail
shopt -s inherit_errexit

# A variable of the whole project would hide the one that the tests bring, and be tested upon.
for name in DATABASE_URL MIGRATE_DATABASE_URL; do
    if [[ ${!name} != *"@$PGHOST:$PGPORT/app" ]]; then
        echo "$name names another database than the throwaway one: rename that variable in this CI" >&2
        exit 1
    fi
done

for ((tries = 60; tries > 1; tries--)); do
    if psql --no-psqlrc --dbname postgres --command 'select 1' >/dev/null 2>&1; then break; fi
    sleep 1
done
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres <<'SQL'
create role app_owner login;
create role app login;
create database app owner app_owner;
SQL
