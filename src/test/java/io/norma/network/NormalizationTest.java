package io.norma.network;

import io.norma.service.TestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The service without models, for tests of what it normalizes; shared by the tests of a run. */
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "norma.models.bundled=false",
      "spring.datasource.url=jdbc:h2:mem:normalization;DB_CLOSE_DELAY=-1"
    })
public abstract class NormalizationTest {
  public static final String BATCH = "/v1/normalizations/batch";

  /** Four rows of two features, (1, 2) to (7, 8): mean (4, 5), population variance (5, 5). */
  public static final String EXAMPLE =
      "\"input\": {\"shape\": [4,2], \"datatype\": \"FP32\", \"data\": [[1,2],[3,4],[5,6],[7,8]]}";

  public final TestClient client;

  public NormalizationTest(@LocalServerPort int port) {
    client = new TestClient(port);
  }
}
