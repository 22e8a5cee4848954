package io.loda.agent;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
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
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.loda.common.files.OpeningByPath;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;

/** Dependencies point one way, and a library's types stay in the package that uses it. */
@AnalyzeClasses(
    packages = {"io.loda.agent", "io.loda.common"},
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {

  /** Another module's tests come as a jar. */
  static final class NoTestJars implements ImportOption {

    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  private static final String ROOT = "io.loda.";

  /**
   * The house, from the roof down: a class uses its own package, and what stands on a floor below.
   * What stands beside it on its floor it doesn't see. {@code *}: each package there is.
   */
  private static final List<String> FLOORS =
      List.of(
          "agent",
          "agent.cli.check | agent.cli.plugin | agent.cli.service | agent.cli.report",
          "agent.cli.plugintest",
          "agent.cli",
          "agent.assembly",
          "agent.http",
          "agent.poll",
          "agent.schedule",
          "agent.plugins",
          "agent.registry | agent.source.script | agent.git | agent.git.archive | agent.pipeline",
          "agent.source.script.run | agent.git.fetch | agent.delivery",
          "agent.source.script.kept | agent.source.script.output | agent.git.child"
              + " | agent.delivery.queue",
          "agent.source.script.cage",
          "agent.source | agent.source.script.process | agent.git.exchange | agent.delivery.spool",
          "agent.source.script.user | agent.git.commit | agent.delivery.segment"
              + " | agent.assignment.policy",
          "agent.source.script.result | agent.source.script.system | agent.assignment",
          "agent.timers | agent.config",
          "agent.output.*",
          "agent.output",
          "agent.point | agent.version | agent.report",
          "common.http | common.lifecycle | common.profile",
          "common.settings",
          "common.logging | common.metric | common.net",
          "common.config | common.files.allowed",
          "common.files | common.telemetry | common.time",
          "agent.plugin");

  /** They have floors of their own each, and never see each other's. */
  private static final List<List<String>> SIDES =
      List.of(
          List.of("agent.registry.."),
          List.of("agent.source.."),
          List.of("agent.git.."),
          List.of("agent.pipeline..", "agent.delivery.."));

  @ArchTest
  static void dependenciesPointDown(JavaClasses classes) {
    Map<String, Integer> floors = floors(classes);
    for (JavaClass type : classes) {
      String from = type.getPackageName();
      assertThat(floors).as("the floors, where " + type.getName() + " is").containsKey(from);
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        String to = dependency.getTargetClass().getBaseComponentType().getPackageName();
        if (to.startsWith(ROOT) && !to.equals(from)) {
          assertThat(floors).containsKey(to);
          assertThat(floors.get(to))
              .as(dependency.getDescription() + ": up, or to the side")
              .isGreaterThan(floors.get(from));
        }
      }
    }
  }

  @ArchTest
  static void whatStandsSideBySideNeverSeesTheOther(JavaClasses classes) {
    for (List<String> one : SIDES) {
      String[] others =
          SIDES.stream()
              .filter(side -> side != one)
              .flatMap(List::stream)
              .map(side -> ROOT + side)
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAnyPackage(one.stream().map(side -> ROOT + side).toArray(String[]::new))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(others)
          .check(classes);
    }
  }

  private static Map<String, Integer> floors(JavaClasses classes) {
    Map<String, Integer> floors = new HashMap<>();
    for (int i = 0; i < FLOORS.size(); i++) {
      for (String room : FLOORS.get(i).split(" \\| ", -1)) {
        String place = ROOT + room;
        Stream<String> packages =
            room.endsWith("*")
                ? classes.stream()
                    .map(JavaClass::getPackageName)
                    .filter(name -> name.startsWith(place.substring(0, place.length() - 1)))
                : Stream.of(place);
        int floor = i;
        packages.forEach(name -> floors.put(name, floor));
      }
    }
    return floors;
  }

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching(ROOT + "(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule theChildThatFetchesAloneKnowsJGit =
      noClasses()
          .that(are(resideOutsideOfPackages(below("agent.git.child"), below("agent.git.archive"))))
          .should()
          .dependOnClassesThat(resideInAnyPackage("org.eclipse.jgit..", "org.apache.sshd.."));

  @ArchTest
  static final ArchRule configAloneKnowsTypesafeConfig =
      noClasses()
          .that(are(resideOutsideOfPackages(below("agent.config"), below("common.config"))))
          .should()
          .dependOnClassesThat(resideInAnyPackage("com.typesafe.config.."));

  @ArchTest
  static final ArchRule nsqAloneKnowsNsqJ = onlyIn(below("agent.output.nsq"), "com.sproutsocial..");

  @ArchTest
  static final ArchRule loggingAloneKnowsLogback =
      onlyIn(below("common.logging"), "ch.qos.logback..");

  @ArchTest
  static final ArchRule theCommandsAloneKnowPicocli =
      noClasses()
          .that(
              are(
                  resideOutsideOfPackages(
                      ROOT + "agent", below("agent.cli"), below("common.settings"))))
          .should()
          .dependOnClassesThat(resideInAPackage("picocli.."));

  @ArchTest
  static final ArchRule theEngineMeasuresNothingItself =
      noClasses().should().dependOnClassesThat(resideInAnyPackage("oshi..", "com.sun.jna.."));

  /** So that each has a time, a largest answer and the address that was looked up. */
  @ArchTest
  static final ArchRule oneClassAsksOverHttp =
      noClasses()
          .that(are(resideOutsideOfPackage(below("common.net"))))
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
          .that(
              are(
                  resideOutsideOfPackages(
                      ROOT + "common.files", below("agent.source.script"), below("agent.git"))))
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
          "RolloutFile",
          "SegmentReader",
          "SpoolFolder");

  /** What the kernel shows below {@code /proc} and {@code /sys}. */
  private static final Set<String> KERNELS_FILES =
      Set.of(
          "Fence",
          "GroupLimits",
          "GroupLock",
          "HardLimits",
          "HeldFiles",
          "HostBoot",
          "HostReadings",
          "ProcFile",
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
          "SharedListing",
          "FileSum");

  @ArchTest
  static final ArchRule nobodyElseOpensByPath =
      OpeningByPath.refused(
          Stream.of(OWN_FILES, KERNELS_FILES, OTHERS)
              .flatMap(Set::stream)
              .collect(Collectors.toSet()));

  /** A pipe or a device may lie where a file was: whoever opens it by its path waits for ever. */
  @ArchTest
  static final ArchRule onlySafeFilesReads =
      noClasses()
          .that(are(resideOutsideOfPackage(ROOT + "common.files")))
          .and(
              describe(
                  "don't read the kernel's files, or what the start has just made",
                  one ->
                      !KERNELS_FILES.contains(one.getSimpleName())
                          && !one.getSimpleName().equals("BackgroundStart")))
          .should()
          .callMethodWhere(
              target(owner(type(Files.class)))
                  .and(
                      target(
                          nameMatching(
                              "readString|readAllBytes|readAllLines|lines|newBufferedReader"
                                  + "|newInputStream"))));

  private static ArchRule onlyIn(String place, String... library) {
    return noClasses()
        .that(are(resideOutsideOfPackage(place)))
        .should()
        .dependOnClassesThat(resideInAnyPackage(library));
  }

  private static String below(String name) {
    return ROOT + name + "..";
  }
}
