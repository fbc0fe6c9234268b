#!/usr/bin/env bash
# What this app's pipelines do at @{ choice.platform | capitalize }; the build lies in its folders already.
#   preview NAME        puts it under an address of its own, and prints that
#   remove NAME         removes every deploy of that preview
#   sweep PREFIX        removes the previews PREFIX… whose branch is gone
<% if choice.standalone %>
#   release             unseen first, checked, then live, checked again; else what was live stays so
#   rollback [RELEASE]  that release live again; without an id, the one before the live one
<% endif %>
# Standard output is for the next step, everything else goes to standard error.
set -euo pipefail
shopt -s inherit_errexit

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

note() {
    printf '%s\n' "$*" >&2
}

need() {
    local name
    for name in "$@"; do
        [[ -n ${!name:-} ]] || fail "$name is not set for this job: see the head of the CI's own file"
    done
}

# pick EXPRESSION: what a JavaScript expression makes of the JSON on standard input, as `data`.
pick() {
    node -e "
        const data = JSON.parse(require('node:fs').readFileSync(0, 'utf8') || 'null');
        const found = $1;
        if (found !== undefined && found !== null) console.log([found].flat().join('\n'));
    "
}

# slug TEXT: as a part of a host's name.
slug() {
    printf '%s' "$1" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9' - | cut -c 1-30 | sed 's/^-*//; s/-*$//'
}

# answers URL [BUILD]: whether the app answers there, and as that build; tried for a minute.
answers() {
    local url=${1%/}@{ project.served and "/api/health" or "/" } build=${2:-} said='' tries
    for ((tries = ${CHECK_TRIES:-30}; tries > 0; tries--)); do
        if said=$(curl --silent --show-error --fail --location --max-time 10 ${letting_in[@]+"${letting_in[@]}"} "$url" 2>&1); then
            if [[ -z $build || $said == *"$build"* ]]; then return 0; fi
            said="another build: ${said:0:200}"
        fi
        sleep 2
    done
    note "$url: $said"
    return 1
}
<% if choice.standalone %>

# migrate: whatever is missing; only where this job knows a database.
migrate() {
<% if project.database %>
    if [[ -n ${DEPLOY_MIGRATE_DATABASE_URL:-} ]]; then
        DATABASE_URL=${DEPLOY_DATABASE_URL:-} MIGRATE_DATABASE_URL=$DEPLOY_MIGRATE_DATABASE_URL npm run --silent migrate >&2
    fi
<% else %>
    :
<% endif %>
}
<% endif %>

<% include "scripts/" ~ choice.platform ~ ".sh" %>

preview() {
    local name
    name=$(slug "$1")
<% if choice.standalone %>
    migrate
<% endif %>
    stage_preview "$name"
}

remove() {
    local name id ids
    name=$(slug "$1")
    ids=$(previews "$name")
    for id in $ids; do
        delete "$id"
        note "removed $id of $name"
    done
}

# Branches that are gone have no preview any more. Their names are compared as previews are called.
sweep() {
    local known='' branch name names
    while IFS=$'\t' read -r _ branch; do
        known+=" $(slug "$1-${branch#refs/heads/}") "
    done < <(git ls-remote --heads origin)
    [[ -n $known ]] || fail "origin tells of no branch: nothing was removed"
    names=$(all_previews | sort -u)
    for name in $names; do
        if [[ $name == "$1"-* && $known != *" $name "* ]]; then remove "$name"; fi
    done
}
<% if choice.standalone %>

release() {
    local before staged id url site build=''
<% if project.database %>
    need DEPLOY_DATABASE_URL DEPLOY_MIGRATE_DATABASE_URL
<% endif %>
<% if project.served %>
    build=$(pick data.build <dist/build.json)
<% endif %>
    before=$(live)
    staged=$(stage)
    [[ -n $staged ]] || fail "the new release did not get ready; ${before:-nothing} stays live"
    id=${staged%% *}
    url=${staged#* }
    # Before the check: a release is made for the schema that comes with it.
    migrate || withdraw "$id" "the migrations failed; ${before:-nothing} stays live"
    answers "$url" "$build" || withdraw "$id" "the new release does not answer; ${before:-nothing} stays live"
    switch "$id"
    site=$(address)
    letting_in=()
    if ! answers "$site" "$build"; then
        [[ -n $before ]] || fail "$id is live and does not answer; nothing was live before it"
        switch "$before"
        fail "$id was live and did not answer; $before is live again (the database stays migrated)"
    fi
    note "$id is live; before: ${before:-nothing}"
    printf '%s\n' "$site"
}

# withdraw ID WHY: a release that never was live leaves nothing behind.
withdraw() {
    delete "$1" || note "$1 could not be removed"
    fail "$2"
}

rollback() {
    local before site to=${1:-}
    before=$(live)
    [[ -n $to ]] || to=$(previous "$before")
    [[ -n $to ]] || fail "there is no release before ${before:-nothing}; nothing was changed"
    switch "$to"
    site=$(address)
    letting_in=()
    if ! answers "$site"; then
        switch "$before"
        fail "$to does not answer; $before is live again"
    fi
    note "$to is live; before: $before (the database stays as it is)"
    printf '%s\n' "$site"
}
<% endif %>

letting_in=()
prepare
case ${1:-} in
preview | remove | sweep) "$1" "${2:?a name is missing}" ;;
<% if choice.standalone %>
release) release ;;
rollback) rollback "${2:-}" ;;
<% endif %>
*) fail "Usage: bash @{ scripts }/hosting.sh @{ "preview | remove | sweep | release | rollback" if choice.standalone else "preview | remove | sweep" }" ;;
esac
