# --- Netlify. Variables of the site have to be the same in all its contexts: a release is first a
# draft, and keeps what it got then.

prepare() {
    need NETLIFY_AUTH_TOKEN NETLIFY_SITE_ID
}

netlify() {
    npx --yes @{ client } "$@"
}

# call OPERATION JSON: an operation of Netlify's API.
call() {
    netlify api "$1" --data "$2"
}

stage_preview() {
    netlify deploy --no-build@{ "" if project.served else " --dir " ~ project.output } --json --alias "$1" --message "preview $1" | pick data.deploy_url
}

# deploys EXPRESSION: over every page of the site's list, with one deploy as `one`.
deploys() {
    local page found count
    for ((page = 1; page <= 20; page++)); do
        found=$(call listSiteDeploys "{\"site_id\":\"$NETLIFY_SITE_ID\",\"per_page\":100,\"page\":$page}")
        pick "data.flatMap((one) => $1)" <<<"$found"
        count=$(pick data.length <<<"$found")
        if ((count < 100)); then break; fi
    done
}

previews() {
    deploys "one.title === 'preview $1' ? one.id : []"
}

all_previews() {
    deploys "/^preview /.test(one.title ?? '') ? one.title.slice(8) : []"
}

delete() {
    call deleteDeploy "{\"deploy_id\":\"$1\"}" >/dev/null
}
<% if choice.standalone %>

live() {
    call getSite "{\"site_id\":\"$NETLIFY_SITE_ID\"}" | pick data.published_deploy?.id
}

address() {
    call getSite "{\"site_id\":\"$NETLIFY_SITE_ID\"}" | pick 'data.ssl_url || data.url'
}

# stage: uploads it unseen; its id and address.
stage() {
    netlify deploy --no-build@{ "" if project.served else " --dir " ~ project.output } --json --message "release $(git rev-parse --short HEAD)" |
        pick 'data.deploy_id + " " + data.deploy_url'
}

switch() {
    call restoreSiteDeploy "{\"site_id\":\"$NETLIFY_SITE_ID\",\"deploy_id\":\"$1\"}" >/dev/null
}

# previous ID: the newest release that was live and is older than that one.
previous() {
    local at
    at=$(call getSiteDeploy "{\"site_id\":\"$NETLIFY_SITE_ID\",\"deploy_id\":\"$1\"}" | pick data.created_at)
    deploys "/^release /.test(one.title ?? '') && one.published_at && one.created_at < '$at' ? one.created_at + ' ' + one.id : []" |
        sort | tail -n 1 | cut -d ' ' -f 2
}
<% endif %>
