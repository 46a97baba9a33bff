package io.norma;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;

/** The boundaries that the design promises. */
@AnalyzeClasses(packages = "io.norma", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
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
  static final ArchRule modelUsesKernelAlone =
      classes()
          .that()
          .resideInAPackage("io.norma.model..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("io.norma.model..", "io.norma.kernel..", "java..", "org.jspecify..");

  @ArchTest
  static final ArchRule importUsesTheEngineAndProtobuf =
      classes()
          .that()
          .resideInAPackage("io.norma.onnx")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.norma.onnx..",
              "io.norma.model..",
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
          .resideInAPackage("io.micrometer..");

  @ArchTest
  static final ArchRule springMvcStaysInWeb =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.norma.web..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.springframework.web..", "jakarta.servlet..");

  @ArchTest
  static final ArchRule nothingUsesTheWebLayer =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.norma.web..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.norma.web..")
          .allowEmptyShould(true);

  /** What all share is below the rooms, and no room is above and below another. */
  @ArchTest
  static final ArchRule roomsOfComputeHaveNoCycles =
      SlicesRuleDefinition.slices()
          .assignedFrom(
              new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
                  String name = javaClass.getPackageName();
                  return name.startsWith("io.norma.kernel.compute")
                      ? SliceIdentifier.of(name)
                      : SliceIdentifier.ignore();
                }

                @Override
                public String getDescription() {
                  return "packages of kernel.compute";
                }
              })
          .should()
          .beFreeOfCycles();

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      SlicesRuleDefinition.slices().matching("io.norma.(*)..").should().beFreeOfCycles();
}
