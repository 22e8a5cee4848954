package io.loda.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.testing.OtherUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/agent} in a checkout of somebody else. */
class CheckoutScriptsTest {

  private Path checkout;

  @BeforeEach
  void checkout(@TempDir Path temp) throws Exception {
    OtherUser.need();
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
    checkout = temp;
    Path bin = Files.createDirectory(temp.resolve("bin"));
    Path scripts = Path.of(System.getProperty("agent.root", "..")).resolve("bin");
    for (String script : new String[] {"agent", "common.sh"}) {
      Files.copy(scripts.resolve(script), bin.resolve(script));
      Files.setPosixFilePermissions(
          bin.resolve(script), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Files.writeString(temp.resolve("pom.xml"), "<project/>");
  }

  private String said() throws Exception {
    String agent = checkout.resolve("bin/agent").toString();
    return OtherUser.output("env", "-u", "AGENT_NO_BUILD", "-u", "AGENT_BUILD", agent, "version")
        .strip();
  }

  @Test
  void oneThatWasNeverBuiltIsToldFromOneThatWasChanged() throws Exception {
    assertThat(said())
        .isEqualTo(
            "agent: "
                + checkout
                + " is not built, and "
                + OtherUser.ID
                + " can't write there: run bin/build as its owner");

    for (String module : new String[] {"distribution", "metrics-server"}) {
      Path lib = Files.createDirectories(checkout.resolve(module + "/target/lib"));
      Files.setLastModifiedTime(lib, FileTime.from(Instant.EPOCH));
    }
    assertThat(said())
        .isEqualTo(
            "agent: "
                + checkout
                + " was changed after its build, and "
                + OtherUser.ID
                + " can't write there: run bin/build as its owner");
  }
}
