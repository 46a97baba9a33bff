package io.norma.delivery;

import com.github.dockerjava.api.DockerClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
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

  void stopDatabase() {
    docker().stopContainerCmd(database.getContainerId()).exec();
  }

  void startDatabase() {
    docker().startContainerCmd(database.getContainerId()).exec();
  }

  void killB() {
    docker().killContainerCmd(b.getContainerId()).exec();
  }

  void startB() {
    docker().startContainerCmd(b.getContainerId()).exec();
    awaitBack("b");
  }

  /** Takes each replica out of the balancer, stops it, starts it and puts it back. */
  void restartOneAfterTheOther() {
    awaitBack("b");
    restart("a", a);
    restart("b", b);
  }

  private void restart(String server, NormaContainer replica) {
    balancer("set server fleet/" + server + " state drain");
    docker().restartContainerCmd(replica.getContainerId()).withTimeout(30).exec();
    await("the balancer sees " + server + " gone", () -> !state(server).contains(",DRAIN,"));
    balancer("set server fleet/" + server + " state ready");
    awaitBack(server);
  }

  private void awaitBack(String server) {
    await("the balancer sees " + server + " back", () -> state(server).contains(",UP,"));
  }

  private String state(String server) {
    return balancer("show stat")
        .lines()
        .filter(line -> line.startsWith("fleet," + server + ","))
        .findFirst()
        .orElseThrow();
  }

  /** Says a line to the balancer's own port, and tells what it answers. */
  private String balancer(String command) {
    String exchange = "exec 3<>/dev/tcp/127.0.0.1/9999; echo '" + command + "' >&3; cat <&3";
    try {
      return balancer.execInContainer("bash", "-c", exchange).getStdout();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  static void await(String what, BooleanSupplier condition) {
    await(what, Duration.ofMinutes(2), condition);
  }

  static void await(String what, Duration longest, BooleanSupplier condition) {
    Awaitility.await(what)
        .atMost(longest)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .until(condition::getAsBoolean);
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
