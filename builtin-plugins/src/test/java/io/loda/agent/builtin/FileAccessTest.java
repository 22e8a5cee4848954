package io.loda.agent.builtin;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.loda.agent.files.OpeningByPath;
import java.util.Set;

/** What a registry or another user names is opened by SafeFiles alone. */
@AnalyzeClasses(
    packages = "io.loda.agent.builtin",
    importOptions = ImportOption.DoNotIncludeTests.class)
class FileAccessTest {

  /** They read what the kernel shows below {@code /proc} and {@code /sys}; StateFile, our own. */
  private static final Set<String> NAMED =
      Set.of(
          "Cgroups",
          "DevSampler",
          "KernelFile",
          "PageSize",
          "ProcessSelection",
          "ProcessTable",
          "ProcessUsage",
          "PsSampler",
          "StateFile");

  @ArchTest static final ArchRule nobodyElseOpensByPath = OpeningByPath.refused(NAMED);
}
