# The image that runs Brobygger: docs/docker.md. `docker build -t brobygger:0.1.0 .`
# Python 3.11 on Debian 12: what the tests run on. Tag and digest of all platforms; raise both together.
FROM python:3.11.13-slim-bookworm@sha256:86adf8dbadc3d6e82ee5dd2c74bec2e1c2467cdad47886280501df722372d2e1 AS packages
WORKDIR /build
COPY pyproject.toml constraints.txt ops/runtime_packages.py ./
# Only what runs, not the tools and tests of constraints.txt; wheels only, each with the hash that stands there.
RUN python runtime_packages.py pyproject.toml constraints.txt > runtime.txt \
    && python -m venv --without-pip /opt/brobygger \
    && python -m pip --python /opt/brobygger/bin/python install --no-cache-dir --disable-pip-version-check \
        --only-binary :all: --require-hashes -r runtime.txt
WORKDIR /srv/brobygger
COPY brobygger brobygger
COPY bot bot
COPY editor editor
COPY content content
COPY broadcasts broadcasts
COPY core core
COPY migrations migrations
RUN /opt/brobygger/bin/python -m compileall -q .

FROM python:3.11.13-slim-bookworm@sha256:86adf8dbadc3d6e82ee5dd2c74bec2e1c2467cdad47886280501df722372d2e1
# True: espeak-ng and opus-tools, for BROBYGGER_ROBOT_VOICE=True.
ARG ROBOT_VOICE=False
# pg_dump for `brobygger backup`. Without versions: Debian keeps one of each package, and a pin would stop the next build.
# hadolint ignore=DL3008,SC2086
RUN apt-get update \
    && voice="" \
    && if [ "$ROBOT_VOICE" = "True" ]; then voice="espeak-ng opus-tools"; fi \
    && apt-get install -y --no-install-recommends postgresql-client $voice \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 brobygger \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/brobygger --shell /usr/sbin/nologin brobygger \
    && install -d -o 10001 -g 10001 -m 750 /var/lib/brobygger
COPY --from=packages /opt/brobygger /opt/brobygger
COPY --from=packages /srv/brobygger /srv/brobygger

ENV PYTHONPATH=/srv/brobygger \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////var/lib/brobygger/brobygger.sqlite3 \
    BROBYGGER_HOST=0.0.0.0 \
    BROBYGGER_PORT=8080
USER 10001:10001
# Nothing else is written to: --read-only with --tmpfs /tmp works.
VOLUME /var/lib/brobygger
WORKDIR /var/lib/brobygger
EXPOSE 8080
# The first start loads the starter library and builds the index before it answers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=300s --retries=3 \
    CMD ["/opt/brobygger/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health', timeout=4)"]
ENTRYPOINT ["/opt/brobygger/bin/python", "-m", "brobygger"]
CMD ["run"]
