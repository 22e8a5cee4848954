package io.loda.agent.builtin.host;

import io.loda.agent.builtin.kit.FollowedFile;
import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.StateFile;
import io.loda.agent.builtin.kit.Warnings;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import io.loda.common.files.Opened;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports each login of {@code wtmp} and each failed one of {@code btmp} once, with its own time.
 *
 * <p>Of a file that it reads for the first time, it reports the last five minutes.
 */
final class LoginSampler implements Sampler {
  private static final Logger log = LoggerFactory.getLogger(LoginSampler.class);
  private static final long FIRST_LOOK_SECONDS = 300;

  /** Bounds an interval: more logins are an attack, and are read in the next interval. */
  private static final long MOST_BYTES = 10_000L * LoginRecord.SIZE;

  private final StateFile state;
  private final Clock clock;
  private final FollowedFile logins;
  private final FollowedFile failures;
  private final Warnings warnings = new Warnings(log);
  private boolean restored;

  LoginSampler(HostTrees host, StateFile state, Clock clock) {
    this.state = state;
    this.clock = clock;
    this.logins = new FollowedFile(host.resolve("/var/log/wtmp"), LoginSampler::any);
    this.failures = new FollowedFile(host.resolve("/var/log/btmp"), LoginSampler::any);
  }

  /** Accepts the files: their paths are fixed, so no registry chooses them. */
  private static void any(Opened opened, Path path) {}

  @Override
  public List<Metric> collect() throws IOException {
    if (!restored) {
      Properties saved = state.load();
      logins.restore(saved, "wtmp.");
      failures.restore(saved, "btmp.");
      restored = true;
    }
    Points points = new Points();
    try {
      read(logins, true, points);
      read(failures, false, points);
    } catch (AccessDeniedException e) {
      warnings.once(
          "rights",
          "KERNEL: read of %s refused, its kernel.user.login are left out; run the agent as root"
              .formatted(e.getFile()));
    }
    Properties now = new Properties();
    logins.save(now, "wtmp.");
    failures.save(now, "btmp.");
    state.save(now);
    return points.list();
  }

  private void read(FollowedFile file, boolean successful, Points points) throws IOException {
    long since = file.seen() ? 0 : clock.instant().getEpochSecond() - FIRST_LOOK_SECONDS;
    // the first reading must pass the whole file to find the last minutes
    long limit = file.seen() ? MOST_BYTES : Long.MAX_VALUE;
    byte[] buffer = new byte[64 * LoginRecord.SIZE];
    file.read(
        (bytes, length, last) -> {
          int used = 0;
          while (length - used >= LoginRecord.SIZE) {
            LoginRecord record = LoginRecord.parse(bytes, used);
            if (record.isLogin(successful) && record.seconds() >= since) {
              points.add(record.metric(successful));
            }
            used += LoginRecord.SIZE;
          }
          // an incomplete record at the end of a rotated file never becomes complete
          return last ? length : used;
        },
        buffer,
        limit);
  }
}
