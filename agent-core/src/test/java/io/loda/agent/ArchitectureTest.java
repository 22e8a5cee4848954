package io.loda.agent;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.loda.agent.files.OpeningByPath;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Files;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;

/** Dependencies point one way, and a library's types stay in the package that uses it. */
@AnalyzeClasses(packages = "io.loda.agent", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String ROOT = "io.loda.agent";
  private static final String[] BASE = {
    "config", "telemetry", "logging", "files", "net", "plugin API", "assignment", "output", "metric"
  };

  /**
   * {@code {agent, http} → schedule → {registry | source | git | pipeline → delivery} →
   * {assignment, output, metric} → {config, telemetry, logging, files, net, plugin API}}.
   */
  @ArchTest
  static final ArchRule dependenciesPointOneWay =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("agent")
          .definedBy(ROOT)
          .layer("http")
          .definedBy(below("http"))
          .layer("schedule")
          .definedBy(below("schedule"))
          .layer("registry")
          .definedBy(below("registry"))
          .layer("source")
          .definedBy(below("source"))
          .layer("git")
          .definedBy(below("git"))
          .layer("pipeline")
          .definedBy(below("pipeline"))
          .layer("delivery")
          .definedBy(below("delivery"))
          .layer("assignment")
          .definedBy(below("assignment"))
          .layer("output")
          .definedBy(below("output"))
          .layer("metric")
          .definedBy(below("metric"))
          .layer("config")
          .definedBy(below("config"))
          .layer("telemetry")
          .definedBy(below("telemetry"))
          .layer("logging")
          .definedBy(below("logging"))
          .layer("files")
          .definedBy(below("files"))
          .layer("net")
          .definedBy(below("net"))
          .layer("plugin API")
          .definedBy(below("plugin"))
          .whereLayer("agent")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("http")
          .mayOnlyBeAccessedByLayers("agent")
          .whereLayer("schedule")
          .mayOnlyAccessLayers(with("registry", "source", "git", "pipeline", "delivery"))
          .whereLayer("registry")
          .mayOnlyAccessLayers(with())
          .whereLayer("source")
          .mayOnlyAccessLayers(with())
          .whereLayer("git")
          .mayOnlyAccessLayers(with())
          .whereLayer("pipeline")
          .mayOnlyAccessLayers(with("delivery"))
          .whereLayer("delivery")
          .mayOnlyAccessLayers(with())
          .whereLayer("assignment")
          .mayOnlyAccessLayers(BASE)
          .whereLayer("output")
          .mayOnlyAccessLayers(BASE)
          .whereLayer("metric")
          .mayOnlyAccessLayers(BASE)
          .whereLayer("config")
          .mayOnlyAccessLayers("telemetry", "logging", "files", "plugin API")
          .whereLayer("telemetry")
          .mayOnlyAccessLayers("config", "logging", "files", "plugin API")
          .whereLayer("logging")
          .mayOnlyAccessLayers("config", "telemetry", "files", "plugin API")
          .whereLayer("files")
          .mayNotAccessAnyLayer()
          .whereLayer("net")
          .mayOnlyAccessLayers("config")
          .whereLayer("plugin API")
          .mayNotAccessAnyLayer();

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching(ROOT + ".(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule gitAloneKnowsJGit =
      onlyIn("git", "org.eclipse.jgit..", "org.apache.sshd..");

  @ArchTest
  static final ArchRule configAloneKnowsTypesafeConfig = onlyIn("config", "com.typesafe.config..");

  @ArchTest static final ArchRule outputAloneKnowsNsqJ = onlyIn("output", "com.sproutsocial..");

  @ArchTest static final ArchRule loggingAloneKnowsLogback = onlyIn("logging", "ch.qos.logback..");

  @ArchTest
  static final ArchRule theCommandsAloneKnowPicocli =
      noClasses()
          .that(are(resideOutsideOfPackage(ROOT)))
          .should()
          .dependOnClassesThat(resideInAPackage("picocli.."));

  @ArchTest
  static final ArchRule theEngineMeasuresNothingItself =
      noClasses().should().dependOnClassesThat(resideInAnyPackage("oshi..", "com.sun.jna.."));

  /** So that each has a time, a largest answer and the address that was looked up. */
  @ArchTest
  static final ArchRule oneClassAsksOverHttp =
      noClasses()
          .that(are(resideOutsideOfPackage(below("net"))))
          .should()
          .dependOnClassesThat()
          .areAssignableTo(io.vertx.core.http.HttpClient.class);

  /**
   * So that nobody else reads what the agent writes. Plugins' templates are for others; what the
   * engine of runs and that of git write are the kernel's files, and checkouts.
   */
  @ArchTest
  static final ArchRule onlyOneMakesTheAgentsFiles =
      noClasses()
          .that(are(resideOutsideOfPackages(below("files"), below("source.script"), below("git"))))
          .and()
          .haveSimpleNameNotContaining("PluginTemplate")
          .should()
          .callMethodWhere(
              target(owner(type(Files.class)))
                  .and(
                      target(
                          nameMatching(
                              "write|writeString|newBufferedWriter|newOutputStream|createFile"))));

  /** What comes from outside is escaped there. */
  @ArchTest
  static final ArchRule onlyOneWritesToTheTerminal =
      noClasses()
          .that()
          .doNotHaveSimpleName("Terminal")
          .should()
          .callMethod(CommandLine.class, "getOut")
          .orShould()
          .callMethod(CommandLine.class, "getErr");

  /**
   * Ordered, which is what it is without a second argument, means: after all that the caller's
   * event loop gave to whatever worker. A worker of one thread is in order by itself.
   */
  @ArchTest
  static final ArchRule noWorkerWaitsForAnother =
      noClasses()
          .should()
          .callMethod(WorkerExecutor.class, "executeBlocking", Callable.class)
          .orShould()
          .callMethod(Vertx.class, "executeBlocking", Callable.class);

  /** What is in the data folder, which nobody else may write. */
  private static final Set<String> OWN_FILES =
      Set.of(
          "BackgroundStart",
          "Checkout",
          "CheckoutWatch",
          "DataFolder",
          "DisabledPlugins",
          "GitClone",
          "Gpgv",
          "LastGoodAssignments",
          "LastReport",
          "Origin",
          "OutputPipe",
          "OutputPipes",
          "RefusedMessages",
          "RemovedPlugins",
          "SegmentReader",
          "SpoolFolder",
          "StateFiles",
          "TrialFile");

  /** What the kernel shows below {@code /proc} and {@code /sys}. */
  private static final Set<String> KERNELS_FILES =
      Set.of(
          "Fence",
          "GroupLimits",
          "GroupLock",
          "HardLimits",
          "HeldFiles",
          "HostBoot",
          "KernelFile",
          "SystemIds",
          "ProcessStat",
          "RunGroup",
          "RunGroups");

  /**
   * What root's or the caller's own files are: the installation's jars, those of plugins.java-dir,
   * what {@code agent plugin new} writes; and what looks at sizes only.
   */
  private static final Set<String> OTHERS =
      Set.of(
          "FetchArchive",
          "FetchClasses",
          "JavaPlugins",
          "PluginTemplate",
          "SharedFolder",
          "FileSum");

  @ArchTest
  static final ArchRule nobodyElseOpensByPath =
      OpeningByPath.refused(
          Stream.of(OWN_FILES, KERNELS_FILES, OTHERS)
              .flatMap(Set::stream)
              .collect(Collectors.toSet()));

  private static ArchRule onlyIn(String name, String... library) {
    return noClasses()
        .that(are(resideOutsideOfPackage(below(name))))
        .should()
        .dependOnClassesThat(resideInAnyPackage(library));
  }

  private static String below(String name) {
    return ROOT + "." + name + "..";
  }

  private static String[] with(String... layers) {
    String[] all = java.util.Arrays.copyOf(BASE, BASE.length + layers.length);
    System.arraycopy(layers, 0, all, BASE.length, layers.length);
    return all;
  }
}
