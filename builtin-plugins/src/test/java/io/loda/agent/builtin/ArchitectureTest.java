package io.loda.agent.builtin;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.loda.common.files.OpeningByPath;
import java.util.Set;

/** Who sees whom; what a registry or another user names is opened by SafeFiles alone. */
@AnalyzeClasses(
    packages = "io.loda.agent.builtin",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  /** They read what the kernel shows below {@code /proc} and {@code /sys}. */
  private static final Set<String> NAMED =
      Set.of(
          "Cgroups",
          "DevSampler",
          "KernelText",
          "PageSize",
          "ProcessSelection",
          "ProcessTable",
          "ProcessUsage",
          "PsSampler");

  @ArchTest static final ArchRule nobodyElseOpensByPath = OpeningByPath.refused(NAMED);

  /** A measurement sees the kit, and no other measurement. */
  @ArchTest
  static final ArchRule measurementsSeeTheKitAlone =
      slices()
          .matching("io.loda.agent.builtin.(*)..")
          .should()
          .notDependOnEachOther()
          .ignoreDependency(
              DescribedPredicate.alwaysTrue(), resideInAPackage("io.loda.agent.builtin.kit.."));
}
