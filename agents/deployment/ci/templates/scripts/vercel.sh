# --- Vercel. Its client reads VERCEL_TOKEN, VERCEL_ORG_ID and VERCEL_PROJECT_ID itself.

prepare() {
    need VERCEL_TOKEN VERCEL_ORG_ID VERCEL_PROJECT_ID
    export VERCEL_TELEMETRY_DISABLED=1
    if [[ -n ${VERCEL_AUTOMATION_BYPASS_SECRET:-} ]]; then
        # By a file, since arguments of a program are there for everyone to see.
        header=$(mktemp)
        trap 'rm -f "$header"' EXIT
        printf 'x-vercel-protection-bypass: %s\n' "$VERCEL_AUTOMATION_BYPASS_SECRET" >"$header"
        letting_in=(--header "@$header")
    fi
}

vercel() {
    npx --yes @{ client } "$@"
}
<% if not project.served %>

# assemble: the build as Vercel takes it.
assemble() {
    rm -rf .vercel/output
    mkdir -p .vercel/output
    cp -R @{ project.output } .vercel/output/static
    echo '{"version":3}' >.vercel/output/config.json
}
<% endif %>

stage_preview() {
<% if not project.served %>
    assemble
<% endif %>
    vercel deploy --prebuilt --yes --meta "preview=$1"
}

# list ARGUMENTS…: deployments as JSON, at most a hundred.
list() {
    vercel list --yes --format json --limit 100 "$@"
}

previews() {
    list --meta "preview=$1" | pick 'data.deployments.map((one) => one.url)'
}

# Of the hundred newest deployments.
all_previews() {
    list | pick 'data.deployments.flatMap((one) => one.meta?.preview ?? [])'
}

delete() {
    vercel remove "$1" --yes >&2
}
<% if choice.standalone %>

project() {
    vercel api "/v9/projects/$VERCEL_PROJECT_ID?teamId=$VERCEL_ORG_ID"
}

live() {
    project | pick data.targets?.production?.id
}

address() {
    project | pick '"https://" + data.targets.production.alias[0]'
}

# stage: uploads it without a domain; its id and address. Its client would wait for the domain.
stage() {
    local url
<% if not project.served %>
    assemble
<% endif %>
    url=$(vercel deploy --prebuilt --prod --skip-domain --no-wait --yes --meta "release=$(git rev-parse --short HEAD)")
    vercel inspect "$url" --wait --timeout 10m --format json | pick 'data.readyState === "READY" ? data.id + " https://" + data.url : undefined'
}

# The first deployment of a project is live by itself.
switch() {
    if [[ $(live) != "$1" ]]; then vercel promote "$1" --yes >&2; fi
}

# previous ID: the newest release of these pipelines that is older than that one.
previous() {
    local at
    at=$(vercel inspect "$1" --format json | pick data.createdAt)
    list --environment production --status READY |
        pick "data.deployments.filter((one) => one.meta?.release && one.createdAt < $at).sort((a, b) => b.createdAt - a.createdAt)[0]?.url"
}
<% endif %>
