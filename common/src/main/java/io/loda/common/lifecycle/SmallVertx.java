package io.loda.common.lifecycle;

import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.security.Security;
import java.util.concurrent.TimeUnit;

/** Makes Vert.x for this project's programs, with few threads and the system's resolver. */
public final class SmallVertx {

  /** A task that blocks an event loop for longer is logged; tests set it low. */
  private static final long MAX_LOOP_MILLIS = Long.getLong("agent.max-loop-ms", 2_000);

  private SmallVertx() {}

  /** Makes a Vert.x for a command. */
  public static Vertx create() {
    return builder().build();
  }

  /** Returns the builder with the options that all programs share. */
  public static VertxBuilder builder() {
    // the system's resolver knows /etc/hosts and the host's other sources; Netty's doesn't
    System.setProperty("vertx.disableDnsResolver", "true");
    // an unknown name is looked up again soon
    Security.setProperty("networkaddress.cache.negative.ttl", "5");
    return Vertx.builder()
        .with(
            new VertxOptions()
                .setEventLoopPoolSize(2)
                .setWorkerPoolSize(4)
                .setInternalBlockingPoolSize(4)
                .setMaxEventLoopExecuteTime(MAX_LOOP_MILLIS)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS)
                .setWarningExceptionTime(MAX_LOOP_MILLIS)
                .setWarningExceptionTimeUnit(TimeUnit.MILLISECONDS)
                .setBlockedThreadCheckInterval(Math.min(MAX_LOOP_MILLIS, 1_000))
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
  }
}
