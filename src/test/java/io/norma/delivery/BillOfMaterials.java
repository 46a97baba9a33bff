package io.norma.delivery;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the program is made of: the bill that stands in its jar and its image (CycloneDX 1.6). */
record BillOfMaterials(JsonNode document) {
  private static final String RESOURCE = "/META-INF/sbom/application.cdx.json";

  /** That of the program under test; the build writes it, an editor may not. */
  static BillOfMaterials read() throws IOException {
    try (InputStream bill = BillOfMaterials.class.getResourceAsStream(RESOURCE)) {
      return bill == null
          ? abort("skipped: there is no bill of materials; `mvn generate-resources` writes one")
          : new BillOfMaterials(new JsonMapper().readTree(bill));
    }
  }

  /** A part, and the licences that it may be taken under, any one of them. */
  record Component(String url, List<String> licences) {}

  List<Component> components() {
    List<Component> components = new ArrayList<>();
    for (JsonNode component : document.path("components")) {
      List<String> licences = new ArrayList<>();
      for (JsonNode choice : component.path("licenses")) {
        JsonNode licence = choice.path("license");
        licences.add(
            choice
                .path("expression")
                .asString(licence.path("id").asString(licence.path("name").asString(""))));
      }
      components.add(new Component(component.path("purl").asString(), licences));
    }
    return components;
  }
}
