package io.norma;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The boundaries that the design promises. */
@AnalyzeClasses(packages = "io.norma", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final List<String> FEATURES =
      List.of(
          "models", "inference", "references", "runningstatistics", "following", "normalization");

  /** More than this and a room is a hall. */
  private static final int LARGEST_ROOM = 40;

  @ArchTest
  static final ArchRule kernelUsesTheJdkAlone =
      classes()
          .that()
          .resideInAPackage("io.norma.kernel..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.norma.kernel..",
              "java..",
              "com.sun.management..",
              "jdk.incubator.vector..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule vectorApiStaysInCompute =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.norma.kernel.compute..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jdk.incubator.vector..");

  /** It is thousands of times slower where the machine has none: {@code MultiplyAdd} knows. */
  @ArchTest
  static final ArchRule fusedMultiplyAddsStayInCompute =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.norma.kernel.compute..")
          .should()
          .callMethod(Math.class, "fma", float.class, float.class, float.class)
          .orShould()
          .callMethod(Math.class, "fma", double.class, double.class, double.class);

  @ArchTest
  static final ArchRule networkUsesKernelAlone =
      classes()
          .that()
          .resideInAPackage("io.norma.network..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.norma.network..", "io.norma.kernel..", "java..", "org.jspecify..");

  @ArchTest
  static final ArchRule importUsesTheEngineAndProtobuf =
      classes()
          .that()
          .resideInAPackage("io.norma.onnx..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.norma.onnx..",
              "io.norma.network..",
              "io.norma.kernel..",
              "com.google.protobuf..",
              "java..",
              "org.jspecify..");

  @ArchTest
  static final ArchRule micrometerStaysInObservability =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.norma.observability..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.micrometer..", "io.prometheus..", "io.opentelemetry..");

  @ArchTest
  static final ArchRule springMvcStaysInHttpAndWeb =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.norma.http..", "io.norma..web..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.springframework.web..", "jakarta.servlet..");

  @ArchTest
  static final ArchRule springSecurityStaysInItsWeb =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.norma.security.web..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.springframework.security..");

  /** Others see how it failed, in Spring's exceptions that are of no technology. */
  @ArchTest
  static final ArchRule jdbcStaysInStores =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.norma..store..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.sql..",
              "javax.sql..",
              "org.springframework.jdbc..",
              "org.springframework.transaction.support..",
              "org.flywaydb..");

  @ArchTest
  static final ArchRule controllersNeverReachAStore =
      noClasses()
          .that()
          .resideInAPackage("io.norma..web..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.norma..store..");

  @ArchTest
  static final ArchRule httpKnowsNoFeature =
      noClasses()
          .that()
          .resideInAPackage("io.norma.http..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(FEATURES.stream().map(it -> in(it) + "..").toArray(String[]::new));

  /** What comes at its time is planned, so that it ends with the service: {@code Schedule}. */
  @ArchTest
  static final ArchRule nobodySleeps =
      noClasses()
          .should()
          .callMethod(Thread.class, "sleep", long.class)
          .orShould()
          .callMethod(Thread.class, "sleep", Duration.class);

  /** Tests set the clock; what work takes is measured by {@code System.nanoTime}. */
  @ArchTest
  static final ArchRule timeComesFromTheClock =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.norma.scheduling..")
          .should()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Clock.class, "systemUTC")
          .orShould()
          .callMethod(Clock.class, "systemDefaultZone");

  /** Nobody looks into a feature's rooms: what others may use of it lies at its root. */
  @ArchTest
  static final ArchRule featuresMeetAtTheirRoots =
      CompositeArchRule.of(FEATURES.stream().map(ArchitectureTest::isEnteredByItsRoot).toList());

  /** No room is above and below another, at any level. */
  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      SlicesRuleDefinition.slices().assignedFrom(new EachPackage()).should().beFreeOfCycles();

  @ArchTest
  static final ArchRule partsHaveNoCycles =
      SlicesRuleDefinition.slices().matching("io.norma.(*)..").should().beFreeOfCycles();

  @ArchTest
  static void roomsStaySmall(JavaClasses all) {
    for (JavaPackage room : all.getPackage("io.norma").getSubpackagesInTree()) {
      if (!room.getName().equals("io.norma.kernel.layer")) {
        assertThat(room.getClasses().stream().filter(c -> c.isTopLevelClass() && !c.isArray()))
            .as("classes of %s", room.getName())
            .hasSizeLessThanOrEqualTo(LARGEST_ROOM);
      }
    }
  }

  private static ArchRule isEnteredByItsRoot(String feature) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(in(feature) + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(in(feature) + ".*..");
  }

  private static String in(String feature) {
    return "io.norma." + feature;
  }

  private static final class EachPackage implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
      return SliceIdentifier.of(javaClass.getPackageName());
    }

    @Override
    public String getDescription() {
      return "packages";
    }
  }
}
