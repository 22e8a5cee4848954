package io.loda.server.store.dump;

import io.loda.common.logging.Plural;
import io.loda.server.metric.BadMetric;
import io.loda.server.metric.Metric;
import io.loda.server.store.KeptAnswer;
import io.loda.server.store.StoredMetrics;
import io.loda.server.store.StoredMetrics.Stored;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores the metrics from the dump and its journals. Only reads: the files to put aside are
 * returned, as that must wait for the next dump. On the disk's thread.
 */
final class Restore {

  private static final Logger LOG = LoggerFactory.getLogger(Restore.class);

  private final Disk disk;
  private final Names names;
  private final StoredMetrics metrics;
  private final Instant now;
  private final List<String> aside = new ArrayList<>();
  private long last;
  private long applied;

  /**
   * The state after a restore.
   *
   * @param id the id of the dump and its journals
   * @param changes the number of the last change
   * @param sound whether the dump contains all changes, so that a journal can follow it
   * @param aside the files to put aside
   */
  record Begin(String id, long changes, boolean sound, List<String> aside) {

    /** Returns the state of a new store. */
    static Begin empty() {
      return new Begin(newId(), 0, false, List.of());
    }
  }

  Restore(Disk disk, Names names, StoredMetrics metrics, Instant now) {
    this.disk = disk;
    this.names = names;
    this.metrics = metrics;
    this.now = now;
  }

  private static String newId() {
    return UUID.randomUUID().toString();
  }

  /**
   * Restores the metrics.
   *
   * @throws IOException when a file can't be read at all
   * @throws io.loda.server.store.StoreUnavailable when they don't fit into memory
   */
  Begin run() throws IOException {
    DumpReader.Result dump = dump();
    DumpReader.Own own = dump == null ? null : dump.own();
    boolean whole = dump == null || dump.damage() == null;
    if (!whole) {
      aside.add(names.dump());
    }
    last = own == null ? 0 : own.changes();
    boolean journals = journals(own == null ? null : own.id(), whole);
    if (metrics.size() > 0) {
      LOG.info(
          "dump: restored {} from {}, with {} of its journal",
          Plural.of(metrics.size(), "metric"),
          names.dump(),
          Plural.of(applied, "change"));
    }
    boolean sound = own != null && whole && !journals;
    return new Begin(own == null || !whole ? newId() : own.id(), last, sound, List.copyOf(aside));
  }

  private DumpReader.@Nullable Result dump() throws IOException {
    try (InputStream in = disk.read(names.dump())) {
      if (in == null) {
        return null;
      }
      DumpReader.Result result =
          DumpReader.read(
              in,
              now.toEpochMilli(),
              new DumpReader.Visitor() {
                @Override
                public void metric(Metric metric, long changedMillis) {
                  metrics.restore(new Stored(metric, changedMillis));
                }

                @Override
                public void answer(KeptAnswer answer) {
                  metrics.restore(answer);
                }
              });
      DumpReader.Damage damage = result.damage();
      if (damage != null) {
        LOG.warn(
            "dump: {} {} (at byte {}); the {} metrics before that are restored, and the file is put"
                + " aside once there is a new one",
            names.dump(),
            damage.why(),
            damage.atByte(),
            result.metrics());
      }
      return result;
    }
  }

  /**
   * Applies the journals. If the dump is damaged, they are put aside like it.
   *
   * @return whether they have changes, or are to be put aside
   */
  private boolean journals(@Nullable String id, boolean whole) throws IOException {
    List<JournalReader> all = new ArrayList<>();
    try {
      for (String name : names.journals()) {
        JournalReader journal = JournalReader.open(disk, name);
        if (journal != null) {
          all.add(journal);
        }
      }
      all.sort(Comparator.comparingLong(JournalReader::after));
      boolean any = false;
      for (JournalReader journal : all) {
        any |= journal.peek() != null;
        read(journal, id, whole);
      }
      return any || !aside.isEmpty();
    } finally {
      for (JournalReader journal : all) {
        journal.close();
      }
    }
  }

  private void read(JournalReader journal, @Nullable String id, boolean whole) throws IOException {
    boolean ours = id != null && id.equals(journal.id());
    JournalReader.Change change = ours ? journal.peek() : null;
    while (change != null && change.number() <= last + 1) {
      if (change.number() == last + 1) {
        apply(change);
        last++;
      }
      journal.skip();
      change = journal.peek();
    }
    boolean any = journal.peek() != null;
    if (any) {
      LOG.warn(
          "dump: {} isn't of this dump, or changes between them are missing; it isn't read any"
              + " further, and is put aside once there is a new dump",
          journal.name());
    }
    JournalReader.Rest rest = journal.rest();
    if (!any && rest.bytes() > 0) {
      LOG.warn(
          "dump: the last {} bytes of {} aren't whole, as after a kill{}; they are cut off",
          rest.bytes(),
          journal.name(),
          rest.isLast() ? "" : " of the host, or as of a bad disk");
    }
    if (any || !rest.isLast() || !whole) {
      aside.add(journal.name());
    }
  }

  private void apply(JournalReader.Change change) {
    if (change.batch() == null) {
      return;
    }
    try {
      metrics.change(change.batch(), change.at());
      applied++;
    } catch (BadMetric e) {
      // the dump is damaged, so the sums may differ from those the changes were checked with
      LOG.warn("dump: a change of the journal is dropped: {}", e.getMessage());
    }
  }
}
