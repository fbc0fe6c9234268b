"""The platform `netlify`: sites, variables, deploys by the digests of their files.

`platform` is the port's Remote, `api` speaks to https://api.netlify.com, `files` and `functions`
are what goes there, `transfer` sends it, `publish` makes it live.
"""
