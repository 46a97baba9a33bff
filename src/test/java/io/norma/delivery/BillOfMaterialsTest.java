package io.norma.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.norma.delivery.BillOfMaterials.Component;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the program is made of may be passed on with it, and the bill says so. */
final class BillOfMaterialsTest {
  /** They ask for no more than to be named; those of Eclipse and Mozilla, that changes be open. */
  private static final Set<String> ALLOWED =
      Set.of(
          "Apache-2.0",
          "MIT",
          "MIT-0",
          "BSD-2-Clause",
          "BSD-3-Clause",
          "CC0-1.0",
          "EPL-1.0",
          "EPL 1.0",
          "EPL-2.0",
          "MPL-2.0");

  @Test
  void everyPartHasALicenceThatAllowsItToBePassedOn() throws IOException {
    List<Component> components = BillOfMaterials.read().components();

    assertThat(components).hasSizeGreaterThan(50);
    assertThat(components)
        .allSatisfy(component -> assertThat(component.licences()).containsAnyElementsOf(ALLOWED));
    assertThat(components)
        .extracting(Component::url)
        .anySatisfy(
            url -> assertThat(url).startsWith("pkg:maven/org.springframework/spring-webmvc@"));
  }

  /** Else two builds of the same sources were two programs. */
  @Test
  void saysNothingOfWhenOrWhereItWasWritten() throws IOException {
    BillOfMaterials bill = BillOfMaterials.read();

    // By name, not by chance (RFC 9562, section 5.3).
    String number = bill.document().path("serialNumber").asString().replace("urn:uuid:", "");
    assertThat(UUID.fromString(number).version()).isEqualTo(3);
    assertThat(bill.document().path("metadata").has("timestamp")).isFalse();
    assertThat(bill.document().toString()).doesNotContain(System.getProperty("user.dir"));
  }
}
