package io.norma.delivery;

import com.github.dockerjava.api.DockerClient;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.lifecycle.Startables;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.MountableFile;

/** Two replicas of the service's image on one PostgreSQL, behind HAProxy. */
final class Fleet implements AutoCloseable {
  private static final int BALANCED = 8080;
  private static final int ONLY_A = 8081;
  private static final int ONLY_B = 8082;

  private final Network network = Network.newNetwork();
  private final PostgreSQLContainer database =
      new PostgreSQLContainer(TestImages.POSTGRES).withNetwork(network).withNetworkAliases("db");
  private final NormaContainer a = replica("norma-a");
  private final NormaContainer b = replica("norma-b");
  private final GenericContainer<?> balancer =
      new GenericContainer<>(TestImages.HAPROXY)
          .withNetwork(network)
          .withExposedPorts(BALANCED, ONLY_A, ONLY_B)
          .withCopyFileToContainer(
              MountableFile.forClasspathResource("delivery/haproxy.cfg", 0644),
              "/usr/local/etc/haproxy/haproxy.cfg")
          .waitingFor(Wait.forHttp("/v2/health/ready").forPort(BALANCED));

  Fleet() {
    database.start();
    Startables.deepStart(a, b).join();
    balancer.start();
  }

  private NormaContainer replica(String name) {
    return new NormaContainer()
        .withNetwork(network)
        .withNetworkAliases(name)
        .withEnv("SPRING_DATASOURCE_URL", "jdbc:postgresql://db:5432/" + database.getDatabaseName())
        .withEnv("SPRING_DATASOURCE_USERNAME", database.getUsername())
        .withEnv("SPRING_DATASOURCE_PASSWORD", database.getPassword());
  }

  Http balanced() {
    return http(BALANCED);
  }

  Http onlyA() {
    return http(ONLY_A);
  }

  Http onlyB() {
    return http(ONLY_B);
  }

  private Http http(int port) {
    return new Http("http://" + balancer.getHost() + ":" + balancer.getMappedPort(port));
  }

  void killB() {
    docker().killContainerCmd(b.getContainerId()).exec();
  }

  void startB() {
    docker().startContainerCmd(b.getContainerId()).exec();
    await("replica b is ready", () -> isReady(onlyB()));
  }

  static boolean isReady(Http http) {
    try {
      return http.get("/v2/health/ready").statusCode() == 200;
    } catch (RuntimeException e) {
      return false;
    }
  }

  static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("waited two minutes until " + what);
      }
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  private static DockerClient docker() {
    return DockerClientFactory.instance().client();
  }

  @Override
  public void close() {
    List.of(balancer, a, b, database).forEach(GenericContainer::stop);
    network.close();
  }
}
