package io.norma.security;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.mock.env.MockEnvironment;

class ListeningAddressesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "server.address=127.0.0.1",
        "server.address=localhost",
        "server.address=::1",
        "server.address=0.0.0.0 norma.security.mode=open",
        "server.address=0.0.0.0 norma.security.mode=authenticated",
        "norma.security.mode=open",
        "server.address=127.0.0.1 management.server.port=8081"
            + " management.server.address=127.0.0.1",
        "server.address=127.0.0.1 management.server.port=8080",
        "server.address=127.0.0.1 management.server.port=-1",
        "server.address=0.0.0.0 management.server.port=8081 norma.security.mode=open"
      })
  void startsWhereNobodyElseReachesItOrSomebodySaidSo(String properties) {
    assertThatCode(() -> check(properties)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "server.address=0.0.0.0",
        "server.address=::",
        "server.address=192.0.2.1",
        "server.address=",
        "",
        "server.address=0.0.0.0 norma.security.mode=LOCAL"
      })
  void refusesToListenToANetworkWithoutAuthentication(String properties) {
    assertThatThrownBy(() -> check(properties))
        .isInstanceOf(OpenAddressException.class)
        .hasMessageContaining("server.address")
        .hasMessageContaining("norma.security.mode is local");
  }

  @Test
  void refusesAManagementPortThatANetworkReaches() {
    assertThatThrownBy(() -> check("server.address=127.0.0.1 management.server.port=8081"))
        .isInstanceOf(OpenAddressException.class)
        .hasMessageContaining("management.server.address is not set");
  }

  private static void check(String properties) {
    MockEnvironment environment = new MockEnvironment();
    Arrays.stream(properties.split(" ", -1))
        .filter(property -> property.contains("="))
        .map(property -> property.split("=", 2))
        .forEach(pair -> environment.setProperty(pair[0], pair[1]));
    ListeningAddresses addresses = new ListeningAddresses();
    addresses.setEnvironment(environment);
    addresses.postProcessBeanFactory(new DefaultListableBeanFactory());
  }
}
