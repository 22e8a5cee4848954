package io.loda.agent.schedule;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.zip.CRC32C;

/**
 * When a job runs first: somewhere in its interval, always the same place on the same host, so that
 * neither a fleet nor a host's own jobs start in step.
 */
final class Splay {

  private Splay() {}

  static Duration of(String hostname, String key, Duration interval) {
    CRC32C hash = new CRC32C();
    hash.update((hostname + '\n' + key).getBytes(UTF_8));
    return Duration.ofMillis(hash.getValue() % interval.toMillis());
  }
}
