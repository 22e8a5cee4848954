package io.loda.common.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;
import io.loda.common.files.OwnFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets the log up: one line for each event, to standard error or to a file that rolls by size.
 * Never writes to standard output, which is for points.
 */
public final class Logging {

  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0} %text%n%trace{short}";

  /**
   * Libraries whose events the agent logs itself in one line. nsq-j logs a stack trace for each
   * retry while a server is down.
   */
  private static final Map<String, Level> QUIET =
      Map.of(
          "com.sproutsocial.nsq", Level.OFF,
          "com.zaxxer.hikari", Level.ERROR,
          "io.netty", Level.WARN,
          "org.apache.sshd", Level.ERROR,
          "org.eclipse.jgit", Level.ERROR,
          "org.flywaydb", Level.OFF);

  private Logging() {}

  /** Configures the log, and replaces the previous configuration. */
  public static void configure(LogSettings config) {
    LoggerContext context = context();
    context.reset();
    Path file = config.file();
    boolean written = file != null && start(context, rolling(context, file, config));
    if (!written) {
      start(context, standardError());
    }
    Level level = Level.toLevel(config.level());
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(level);
    if (level.isGreaterOrEqual(Level.INFO)) {
      QUIET.forEach((name, quiet) -> context.getLogger(name).setLevel(quiet));
    }
    if (file != null && !written) {
      LoggerFactory.getLogger(Logging.class)
          .error(
              "log.file: expected a file that can be written, found {}; the log goes to standard"
                  + " error",
              file);
    }
  }

  /** Logs only warnings, to standard error: for commands, whose standard output is their result. */
  static void quiet(LoggerContext context) {
    start(context, standardError());
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.WARN);
  }

  /** Flushes and closes the log. */
  public static void stop() {
    context().stop();
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }

  /** Starts an appender; returns whether its file could be opened. */
  private static boolean start(
      LoggerContext context, OutputStreamAppender<ILoggingEvent> appender) {
    PatternLayout layout = new PatternLayout();
    layout.setContext(context);
    layout.getInstanceConverterMap().put("text", MessageConverter::new);
    layout.getInstanceConverterMap().put("trace", TraceConverter::new);
    layout.setPattern(PATTERN);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setLayout(layout);
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.start();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.start();
    if (appender.isStarted()) {
      context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
    }
    return appender.isStarted();
  }

  private static ConsoleAppender<ILoggingEvent> standardError() {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setTarget("System.err");
    return appender;
  }

  private static RollingFileAppender<ILoggingEvent> rolling(
      LoggerContext context, Path file, LogSettings config) {
    RollingFileAppender<ILoggingEvent> appender = new PrivateFiles();
    appender.setFile(file.toString());
    FixedWindowRollingPolicy rolling = new AnyNumberOfFiles();
    rolling.setContext(context);
    rolling.setParent(appender);
    rolling.setFileNamePattern(file + ".%i");
    rolling.setMinIndex(1);
    rolling.setMaxIndex(config.keep());
    rolling.start();
    SizeBasedTriggeringPolicy<ILoggingEvent> trigger = new SizeBasedTriggeringPolicy<>();
    trigger.setContext(context);
    trigger.setMaxFileSize(new FileSize(config.maxSizeBytes()));
    // by default the size is checked once a minute, and a busy minute can fill a disk
    trigger.setCheckIncrement(new Duration(0));
    trigger.start();
    for (int i = 1; i <= config.keep(); i++) {
      mend(Path.of(file + "." + i));
    }
    appender.setRollingPolicy(rolling);
    appender.setTriggeringPolicy(trigger);
    return appender;
  }

  private static void mend(Path file) {
    try {
      OwnFiles.mend(file);
    } catch (IOException e) {
      // the file belongs to another user, who has to change it
    }
  }

  /**
   * Creates the log files so that only the agent's user can read them; makes older ones private
   * too.
   */
  private static final class PrivateFiles extends RollingFileAppender<ILoggingEvent> {

    @Override
    public void openFile(String name) throws IOException {
      Path file = Path.of(name).toAbsolutePath();
      Files.createDirectories(file.getParent());
      OwnFiles.createFile(file);
      super.openFile(name);
    }
  }

  /** Removes Logback's limit of 21 files. */
  private static final class AnyNumberOfFiles extends FixedWindowRollingPolicy {

    @Override
    protected int getMaxWindowSize() {
      return Integer.MAX_VALUE;
    }
  }
}
