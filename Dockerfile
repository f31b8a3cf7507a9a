# syntax=docker/dockerfile:1

# The first stage installs what the lock names; nothing that compiles or downloads is left in the second one.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/splittable
COPY requirements/run.txt /tmp/run.txt
RUN /opt/splittable/bin/python -m pip install --require-hashes --requirement /tmp/run.txt
WORKDIR /srv/splittable
COPY pyproject.toml README.md LICENSE ./
COPY app ./app
COPY realtime ./realtime
COPY static ./static
COPY migrations ./migrations
COPY alembic.ini ./
RUN /opt/splittable/bin/python -m pip install --no-deps --no-build-isolation --editable . \
    && /opt/splittable/bin/python -m compileall -q app realtime

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Splittable" \
    org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --home-dir /srv/splittable --shell /usr/sbin/nologin splittable \
    && install --directory --owner=splittable --mode=0700 /data
COPY --from=build /opt/splittable /opt/splittable
COPY --from=build /srv/splittable /srv/splittable
WORKDIR /srv/splittable
ENV PATH=/opt/splittable/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SPLITTABLE_HOST=0.0.0.0 \
    SPLITTABLE_PORT=8000 \
    SPLITTABLE_DATABASE_URL=sqlite+aiosqlite:////data/splittable.sqlite3
USER splittable
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
CMD ["splittable", "serve"]
