package io.loda.common.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SafeFilesTest {

  private static final TreeBounds BOUNDS = new TreeBounds(20, 10_000);
  private static final int TRIES = 3_000;

  @TempDir Path dir;
  private Path theirs;
  private Path secret;

  @BeforeEach
  void makeFolders() throws IOException {
    dir = dir.toRealPath();
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
    secret = Files.writeString(dir.resolve("secret"), "secret");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    theirs = dir.resolve("theirs");
  }

  @Test
  void readsAFileAndSaysWhereItIs() throws IOException {
    Path file = Files.writeString(dir.resolve("ä file"), "text");

    try (Opened opened = SafeFiles.open(file)) {
      assertThat(opened.text(4)).isEqualTo("text");
      assertThat(opened.realPath()).isEqualTo(file);
      assertThat(opened.stat().size()).isEqualTo(4);
      assertThat(opened.stat().links()).isEqualTo(1);
      assertThat(opened.way()).first().extracting(Step::path).isEqualTo(Path.of("/"));
    }
    assertThatThrownBy(() -> SafeFiles.readString(file, 3)).hasMessageContaining("larger than 3");
  }

  @Test
  void readsTheKernelsFilesWhichSayThatTheyAreEmpty() throws IOException {
    assertThat(SafeFiles.readString(Path.of("/proc/self/status"), 10_000)).contains("Pid:");
  }

  @Test
  void listsOneKindOfNamesWhateverElseIsThere() throws IOException {
    for (int i = 0; i < 100; i++) {
      Files.createFile(dir.resolve("other-" + i));
    }
    Files.createFile(dir.resolve("log.1"));

    try (Opened folder = SafeFiles.openFolder(dir)) {
      assertThat(folder.names(1, name -> name.toString().startsWith("log")))
          .containsExactly(Path.of("log.1"));
      assertThatThrownBy(() -> folder.names(99, name -> name.toString().startsWith("other")))
          .isInstanceOf(Opened.TooManyException.class);
    }
  }

  /** It shows its addresses to root, and zeros to others, whatever its mode says. */
  @Test
  void whatTheKernelMakesForItsReaderIsNotEverybodys() throws IOException {
    for (String file : new String[] {"/proc/kallsyms", "/proc/self/maps", "/proc/self/status"}) {
      try (Opened opened = SafeFiles.open(Path.of(file))) {
        assertThat(opened.stat().everybodyMayRead()).isTrue();
        assertThat(opened.hidden()).get().asString().contains("is the kernel's own");
      }
    }
    try (Opened opened = SafeFiles.open(Path.of("/etc/passwd"))) {
      assertThat(opened.hidden()).isEmpty();
    }
  }

  @Test
  void rootTakesNoFileForItsOwnThatSomebodyElsePutThere() throws Exception {
    Attacker.assumePossible();
    Attacker.folder(theirs);
    Attacker.sh("ln -s \"$1\" \"$2/agent.log\"", secret, theirs);

    assertThatThrownBy(() -> OwnFiles.createFile(theirs.resolve("agent.log")))
        .hasMessageContaining("belongs to somebody else");
    OwnFiles.createFile(Files.createFile(dir.resolve("ours")));
  }

  @Test
  void followsLinksInFoldersOfOurs() throws IOException {
    Files.createDirectories(dir.resolve("a/b"));
    Files.createSymbolicLink(dir.resolve("a/relative"), Path.of("b/../../secret"));
    Files.createSymbolicLink(dir.resolve("absolute"), dir.resolve("a"));

    try (Opened opened = SafeFiles.open(dir.resolve("absolute/relative"))) {
      assertThat(opened.text(10)).isEqualTo("secret");
      assertThat(opened.realPath()).isEqualTo(secret);
    }
    try (Opened opened = SafeFiles.openUnfollowed(dir.resolve("absolute"))) {
      assertThat(opened.stat().isLink()).isTrue();
    }
  }

  @Test
  void endsWithLinksThatLeadInARound() throws IOException {
    Files.createSymbolicLink(dir.resolve("a"), dir.resolve("b"));
    Files.createSymbolicLink(dir.resolve("b"), dir.resolve("a"));

    assertThatThrownBy(() -> SafeFiles.open(dir.resolve("a"))).isInstanceOf(IOException.class);
  }

  @Test
  void saysWhatIsNotThere() {
    assertThatThrownBy(() -> SafeFiles.open(dir.resolve("none/file")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("none/file");
    assertThatThrownBy(() -> SafeFiles.open(secret.resolve("file")))
        .hasMessageContaining("Not a directory");
  }

  @Test
  void followsNoLinkInAFolderOfOthers() throws Exception {
    Attacker.assumePossible();
    Attacker.folder(theirs);
    Attacker.sh("ln -s \"$1\" \"$2\"/link; ln -s \"$3\" \"$2\"/folder", secret, theirs, dir);

    assertThatThrownBy(() -> SafeFiles.open(theirs.resolve("link")))
        .isInstanceOf(UnsafePathException.class)
        .hasMessageContaining(theirs.resolve("link").toString())
        .hasMessageContaining("give the path that it leads to");
    assertThatThrownBy(() -> SafeFiles.open(theirs.resolve("folder/secret")))
        .isInstanceOf(UnsafePathException.class);
  }

  @Test
  void followsOnlyOursInAStickyFolder() throws Exception {
    Attacker.assumePossible();
    Path sticky = Files.createDirectory(dir.resolve("tmp"));
    Files.setAttribute(sticky, "unix:mode", 01777);
    Files.createSymbolicLink(sticky.resolve("ours"), secret);
    Attacker.sh("ln -s \"$1\" \"$2\"/theirs", secret, sticky);

    assertThat(SafeFiles.readString(sticky.resolve("ours"), 10)).isEqualTo("secret");
    assertThatThrownBy(() -> SafeFiles.open(sticky.resolve("theirs")))
        .isInstanceOf(UnsafePathException.class);
  }

  @Test
  void opensNoPipeAndNoDevice() throws Exception {
    new ProcessBuilder("mkfifo", dir.resolve("pipe").toString()).start().waitFor();

    assertThatThrownBy(() -> SafeFiles.readString(dir.resolve("pipe"), 10))
        .hasMessageContaining("is a named pipe; expected a regular file");
    assertThatThrownBy(() -> SafeFiles.readString(Path.of("/dev/zero"), 10))
        .hasMessageContaining("is a device");
    assertThatThrownBy(() -> SafeFiles.list(dir.resolve("pipe"), 10))
        .hasMessageContaining("is a named pipe; expected a folder");
  }

  @Test
  void readsNothingThatIsSwappedIn() throws Exception {
    Attacker.assumePossible();
    Attacker.folder(theirs);
    Attacker.sh("mkdir \"$1\"/a; echo log > \"$1\"/a/secret; ln -s \"$2\" \"$1\"/b", theirs, dir);
    List<String> read = new ArrayList<>();

    try (Attacker swapping = Attacker.swapping(theirs.resolve("a"), theirs.resolve("b"))) {
      for (int i = 0; i < TRIES; i++) {
        try {
          read.add(SafeFiles.readString(theirs.resolve("a/secret"), 100));
        } catch (IOException e) {
          // it was the link's turn
        }
      }
      swapping.requireAlive();
    }

    assertThat(read).isNotEmpty().containsOnly("log\n");
  }

  @Test
  void waitsForNoPipeThatIsSwappedIn() throws Exception {
    Attacker.assumePossible();
    Attacker.folder(theirs);
    Attacker.sh("echo log > \"$1\"/a; mkfifo \"$1\"/b", theirs);
    int read = 0;

    try (Attacker swapping = Attacker.swapping(theirs.resolve("a"), theirs.resolve("b"))) {
      for (int i = 0; i < TRIES; i++) {
        try {
          assertThat(SafeFiles.readString(theirs.resolve("a"), 100)).isEqualTo("log\n");
          read++;
        } catch (java.nio.file.FileSystemException e) {
          assertThat(e).hasMessageContaining("named pipe");
        }
      }
      swapping.requireAlive();
    }

    assertThat(read).isPositive();
  }

  @Test
  void waitsForNobodyWhoHoldsALease() throws Exception {
    Attacker.assumePossible();
    Path file = Attacker.folder(theirs).resolve("file");
    Attacker.sh("echo text > \"$1\"", file);
    String lease =
        """
        import fcntl, os, signal, sys, time
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        fd = os.open(sys.argv[1], os.O_RDWR)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        print('on', flush=True)
        time.sleep(1000)
        """;
    try (Attacker holder = Attacker.running("python3", "-c", lease, file.toString())) {
      assertThatThrownBy(() -> SafeFiles.readString(file, 10)).hasMessageContaining("has a lease");
      holder.requireAlive();
    }
    assertThat(SafeFiles.readString(file, 10)).isEqualTo("text\n");
  }

  @Test
  void deletesATreeAndNothingThatItsLinksLeadTo() throws IOException {
    Path tree = Files.createDirectories(dir.resolve("tree/a/b/c"));
    Files.writeString(tree.resolve("file"), "");
    Files.createSymbolicLink(tree.resolve("link"), dir);
    Files.createSymbolicLink(dir.resolve("tree/link"), secret);

    assertThat(SafeFiles.deleteTree(dir.resolve("tree"))).isGreaterThanOrEqualTo(7);

    assertThat(dir).isDirectoryNotContaining("glob:**/tree");
    assertThat(secret).exists();
    assertThat(SafeFiles.deleteTree(dir.resolve("tree"))).isZero();
  }

  @Test
  void deletesALinkItself() throws IOException {
    Path link = Files.createSymbolicLink(dir.resolve("link"), secret);

    assertThat(SafeFiles.deleteTree(link)).isEqualTo(1);

    assertThat(secret).exists();
    assertThat(Files.exists(link, java.nio.file.LinkOption.NOFOLLOW_LINKS)).isFalse();
  }

  @Test
  void deletesWhatLiesDeeperThanAnyPathReaches() throws Exception {
    Path tree = Files.createDirectory(dir.resolve("tree"));
    String deep =
        "import os,sys\nos.chdir(sys.argv[1])\nfor i in range(3000):\n os.mkdir('d'); os.chdir('d')";
    assertThat(new ProcessBuilder("python3", "-c", deep, tree.toString()).start().waitFor())
        .isZero();

    assertThat(SafeFiles.deleteTree(tree)).isGreaterThan(3_000);

    assertThat(tree).doesNotExist();
  }

  @Test
  void deletesNothingElsewhereWhoeverSwaps() throws Exception {
    Attacker.assumePossible();
    Path canary = Files.createDirectories(dir.resolve("canary/sub"));
    for (int i = 0; i < 300; i++) {
      Files.writeString(canary.resolve("file" + i), "");
    }
    for (int round = 0; round < 20; round++) {
      Attacker.folder(theirs);
      Attacker.sh(
          "mkdir -p \"$1\"/a/sub; i=0; while [ $i -lt 300 ]; do : > \"$1\"/a/sub/file$i;"
              + " i=$((i + 1)); done; ln -s \"$2\" \"$1\"/b",
          theirs,
          dir.resolve("canary"));
      try (Attacker swapping = Attacker.swapping(theirs.resolve("a"), theirs.resolve("b"))) {
        swapping.requireAlive();
        SafeFiles.deleteTree(theirs);
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("can't be deleted");
      }
      SafeFiles.deleteTree(theirs);
    }

    assertThat(SafeFiles.list(canary, 1_000)).hasSize(300);
    assertThat(theirs).doesNotExist();
  }

  @Test
  void copiesATreeWithItsLinksAsLinks() throws IOException {
    Path source = Files.createDirectories(dir.resolve("source/sub"));
    Files.writeString(source.resolve("file"), "text");
    Path program = Files.writeString(source.resolve("run"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createSymbolicLink(source.resolve("link"), secret);

    Path copy = dir.resolve("copy");
    SafeFiles.copyTree(dir.resolve("source"), copy, Owners.ours(), BOUNDS, 1_000);

    assertThat(copy.resolve("sub/file")).hasContent("text");
    assertThat(copy.resolve("sub/run")).isExecutable();
    assertThat(copy.resolve("sub/link")).isSymbolicLink();
    assertThatThrownBy(
            () ->
                SafeFiles.copyTree(
                    dir.resolve("source"), dir.resolve("next"), Owners.ours(), BOUNDS, 5))
        .hasMessageContaining("larger than");
  }

  @Test
  void copiesNothingThatIsSwappedInAndNothingOfAnotherOwner() throws Exception {
    Attacker.assumePossible();
    Attacker.folder(theirs);
    Attacker.sh("echo data > \"$1\"/data; ln -s \"$2\" \"$1\"/b", theirs, secret);
    Owners owners = new Owners(java.util.Set.of(Attacker.UID));
    int copied = 0;
    try (Attacker swapping = Attacker.swapping(theirs.resolve("data"), theirs.resolve("b"))) {
      for (int i = 0; i < 500; i++) {
        Path copy = dir.resolve("copy");
        try {
          SafeFiles.copyTree(theirs, copy, owners, BOUNDS, 1_000);
        } catch (java.nio.file.FileSystemException e) {
          assertThat(e).hasMessageContaining("was changed while it was looked at");
        }
        Path data = copy.resolve("data");
        if (Files.isRegularFile(data, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
          assertThat(data).hasContent("data");
          copied++;
        }
        SafeFiles.deleteTree(copy);
      }
      swapping.requireAlive();
    }
    assertThat(copied).isPositive();

    Files.createLink(theirs.resolve("hard"), secret);
    assertThatThrownBy(
            () -> SafeFiles.copyTree(theirs, dir.resolve("other"), owners, BOUNDS, 1_000))
        .hasMessageContaining("belongs to the user with id 0");
  }

  @Test
  void keepsItsBoundsOnATree() throws IOException {
    Files.createDirectories(dir.resolve("tree/a/b/c"));
    TreeVisitor nothing = (relative, file) -> {};

    assertThatThrownBy(() -> SafeFiles.walk(dir.resolve("tree"), new TreeBounds(2, 100), nothing))
        .hasMessageContaining("deeper than 2");
    assertThatThrownBy(() -> SafeFiles.walk(dir.resolve("tree"), new TreeBounds(10, 2), nothing))
        .hasMessageContaining("more than");
  }

  @Test
  void blamesTheFolderThatOthersMayChange() throws Exception {
    Attacker.assumePossible();
    Path file = dir.resolve("theirs/sub/file");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "");
    assertThat(blame(file, Owners.ours())).isEmpty();

    Files.setAttribute(theirs, "unix:mode", 0777);
    assertThat(blame(file, Owners.ours()))
        .contains(theirs + " may be written by others (mode 0777)");
    Files.setAttribute(theirs, "unix:mode", 01777);
    assertThat(blame(file, Owners.ours())).isEmpty();
    Attacker.folder(theirs);
    assertThat(blame(file, Owners.ours())).contains(theirs + " belongs to the user with id 65534");
    assertThat(blame(file, Owners.ours().and(Attacker.UID))).isEmpty();
    Files.setAttribute(file, "unix:mode", 0666);
    assertThat(blame(file, Owners.ours().and(Attacker.UID)))
        .contains(file + " may be written by others (mode 0666)");
  }

  private static java.util.Optional<String> blame(Path path, Owners owners) throws IOException {
    try (Opened opened = SafeFiles.open(path)) {
      return owners.blame(opened.way(), Owners.NO_GROUP, false).map(Owners.Blame::toString);
    }
  }

  @Test
  void leaksNoDescriptor() throws IOException {
    Path tree = Files.createDirectories(dir.resolve("tree/a/b/c"));
    Files.write(tree.resolve("file"), "text".getBytes(UTF_8));
    int before = descriptors();
    for (int i = 0; i < 200; i++) {
      SafeFiles.readString(tree.resolve("file"), 10);
      assertThatThrownBy(() -> SafeFiles.open(tree.resolve("none")));
      assertThatThrownBy(() -> SafeFiles.openFolder(tree.resolve("file")));
      assertThatThrownBy(() -> SafeFiles.openRegular(tree));
      SafeFiles.walk(dir.resolve("tree"), BOUNDS, (relative, file) -> {});
    }
    assertThat(descriptors()).isLessThan(before + 50);
  }

  private static int descriptors() {
    String[] all = Path.of("/proc/self/fd").toFile().list();
    return all == null ? 0 : all.length;
  }
}
