# Stands in for the official image: the same configuration path and foreground process.
FROM norma-ci/debian:bookworm
RUN apt-get update && \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends haproxy && \
    rm -rf /var/lib/apt/lists/* && \
    install -d -o haproxy -g haproxy /usr/local/etc/haproxy
USER haproxy
STOPSIGNAL SIGUSR1
ENTRYPOINT ["haproxy"]
CMD ["-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
