package io.loda.agent.assembly;

import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.security.Security;
import java.util.concurrent.TimeUnit;

/** Vert.x as the agent and its commands want it: few threads, and the system's resolver. */
public final class AgentVertx {

  /** A task that holds an event loop for longer is logged; tests set it low. */
  private static final long MAX_LOOP_MILLIS = Long.getLong("agent.max-loop-ms", 2_000);

  private AgentVertx() {}

  /** One for a command. */
  public static Vertx create() {
    return builder().build();
  }

  /** What both are made of. */
  public static VertxBuilder builder() {
    // the system's resolver knows /etc/hosts and whatever else the host asks; Netty's doesn't
    System.setProperty("vertx.disableDnsResolver", "true");
    // a name that wasn't known is asked for again soon
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
