package io.loda.agent.git.commit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loda.common.files.FileStat;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.TreeBounds;
import io.loda.common.files.TreeVisitor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Computes git's id of a folder's tree from its files, to verify that they are a commit's, whoever
 * wrote them. Names have one character for each byte.
 *
 * <p>JGit isn't used for this: it reads packs, deltas and whatever a server sends. Files are
 * checked out with exactly the bytes of the commit, since line ends, {@code $Id$} and filters of
 * {@code .gitattributes} would change them.
 */
final class TreeHash implements TreeVisitor {

  private static final String FILE = "100644";
  private static final String PROGRAM = "100755";
  private static final String LINK = "120000";
  private static final String FOLDER = "40000";
  private static final Path GIT = Path.of(".git");
  private static final byte[] NOTHING = {};

  private final Map<String, UnseenEntry> unseen;

  /** Entries by folder; the top has the empty name. */
  private final Map<String, List<Entry>> entries = new HashMap<>();

  private record Entry(String mode, String name, byte[] id) {

    /** Returns the sort key: git sorts a folder as if its name ended with a slash. */
    String order() {
      return mode.equals(FOLDER) ? name + '/' : name;
    }
  }

  private TreeHash(Map<String, UnseenEntry> unseen) {
    this.unseen = unseen;
  }

  /**
   * Computes the id of a folder without {@code .git}; blocks.
   *
   * @param unseen what the files don't show of their entries, by path
   */
  static String of(Path folder, TreeBounds bounds, Map<String, UnseenEntry> unseen)
      throws IOException {
    TreeHash hash = new TreeHash(unseen);
    SafeFiles.walk(folder, bounds, hash);
    return HexFormat.of().formatHex(hash.tree(""));
  }

  @Override
  public boolean folder(Path relative, Opened folder) throws IOException {
    if (relative.equals(GIT)) {
      return false;
    }
    String path = text(relative);
    UnseenEntry module = unseen.get(path);
    if (module != null && module.isModule()) {
      // a submodule's folder stays empty
      folder.names(0);
      add(path, module.mode(), HexFormat.of().parseHex(module.value()));
      return false;
    }
    if (!path.isEmpty()) {
      add(path, FOLDER, NOTHING);
    }
    return true;
  }

  @Override
  public void file(Path relative, Opened file) throws IOException {
    String path = text(relative);
    UnseenEntry odd = unseen.get(path);
    String mode = file.stat().anybodyMayRun() ? PROGRAM : FILE;
    try (FileChannel content = file.read()) {
      byte[] id = ObjectHash.ofFile(content, file.stat().size());
      add(path, odd == null ? mode : odd.mode(), id);
    }
  }

  @Override
  public void link(Path relative, FileStat link, Path target) throws IOException {
    String path = text(relative);
    UnseenEntry odd = unseen.get(path);
    String seen = text(target);
    String exact = odd == null ? seen : odd.target(seen);
    add(path, LINK, ObjectHash.bytesOf("blob", exact.getBytes(ISO_8859_1)));
  }

  @Override
  public void other(Path relative, FileStat stat) throws IOException {
    throw new IOException("is refused: its " + relative + " is " + stat.type());
  }

  private void add(String path, String mode, byte[] id) {
    int slash = path.lastIndexOf('/');
    entries
        .computeIfAbsent(path.substring(0, Math.max(slash, 0)), unused -> new ArrayList<>())
        .add(new Entry(mode, path.substring(slash + 1), id));
  }

  private byte[] tree(String path) {
    List<Entry> all = new ArrayList<>(entries.getOrDefault(path, List.of()));
    all.sort(Comparator.comparing(Entry::order));
    ByteArrayOutputStream tree = new ByteArrayOutputStream();
    for (Entry entry : all) {
      String below = path.isEmpty() ? entry.name() : path + '/' + entry.name();
      boolean folder = entry.mode().equals(FOLDER);
      // git has no empty folders
      if (!folder || entries.containsKey(below)) {
        tree.writeBytes((entry.mode() + ' ' + entry.name() + '\0').getBytes(ISO_8859_1));
        tree.writeBytes(folder ? tree(below) : entry.id());
      }
    }
    return ObjectHash.bytesOf("tree", tree.toByteArray());
  }

  private static String text(Path path) throws IOException {
    return new String(SafeFiles.bytes(path), ISO_8859_1);
  }
}
