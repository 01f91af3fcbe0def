# syntax=docker/dockerfile:1
# One file on a small Debian: docker build -t fangd . && docker run -e FANGD_API_KEY=… -p 4545:4545 -v fangd:/data fangd
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc libc6-dev binutils libsqlite3-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY scripts scripts
COPY src src
# Without the repository's history git cannot tell the commit: docker build --build-arg GIT_SHA=$(git rev-parse --short=12 HEAD)
ARG GIT_SHA=unknown
RUN scripts/publish.sh "--property:GitSha=$GIT_SHA"

# Newer than the build stage, so that its glibc is too. OpenSSL and certificates for providers over TLS, time zones for schedules;
# the shell that is there anyway is what agents with shell_exec are given.
FROM debian:trixie-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates libssl3t64 tzdata && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin fangd && install -d -o fangd -g fangd -m 750 /data
COPY --from=build /src/dist/fangd /usr/local/bin/fangd
ENV FANGD_HOME=/data
# Reachable from outside the container, so the daemon refuses to start until FANGD_API_KEY is set.
ENV FANGD_LISTEN=0.0.0.0:4545
EXPOSE 4545
VOLUME /data
USER fangd
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 CMD ["/usr/local/bin/fangd", "health"]
# SIGTERM drains; a run that streams has ten seconds.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/fangd"]
CMD ["start"]
