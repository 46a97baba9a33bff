# Norma's image from the jar that `mvn package` leaves in target/. The bases are build arguments:
#   docker build --build-arg JDK_IMAGE=… --build-arg BASE_IMAGE=… -t norma .
ARG JDK_IMAGE=eclipse-temurin:25-jdk
ARG BASE_IMAGE=debian:12-slim

# A Java runtime of the modules that are used, and no more.
FROM ${JDK_IMAGE} AS runtime
RUN jlink \
      --add-modules java.base,java.compiler,java.desktop,java.instrument,java.management,java.management.rmi,java.naming,java.net.http,java.prefs,java.scripting,java.security.jgss,java.sql,jdk.crypto.ec,jdk.incubator.vector,jdk.jcmd,jdk.jfr,jdk.management,jdk.naming.dns,jdk.net,jdk.unsupported,jdk.zipfs \
      --strip-java-debug-attributes --no-header-files --no-man-pages --compress=zip-6 --output /opt/java

# The jar in layers: what seldom changes apart from what often does.
FROM ${JDK_IMAGE} AS layers
WORKDIR /layers
COPY target/norma-*.jar norma.jar
RUN java -Djarmode=tools -jar norma.jar extract --layers --destination extracted && \
    jar --extract --file norma.jar META-INF/sbom/application.cdx.json

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="Norma" \
      org.opencontainers.image.description="Serves batch-normalized neural networks over HTTP, with their running statistics as live data" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 norma && \
    useradd --uid 10001 --gid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin norma && \
    install -d -o norma -g norma /app /data
COPY --from=runtime /opt/java /opt/java
WORKDIR /app
COPY --from=layers /layers/extracted/dependencies/ ./
COPY --from=layers /layers/extracted/spring-boot-loader/ ./
COPY --from=layers /layers/extracted/snapshot-dependencies/ ./
COPY --from=layers /layers/extracted/application/ ./
COPY --from=layers /layers/META-INF/sbom/application.cdx.json ./sbom/norma.cdx.json
ENV PATH=/opt/java/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 \
    SERVER_ADDRESS=0.0.0.0 \
    MANAGEMENT_SERVER_PORT=8081 \
    NORMA_SECURITY_MODE=authenticated \
    NORMA_DATADIRECTORY=/data
# Classes and their links, from a run that answers real requests.
COPY docker/train docker/healthy docker/options /app/
COPY examples/digits/*.json /tmp/digits/
# Without the option for the Vector API's module, which the program then adds by itself, for with it the archive would have
# less: docs/decisions/0051.
RUN sed -i '/^--add-modules/d' /app/options && /app/train /tmp/digits && rm -rf /app/train /tmp/* /data/*
USER 10001:10001
VOLUME /data
# Requests, which need a key; metrics, for those who watch.
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["/app/healthy"]
ENTRYPOINT ["java", "@/app/options", "-XX:SharedArchiveFile=/app/norma.jsa", "-jar", "norma.jar"]
