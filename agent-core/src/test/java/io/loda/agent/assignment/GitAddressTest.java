package io.loda.agent.assignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.loda.common.config.Secrets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GitAddressTest {

  private static final String TEMPLATE = "https://git.example/%s.git";

  @ParameterizedTest
  @CsvSource({
    "git@git.example:group/plugin-demo.git, plugin-demo",
    "git@git.example:group/plugin-demo, plugin-demo",
    "git@git.example:plugin-demo.git, plugin-demo",
    "ssh://git@git.example:2222/group/plugin.demo.git, plugin.demo",
    "https://git.example/group/sub/plugin_demo/, plugin_demo",
    "git://git.example:9418/group/demo.git, demo",
    "https://user:secret@git.example/group/demo.git, demo",
    "file:///srv/git/demo.git, demo",
    "group/demo, demo",
    "git.example:group/demo.git, demo",
    "git.example:group/sub/demo, demo",
    "path:plugin-example, plugin-example",
    "path:/srv/my plugins/demo/, demo",
    "path:../demo, demo",
  })
  void theProjectIsTheLastPart(String address, String project) {
    assertThat(GitAddress.project(address)).isEqualTo(project);
  }

  @ParameterizedTest
  @CsvSource({
    "git@git.example:group/plugin-demo.git, git@git.example:",
    "ssh://git@git.example:2222/group/plugin.demo.git, ssh://git@git.example:2222/",
    "https://git.example/group/demo.git, https://git.example/",
    "file:///srv/git/demo.git, file://",
    "path:/srv/my plugins/demo/, ''",
  })
  void theServerIsWhatStandsBeforeThePath(String address, String server) {
    assertThat(GitAddress.server(address)).isEqualTo(server);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "demo",
        "group/-demo",
        "a/b/c",
        "git.example:demo.git",
        "git.example:-group/demo.git",
        "-git.example:group/demo.git",
        "git.example:group/demo.git:x",
        "git.example:22/group:demo",
        "ext:group/demo",
        "http:group/demo",
        "http://git.example/group/demo.git",
        "ext::sh -c whoami",
        "https://git.example",
        "https:///demo.git",
        "https://git.example/group/..",
        "https://git.example/group/.git",
        "https://git.example/group/.versions",
        "https://git.example/group/de mo.git",
        "https://git.example/gr oup/demo.git",
        "https://git.example/group/demo.git\n",
        "https://git.example/group/-demo.git",
        "https://git.example/group/demo;ls",
        "https://-oProxyCommand=ls/demo.git",
        "git://-oProxyCommand=ls/demo.git",
        "git://git.example",
        "ssh://-oProxyCommand=ls/demo.git",
        "git@-oProxyCommand=ls:demo.git",
        "-git@git.example:group/demo.git",
        "git@git.example:-group/demo.git",
        "https://git.example/a\u0000b/demo.git",
        "https://git.example/\u001b[2J/demo.git",
        "path:",
        "path:/",
        "path:..",
        "path:plugins/.",
        "file://git.example/demo.git",
      })
  void whatIsNoAddressIsRefused(String address) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GitAddress.project(address))
        .withMessageStartingWith("git: expected git@host:GROUP/REPO.git, ")
        .withMessageEndingWith("found \"" + address.replaceAll("\\p{Cntrl}", "?") + '"');
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://me:sEcReT@git.example/group/demo.git",
        "https://me:sEcReT@git.example",
        "https://sEcReT@git.example/group/de mo.git",
        "https://me:pa sEcReT@git.example/group/demo.git",
        "https://me:pa\tsEcReT@git.example/group/demo.git",
        "https://me:pa\nsEcReT@git.example/group/demo.git",
        "https://me:pa/sEcReT@git.example",
        "HTTPS://sEcReT@git.example/group/demo.git",
        "me:sEcReT@git.example:group/demo.git",
        "https://me@git.example/group/demo.git?token=sEcReT",
        "https://me@git.example/group/demo.git#sEcReT",
      })
  void whatIsRefusedIsNamedWithoutItsPassword(String address) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GitAddress.project(address))
        .withMessageContaining("***@git.example")
        .satisfies(e -> assertThat(e).message().doesNotContain("sEcReT"));
  }

  @ParameterizedTest
  @CsvSource({
    "https://me:sEcReT@git.example/demo.git, https://***@git.example/demo.git",
    "https://me:pa/sEcReT@git.example/demo.git, https://***@git.example/demo.git",
    "https://me:12x/sEcReT@git.example/demo.git, https://***@git.example/demo.git",
    "https://me:12/sEcReT@git.example/demo.git, https://***@git.example/demo.git",
    "https://u:12/3@h, https://***@h",
    "https://me.too:12/3@git.example/demo.git, https://***@git.example/demo.git",
    "ssh://me:/sEcReT@git.example/demo.git, ssh://***@git.example/demo.git",
    "not supported: https:///me:sEc/ReT@[::1/demo.git, not supported: https:///***@[::1/demo.git",
    "not supported: https:///me:sEcReT@[::1/demo.git, not supported: https:///***@[::1/demo.git",
    "https://git.example:8443/a@b/demo.git, https://git.example:8443/a@b/demo.git",
    "https://[::1]:8443/a@b/demo.git, https://[::1]:8443/a@b/demo.git",
    "https://git.example/a:b@c/demo.git, https://git.example/a:b@c/demo.git",
    "ssh://git@git.example:22/demo.git, ssh://git@git.example:22/demo.git",
    "git@git.example:group/demo.git, git@git.example:group/demo.git",
    "https://git.example: not let in; ask a@b, https://git.example: not let in; ask a@b",
  })
  void aPasswordIsNotShown(String text, String shown) {
    assertThat(Secrets.hidden(text)).isEqualTo(shown);
  }

  @Test
  void whatFitsNoTemplateIsNamedWithoutItsPassword() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GitAddress.rewrite("https://me:sEcReT@git.example/demo.git", TEMPLATE))
        .withMessageContaining("***@git.example/demo.git");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "git@old.example:group/demo.git",
        "ssh://git@old.example:2222/group/demo.git",
        "https://old.example/group/demo",
        "git://old.example/group/demo.git",
        "https://old.example/over/group/demo.git/",
        "file:///srv/group/demo.git",
      })
  void aTemplateGetsGroupAndRepository(String address) {
    assertThat(GitAddress.rewrite(address, TEMPLATE))
        .isEqualTo("https://git.example/group/demo.git");
  }

  @Test
  void withoutATemplateAnAddressStays() {
    assertThat(GitAddress.rewrite("git@git.example:group/demo.git", ""))
        .isEqualTo("git@git.example:group/demo.git");
  }

  @Test
  void aFolderIsNeverRewritten() {
    assertThat(GitAddress.rewrite("path:group/demo", TEMPLATE)).isEqualTo("path:group/demo");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"git@git.example:demo.git", "https://git.example/demo.git", "file:///demo.git"})
  void anAddressWithoutAGroupFitsNoTemplate(String address) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GitAddress.rewrite(address, TEMPLATE))
        .withMessageContaining("GROUP/REPO")
        .withMessageContaining(address);
  }

  @Test
  void aGroupAndARepositoryNeedATemplate() {
    assertThat(GitAddress.rewrite("group/demo", TEMPLATE))
        .isEqualTo("https://git.example/group/demo.git");
    assertThat(GitAddress.rewrite("host:group/demo.git", TEMPLATE))
        .isEqualTo("https://git.example/group/demo.git");
    assertThat(GitAddress.rewrite("host:group/demo.git", "")).isEqualTo("host:group/demo.git");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GitAddress.rewrite("group/demo", ""))
        .withMessageContaining("GROUP/REPO needs plugins.git-url");
    assertThat(GitAddress.isRemote("group/demo")).isFalse();
    assertThat(GitAddress.isRemote("host:group/demo")).isTrue();
    assertThat(GitAddress.isRemote("path:group/demo")).isFalse();
    assertThat(GitAddress.server("host:group/demo.git")).isEqualTo("host:");
  }
}
