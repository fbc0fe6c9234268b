"""CI/CD files of an app for GitHub, GitLab and CircleCI. Pure, but for `writing`.

`project` is what a folder has, `choice` what its owner asks for, `rendering` gives the files by
path, `pins` the exact versions they name, `needed` what a person has to set at the provider.
"""
