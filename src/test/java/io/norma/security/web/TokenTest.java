package io.norma.security.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.norma.service.Exchange;
import io.norma.service.ExchangeValidator;
import io.norma.service.RunningService;
import io.norma.service.ServiceClient;
import io.norma.store.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens of an issuer that publishes its keys as OpenID Connect has it. */
final class TokenTest {
  @TempDir private static Path directory;

  private static HttpServer issuer;
  private static String address;
  private static RSAKey key;
  private static RSAKey foreign;
  private static RunningService service;
  private static ServiceClient client;

  @BeforeAll
  static void start() throws IOException, JOSEException {
    key = new RSAKeyGenerator(2048).keyID("now").generate();
    foreign = new RSAKeyGenerator(2048).keyID("now").generate();
    issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    address = "http://localhost:" + issuer.getAddress().getPort();
    serve(
        "/.well-known/openid-configuration",
        """
        {"issuer": "%s", "jwks_uri": "%s/keys", "subject_types_supported": ["public"]}
        """
            .formatted(address, address));
    serve("/keys", new JWKSet(key.toPublicJWK()).toString());
    issuer.start();
    service =
        RunningService.start(
            directory,
            TestDatabase.H2.url(directory),
            "--norma.security.mode=authenticated",
            "--norma.security.models-claim=models",
            "--spring.security.oauth2.resourceserver.jwt.issuer-uri=" + address,
            "--spring.security.oauth2.resourceserver.jwt.audiences=norma");
    client =
        new ServiceClient(
            service
                .context()
                .getEnvironment()
                .getRequiredProperty("local.server.port", Integer.class));
  }

  private static void serve(String path, String json) {
    issuer.createContext(
        path,
        exchange -> {
          byte[] body = json.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
  }

  @AfterAll
  static void stop() {
    service.close();
    issuer.stop(0);
  }

  private static JWTClaimsSet claims(UnaryOperator<JWTClaimsSet.Builder> change) {
    Instant now = Instant.now();
    return change
        .apply(
            new JWTClaimsSet.Builder()
                .issuer(address)
                .audience("norma")
                .subject("alice")
                .claim("scope", "openid norma:admin")
                .claim("models", List.of("*"))
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(Duration.ofMinutes(5)))))
        .build();
  }

  private static String signed(RSAKey by, UnaryOperator<JWTClaimsSet.Builder> change)
      throws JOSEException {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(by.getKeyID()).build(), claims(change));
    token.sign(new RSASSASigner(by));
    return token.serialize();
  }

  private static String token(UnaryOperator<JWTClaimsSet.Builder> change) throws JOSEException {
    return signed(key, change);
  }

  private static Exchange get(String path, String token) {
    return client.send("GET", path, Map.of("Authorization", "Bearer " + token), null);
  }

  private static void requireUnknown(String token) {
    Exchange refused = get("/v1/models", token);
    assertThat(refused.status()).as(refused.text()).isEqualTo(401);
    assertThat(refused.header("WWW-Authenticate"))
        .contains("Bearer realm=\"norma\", error=\"invalid_token\"");
  }

  @Test
  void letsInByScopes() throws JOSEException {
    assertThat(get("/v1/keys", token(it -> it)).status()).isEqualTo(200);
    String infer = token(it -> it.claim("scope", "infer profile"));
    assertThat(get("/v1/models", infer).status()).isEqualTo(200);
    Exchange refused = get("/v1/keys", infer);
    assertThat(refused.status()).isEqualTo(403);
    assertThat(ExchangeValidator.reason(refused))
        .isEqualTo("this needs scope admin; 'oidc:alice' has infer");
    Exchange none = get("/v1/models", token(it -> it.claim("scope", List.of("profile", "norma"))));
    assertThat(none.status()).isEqualTo(403);
    assertThat(ExchangeValidator.reason(none)).contains("has none of Norma's");
    assertThat(get("/v1/keys", token(it -> it.claim("scope", List.of("norma:admin")))).status())
        .isEqualTo(200);
  }

  @Test
  void bindsToModels() throws JOSEException {
    String bound = token(it -> it.claim("models", "resnet* vgg16"));
    assertThat(get("/v2/models/vgg16", bound).status()).isEqualTo(404);
    assertThat(get("/v2/models/digits", bound).status()).isEqualTo(403);
    assertThat(get("/v2/models/digits", token(it -> it.claim("models", null))).status())
        .isEqualTo(403);
    requireUnknown(token(it -> it.claim("models", List.of("a/b"))));
  }

  @Test
  void namesItsHolder() throws JOSEException {
    Exchange made =
        client.send(
            "POST",
            "/v1/keys",
            Map.of("Authorization", "Bearer " + token(it -> it)),
            "{\"name\": \"by token\", \"scopes\": [\"infer\"]}".getBytes(StandardCharsets.UTF_8));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    assertThat(made.json().path("created_by").asString()).isEqualTo("oidc:alice");
    String madeKey = made.json().path("key").asString();
    assertThat(get("/v1/models", madeKey).status()).isEqualTo(200);
  }

  @Test
  void refusesWhatTheIssuerDidNotSignForThisServiceAndNow() throws JOSEException {
    Instant now = Instant.now();
    requireUnknown(token(it -> it.issuer("http://localhost:1")));
    requireUnknown(token(it -> it.audience("another")));
    requireUnknown(token(it -> it.audience((String) null)));
    requireUnknown(
        token(it ->
            it.issueTime(Date.from(now.minusSeconds(900)))
                .expirationTime(Date.from(now.minusSeconds(300)))));
    requireUnknown(token(it -> it.notBeforeTime(Date.from(now.plusSeconds(300)))));
    requireUnknown(token(it -> it.subject(null)));
    requireUnknown(signed(foreign, it -> it));
    requireUnknown(new PlainJWT(claims(it -> it)).serialize());
    String good = token(it -> it);
    requireUnknown(good.substring(0, good.length() - 6) + "AAAAAA");
    requireUnknown("norma");
  }

  /** What would be right for a service that takes a public key for a shared secret. */
  @Test
  void refusesWhatIsSignedWithThePublicKeyAsASecret() throws JOSEException {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("now").build(), claims(it -> it));
    token.sign(new MACSigner(key.toRSAPublicKey().getEncoded()));
    requireUnknown(token.serialize());
  }

  @Test
  void passesOverTokensWhereNobodyIsAsked() {
    assertThat(get("/v2/health/live", "wrong").status()).isEqualTo(200);
  }
}
