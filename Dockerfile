# The service in a container: built by the same script as everywhere, run as a user of its own on plain Debian 12.
FROM debian:12 AS build
COPY . /source
WORKDIR /source
RUN ./run --build-only

FROM debian:12-slim
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends ca-certificates libargon2-1 libboost-json1.81.0 libcrypt1 \
        libcurl4 libfmt9 libhiredis0.14 libpq5 libspdlog1.10 libsqlite3-0 libssl3 libstdc++6 libunistring2 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/watchword --create-home watchword \
    && chmod 700 /var/lib/watchword
COPY --from=build /source/build/release/watchword /usr/bin/watchword
USER watchword
WORKDIR /var/lib/watchword
VOLUME /var/lib/watchword
# A container's own loopback reaches nobody, and its log is its standard error.
ENV LISTEN=0.0.0.0:8000 LOG_FILE=off
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/watchword"]
