"""The platform `vercel`: projects, variables, prebuilt deployments by the digests of their files.

`platform` is the port's Remote, `api` speaks to https://api.vercel.com, `files` is what goes
there, `transfer` sends it.
"""
