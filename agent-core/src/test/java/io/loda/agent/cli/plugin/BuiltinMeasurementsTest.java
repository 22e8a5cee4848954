package io.loda.agent.cli.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class BuiltinMeasurementsTest {

  private static final BuiltinMeasurements THREE =
      BuiltinMeasurements.parse(
          """
          # a comment
          CPU\tcpu.idle\t\t%\t
          CPU\tcpu.user\t\t%\tdetail=true
          NET\tnet.in\tinterface,vlan\tbit/s\t
          """);

  @Test
  void areListedBelowTheirTypes() {
    assertThat(THREE.text())
        .isEqualTo(
            """
            CPU
              cpu.idle                 %
              cpu.user                 %      with detail=true
            NET
              net.in {interface,vlan}  bit/s""");
  }

  @Test
  void areATableInTheDocumentation() {
    assertThat(THREE.markdown())
        .endsWith(
            """
            | type | measurement | tags | unit | only with |
            |---|---|---|---|---|
            | `CPU` | `cpu.idle` |  | % |  |
            | `CPU` | `cpu.user` |  | % | detail=true |
            | `NET` | `net.in` | `interface`, `vlan` | bit/s |  |
            """);
  }

  @Test
  void saysWhichLineIsWrong() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BuiltinMeasurements.parse("CPU\tcpu.idle"))
        .withMessageContaining("expected 5 columns, found 2 in \"CPU\tcpu.idle\"");
  }
}
