# SPDX-License-Identifier: Apache-2.0
# l7trace in an image:  docker build -t l7trace .
#   docker run --rm --privileged --pid=host l7trace watch --name mysqld
# docs/containers.md has the capabilities that do instead of --privileged.
#
# SDK is where it is built: Debian with the .NET SDK that global.json names. BASE is what it runs on: any image with glibc.
ARG SDK=mcr.microsoft.com/dotnet/sdk:10.0-bookworm-slim
ARG BASE=debian:bookworm-slim

FROM ${SDK} AS build
WORKDIR /src
# Compilers first: they change less often than the sources.
COPY scripts/apt-install scripts/deps scripts/dotnet scripts/lib.sh scripts/
COPY global.json ./
RUN apt-get update && scripts/deps build && rm -rf /var/lib/apt/lists/*
COPY . .
RUN make build

FROM ${BASE}
LABEL org.opencontainers.image.title="l7trace" \
      org.opencontainers.image.description="Shows the MySQL and HTTP traffic of running programs, in the clear and in TLS, with latency, without touching them" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /src/bin/l7trace /usr/local/bin/l7trace
COPY deploy/container-entrypoint /usr/local/bin/container-entrypoint
ENTRYPOINT ["/usr/local/bin/container-entrypoint"]
CMD ["--help"]
