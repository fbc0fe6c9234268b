#!/usr/bin/env bash
# Usage: bash @{ scripts }/migrations.sh @{ "lint | verify" if choice.standalone else "lint" }
#   lint    what was merged once stays as it is@{ "; new files have both directions, and hold up before squawk" if choice.standalone }
<% if choice.standalone %>
#   verify  on an empty database, each after the other: there, back to the schema before, there again
<% endif %>
set -euo pipefail
shopt -s inherit_errexit

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

lint() {
    local base=${BASE:-origin/@{ choice.branch }} since changed
    if git rev-parse --verify --quiet "$base^{commit}" >/dev/null; then
        since=$(git merge-base "$base" HEAD)
    else
        # The first push of all: there is nothing yet that could have been applied somewhere.
        since=$(git hash-object -t tree /dev/null)
    fi
    changed=$(git diff --no-renames --diff-filter=MDT --name-only "$since" HEAD -- migrations)
    [[ -z $changed ]] || fail "Changed or removed, though it may have been applied: $changed" \
        "Write a new migration instead."
<% if choice.standalone %>
    local folder file names=()
    folder=$(mktemp -d)
    while IFS= read -r file; do
        [[ $file == *.sql ]] || continue
        grep -q '^-- migrate:up' "$file" || fail "$file lacks '-- migrate:up'"
        grep -q '^-- migrate:down' "$file" || fail "$file lacks '-- migrate:down'"
        # squawk would take the way back for a part of the way there.
        awk '/^-- migrate:down/ { exit } { print }' "$file" >"$folder/${file##*/}"
        names+=("$folder/${file##*/}")
    done < <(git diff --no-renames --diff-filter=A --name-only "$since" HEAD -- migrations)
    if ((${#names[@]})); then
        # Left out: what a migration in a transaction cannot do, and matters of taste. Allow a
        # statement by a line above it: -- squawk-ignore RULE
        npx --yes @{ pins.SQUAWK } --assume-in-transaction --exclude \
            require-concurrent-index-creation,require-concurrent-index-deletion,constraint-missing-not-valid,require-lock-timeout,require-statement-timeout,prefer-robust-stmts,prefer-bigint-over-int,prefer-bigint-over-smallint \
            "${names[@]}"
    fi
    rm -r "$folder"
<% endif %>
}
<% if choice.standalone %>

schema() {
    psql "$MIGRATE_DATABASE_URL" --no-psqlrc --quiet --no-align --tuples-only \
        --set ON_ERROR_STOP=1 --file @{ scripts }/schema.sql
}

same() {
    diff <(printf '%s\n' "$1") <(printf '%s\n' "$2") >&2 || fail "$3"
}

# Those that are not yet its turn wait in another folder, and come back whatever happens.
verify() {
    local file before after
    later=$(mktemp -d)
    trap 'mv "$later"/*.sql migrations/ 2>/dev/null || true' EXIT
    for file in migrations/*.sql; do
        mv "$file" "$later"
    done
    for file in "$later"/*.sql; do
        mv "$file" migrations/
        file=${file##*/}
        before=$(schema)
        npm run --silent migrate
        after=$(schema)
        npm run --silent migrate -- down
        same "$before" "$(schema)" "$file: its way back does not restore the schema (> left or changed, < lost)"
        npm run --silent migrate
        same "$after" "$(schema)" "$file: applied again, it gives another schema"
        echo "$file leads back"
    done
}
<% endif %>

case ${1:-} in
lint) lint ;;
<% if choice.standalone %>
verify) verify ;;
<% endif %>
*) fail "Usage: bash @{ scripts }/migrations.sh @{ "lint | verify" if choice.standalone else "lint" }" ;;
esac
