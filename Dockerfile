# syntax=docker/dockerfile:1
# Heard in a container: docs/install.md. BASE is any image of Debian with Python 3.11; pin it by digest where you build for others.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ARG EXTRAS=postgres
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CONSTRAINT=/src/requirements.lock
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY bot bot
COPY connectors connectors
COPY config config
# Every version is the lock's. Tests that libraries bring along are a tenth of their size, and nothing reads them.
RUN python3 -m venv --without-pip /opt/heard \
 && python3 -m pip --python /opt/heard/bin/python install ".[${EXTRAS}]" \
 && python3 -m pip --python /opt/heard/bin/python uninstall --yes pip \
 && find /opt/heard/lib -type d -name tests -prune -exec rm -r {} +

FROM ${BASE}
LABEL org.opencontainers.image.title="Heard" \
      org.opencontainers.image.description="Self-hosted social listening: mentions scored like press, messages proven with quotes, offer codes counted" \
      org.opencontainers.image.licenses="Apache-2.0"
# The number is fixed, so that a volume made by one image can be read by the next.
RUN groupadd --system --gid 10001 heard \
 && useradd --system --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin heard \
 && install -d -o heard -g heard -m 0700 /data \
 && install -d -m 0755 /etc/heard
COPY --from=build /opt/heard /opt/heard
ENV PATH=/opt/heard/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HEARD_CONFIG=/etc/heard/heard.toml \
    HOME=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["heard", "status", "--healthy"]
ENTRYPOINT ["heard"]
CMD ["run"]
