package io.loda.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Dependencies point one way, and a library's types stay in the package that uses it. */
@AnalyzeClasses(packages = "io.loda.server", importOptions = ImportOption.DoNotIncludeTests.class)
class ServerArchitectureTest {

  private static final String ROOT = "io.loda.server";

  /** Of what keeps metrics somewhere only the one who puts the parts together knows. */
  @ArchTest
  static final ArchRule dependenciesPointDown =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage(ROOT + "..")
          .layer("server")
          .definedBy(ROOT)
          .layer("http")
          .definedBy(ROOT + ".http..")
          .layer("stores")
          .definedBy(ROOT + ".store.*..")
          .layer("store")
          .definedBy(ROOT + ".store")
          .layer("metric")
          .definedBy(ROOT + ".metric..")
          .whereLayer("server")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("http")
          .mayOnlyBeAccessedByLayers("server")
          .whereLayer("stores")
          .mayOnlyBeAccessedByLayers("server")
          .whereLayer("store")
          .mayOnlyBeAccessedByLayers("server", "http", "stores")
          .ensureAllClassesAreContainedInArchitecture();

  @ArchTest
  static final ArchRule storesDoNotSeeEachOther =
      slices().matching(ROOT + ".store.(*)..").should().notDependOnEachOther();

  /** Nor is a class of the server's on the agent's path: no module of its depends on this one. */
  @ArchTest
  static final ArchRule nothingOfTheAgentsIsUsed =
      noClasses().should().dependOnClassesThat().resideInAPackage("io.loda.agent..");

  @ArchTest
  static final ArchRule oneStoreAloneKnowsTheDatabase =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + ".store.postgres..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.sql..", "javax.sql..", "org.postgresql..", "com.zaxxer..", "org.flywaydb..");
}
