package io.loda.server.store.dump;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A folder in memory whose disk fails when a test wants it to, and which a power cut leaves as a
 * file system may: of what wasn't forced a part, and of the names' changes the first ones.
 */
final class SimulatedDisk implements Disk {

  private final Map<String, Content> names = new TreeMap<>();
  private final Map<String, Content> forcedNames = new TreeMap<>();
  private final List<Consumer<Map<String, Content>>> unforced = new ArrayList<>();
  private final Random random;
  private Hook hook = (call, name) -> {};
  private long room = Long.MAX_VALUE;

  /** Told of each call before it happens. */
  interface Hook {
    /**
     * A call.
     *
     * @param call read, create, write, force, truncate, rename, delete or names
     */
    void before(String call, String name) throws IOException;
  }

  /** A file, whatever its name is. */
  private static final class Content {
    byte[] bytes = new byte[0];
    byte[] forced = new byte[0];
  }

  SimulatedDisk(Random random) {
    this.random = random;
  }

  void hook(Hook asked) {
    hook = asked;
  }

  /** Sets how many bytes all files may have together. */
  void room(long bytes) {
    room = bytes;
  }

  private long used() {
    return names.values().stream().mapToLong(content -> content.bytes.length).sum();
  }

  byte[] bytes(String name) {
    return Objects.requireNonNull(names.get(name), name).bytes.clone();
  }

  void put(String name, byte[] bytes) {
    Content content = new Content();
    content.bytes = bytes.clone();
    content.forced = bytes.clone();
    names.put(name, content);
    forcedNames.put(name, content);
  }

  List<String> names() {
    return List.copyOf(names.keySet());
  }

  /** What is there after the host's power was off. */
  void cutPower() {
    int kept = random.nextInt(unforced.size() + 1);
    unforced.subList(0, kept).forEach(change -> change.accept(forcedNames));
    unforced.clear();
    names.clear();
    names.putAll(forcedNames);
    names.values().forEach(this::cutPower);
  }

  private void cutPower(Content content) {
    byte[] bytes = content.bytes;
    int same = Math.max(0, Arrays.mismatch(bytes, content.forced));
    if (Arrays.equals(bytes, content.forced)) {
      return;
    }
    if (random.nextBoolean()) {
      content.bytes = content.forced;
      return;
    }
    int length = same + random.nextInt(bytes.length - same + 1);
    content.bytes = Arrays.copyOf(bytes, length);
    if (length > same && random.nextInt(3) == 0) {
      // a block that didn't get there before a later one
      int from = same + random.nextInt(length - same);
      Arrays.fill(content.bytes, from, Math.min(length, from + 64), (byte) 0);
    }
    content.forced = content.bytes;
  }

  private void change(Consumer<Map<String, Content>> change) {
    change.accept(names);
    unforced.add(change);
  }

  @Override
  public @Nullable InputStream read(String name) throws IOException {
    hook.before("read", name);
    Content content = names.get(name);
    return content == null ? null : new ByteArrayInputStream(content.bytes);
  }

  @Override
  public boolean has(String name) {
    return names.containsKey(name);
  }

  @Override
  public Output create(String name) throws IOException {
    hook.before("create", name);
    Content content = new Content();
    change(all -> all.put(name, content));
    return new Output() {
      @Override
      public void write(byte[] bytes, int length) throws IOException {
        try {
          hook.before("write", name);
        } catch (IOException e) {
          append(bytes, random.nextInt(length + 1));
          throw e;
        }
        if (used() + length > room) {
          append(bytes, (int) Math.max(0, room - used()));
          throw new IOException("No space left on device");
        }
        append(bytes, length);
      }

      private void append(byte[] bytes, int length) {
        int before = content.bytes.length;
        byte[] longer = Arrays.copyOf(content.bytes, before + length);
        System.arraycopy(bytes, 0, longer, before, length);
        content.bytes = longer;
      }

      @Override
      public void force() throws IOException {
        try {
          hook.before("force", name);
        } catch (IOException e) {
          if (random.nextBoolean()) {
            content.forced = content.bytes;
          }
          throw e;
        }
        content.forced = content.bytes;
      }

      @Override
      public void truncate(long bytes) throws IOException {
        hook.before("truncate", name);
        content.bytes = Arrays.copyOf(content.bytes, (int) bytes);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void rename(String name, String newName) throws IOException {
    hook.before("rename", name);
    change(
        all -> {
          Content content = all.remove(name);
          if (content != null) {
            all.put(newName, content);
          }
        });
  }

  @Override
  public void delete(String name) throws IOException {
    hook.before("delete", name);
    change(all -> all.remove(name));
  }

  @Override
  public void forceNames() throws IOException {
    hook.before("names", "");
    unforced.clear();
    forcedNames.clear();
    forcedNames.putAll(names);
  }

  @Override
  public void close() {}

  /** The same files, for another start. */
  SimulatedDisk copy() {
    SimulatedDisk copy = new SimulatedDisk(random);
    new HashMap<>(names).forEach((name, content) -> copy.put(name, content.bytes));
    return copy;
  }
}
