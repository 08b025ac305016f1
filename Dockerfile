# syntax=docker/dockerfile:1

# A release pins both images by digest: --build-arg BUILD_IMAGE=node:24-bookworm@sha256:… and RUNTIME_IMAGE likewise. They must be
# of one Debian release: the database driver is compiled in the first and loaded in the second.
ARG BUILD_IMAGE=node:24-bookworm
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
# Compiled here, from the headers that came with Node.js: nothing is downloaded but what the lock file names.
ENV npm_config_build_from_source=true \
    npm_config_nodedir=/usr/local
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
COPY migrations ./migrations
# For `pipegauge --version`: there is no repository here.
ARG REVISION=unknown
ARG CREATED=unknown
# What is left in the end must be able to open a database.
RUN npm run build \
 && npm prune --omit=dev --no-audit --no-fund \
 && node -e "const Database = require('better-sqlite3'); new Database(':memory:').exec('select 1')" \
 && mkdir data

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="Pipegauge" \
      org.opencontainers.image.description="One ledger for the runs of every CI system: native webhooks in, exact Prometheus metrics out." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"
ENV NODE_ENV=production
WORKDIR /app
COPY LICENSE package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/migrations ./migrations
# The only folder that is written to, and where the default database (./pipegauge.db) lands.
COPY --from=build --chown=65532:65532 /app/data /data
WORKDIR /data
VOLUME ["/data"]
USER 65532:65532
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/nodejs/bin/node", "/app/dist/main.js", "healthcheck"]
# The flags of `npm start`.
ENTRYPOINT ["/nodejs/bin/node", "--single-threaded-gc", "--max-semi-space-size=8", "--heap-growing-percent=50", "--no-allocation-site-pretenuring", "/app/dist/main.js"]
