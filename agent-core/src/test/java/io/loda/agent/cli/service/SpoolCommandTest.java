package io.loda.agent.cli.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.Main;
import io.loda.agent.delivery.SpoolFixture;
import io.loda.common.files.PidLock;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class SpoolCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  private Path data;
  private SpoolFixture spools;

  /** Five messages of a point wait for the old one, and for the new one. */
  @BeforeEach
  void fill() throws IOException {
    data = Files.createDirectory(folder.resolve("data"));
    spools = new SpoolFixture(data);
    spools.write("old");
    spools.write("new");
    configure("spill");
  }

  private void configure(String durability) throws IOException {
    Files.write(
        folder.resolve("agent.conf"),
        List.of(
            "agent.data-dir = \"" + data + '"',
            "outputs { new { type = stdout } }",
            "delivery.durability = " + durability));
  }

  private int run(String... arguments) {
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    String[] all = new String[arguments.length + 3];
    all[0] = "spool";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[all.length - 2] = "-f";
    all[all.length - 1] = folder.resolve("agent.conf").toString();
    return command.execute(all);
  }

  private void assertNothingIsTouched() throws IOException {
    assertThat(data.resolve("agent.lock")).doesNotExist();
    assertThat(spools.names()).containsExactlyInAnyOrder("old", "new");
    assertThat(spools.messages("old")).isEqualTo(5);
    assertThat(spools.messages("new")).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", ".", "/etc", "", "old/", "older", "%6Fld", ".moved.old.new"})
  void whatHasNoSpoolIsNotMoved(String from) throws IOException {
    assertThat(run("move", from, "new")).isEqualTo(2);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .contains("OLD: expected an output with a spool in ", "found \"" + from + '"');
    assertThat(out.toString()).isEmpty();
    assertNothingIsTouched();
  }

  @Test
  void withoutADataFolderNothingIsMoved() throws IOException {
    data = folder.resolve("none");
    configure("spill");
    assertThat(run("move", "old", "new")).isEqualTo(2);
    assertThat(data).doesNotExist();
  }

  @Test
  void nothingIsMovedToWhereNobodySendsIt() throws IOException {
    configure("memory");
    assertThat(run("move", "old", "new")).isEqualTo(2);
    assertThat(err.toString()).contains("NEW: with delivery.durability = memory nobody sends");
    assertNothingIsTouched();
  }

  @Test
  void anUnknownOutputIsSaidWithThoseThereAre() throws IOException {
    assertThat(run("move", "old", "other")).isEqualTo(2);
    assertThat(err.toString())
        .contains("agent: the configuration has no output other; it has: new\n");
    assertThat(run("move", "new", "new")).isEqualTo(2);
    assertThat(err.toString()).contains("NEW: expected another output than new, found the same");
    assertNothingIsTouched();
  }

  @Test
  void oneOfAKindIsCountedAsOne() throws IOException {
    assertThat(run("ls", "--output", "new")).isZero();
    assertThat(out.toString()).contains("new: 1 file, ").contains("5 points");
  }

  @Test
  void whatWasMovedIsSaid() throws IOException {
    assertThat(run("move", "old", "new")).isZero();
    assertThat(out.toString()).contains("moved: 5 points from output old to output new");
    assertThat(spools.messages("new")).isEqualTo(10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ls", "verify", "export", "drop"})
  void aMoveThatWasKilledIsFinishedFirst(String command) throws IOException {
    spools.killedMove("old", "new");
    assertThat(run(command)).isZero();
    assertThat(err.toString()).isEqualTo("agent: a move that was interrupted is finished\n");
    assertThat(spools.names()).containsExactly("new");
    assertThat(out.toString())
        .containsPattern(command.equals("export") ? "(\"output\":\"new\"[^$]*){10}" : "10 points");
  }

  @Test
  void aCheckSaysThatAMoveIsUnfinishedAndLeavesItSo() throws IOException {
    spools.killedMove("old", "new");
    Path registry = Files.createDirectory(folder.resolve("registry"));
    Files.writeString(
        registry.resolve("ns.conf"),
        "[{ measurement_type = GOPLUGIN, name = test-echo, interval = 60 }]");
    int exit =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(
                "check",
                "-f",
                folder.resolve("agent.conf").toString(),
                "--set",
                "registry.directory.path=" + registry);

    assertThat(exit).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("warning: spool: a move was interrupted: the agent's start finishes it")
        .doesNotContain("output old");
    assertThat(spools.names()).contains(".moved.old.new");
  }

  @Test
  void theSameMoveAgainFinishesIt() throws IOException {
    spools.killedMove("old", "new");
    assertThat(run("move", "old", "new")).isZero();
    assertThat(err.toString()).isEqualTo("agent: a move that was interrupted is finished\n");
    assertThat(spools.messages("new")).isEqualTo(10);
  }

  @Test
  void whileAnAgentRunsAMoveIsItsMatter() throws IOException {
    spools.killedMove("old", "new");
    PidLock agent = PidLock.take(data.resolve("agent.lock"));
    try {
      assertThat(run("ls")).isZero();
    } finally {
      agent.close();
    }
    assertThat(spools.names()).contains(".moved.old.new");
  }

  @ParameterizedTest
  @ValueSource(strings = {"old", "new"})
  void nothingIsDroppedWhileTheAgentRuns(String output) throws IOException {
    PidLock agent = PidLock.take(data.resolve("agent.lock"));
    try {
      assertThat(run("drop", "--output", output)).isEqualTo(1);
      assertThat(run("move", "old", "new")).isEqualTo(1);
    } finally {
      agent.close();
    }
    assertThat(err.toString()).contains("the agent with pid ", "; stop it first");
    assertThat(spools.messages(output)).isEqualTo(5);
    assertThat(run("drop", "--output", output)).isZero();
    assertThat(spools.messages(output)).isZero();
  }
}
