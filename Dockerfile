# One image for every service: `rorc ingest`, `rorc api`, `rorc analytics`, `rorc dashboards`, `rorc migrate`.
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/rorc
COPY requirements.txt ./
RUN /opt/rorc/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml requirements.in README.md LICENSE ./
COPY services ./services
COPY dashboards ./dashboards
COPY migrations ./migrations
RUN /opt/rorc/bin/pip install --no-cache-dir --no-deps .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin rorc \
    && mkdir -p /data/warehouse /data/snapshots \
    && chown -R rorc:rorc /data
COPY --from=build /opt/rorc /opt/rorc
ENV PATH=/opt/rorc/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    RORC_DATA_DIR=/data \
    RORC_HOST=0.0.0.0 \
    RORC_LOG_FORMAT=json
USER rorc
WORKDIR /data
EXPOSE 8000
ENTRYPOINT ["rorc"]
CMD ["--help"]
