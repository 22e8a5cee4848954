package io.loda.common.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A real PostgreSQL with a data folder of its own, on 127.0.0.1 only. Where the tests are root, who
 * may not run it, it is nobody's. Its databases sort as people do unless a column says otherwise,
 * so that a test sees whether one does. Its data is in the system's memory where that can be had,
 * and outlives its processes. {@link #connect} needs the driver on the caller's path.
 */
public final class Postgres implements AutoCloseable {

  public static final String USER = "tester";
  public static final String PASSWORD = "s3cret of the tests";

  private static final Path MEMORY = Path.of("/dev/shm");
  private static final long ROOM = 1L << 30;
  private static final String NOBODY = "nobody";
  private static final boolean ROOT =
      ProcessHandle.current().info().user().orElse("").equals("root");

  /** From here on {@code initdb} knows who sorts. */
  private static final int KNOWS_ICU = 15;

  private final Path folder;
  private final Path data;
  private final int port = FreePort.find();
  private final ServerProcess process;
  private final AtomicInteger databases = new AtomicInteger();

  private Postgres(Path programs, Path folder, List<String> options) throws IOException {
    this.folder = folder;
    this.data = folder.resolve("data");
    List<String> command =
        as(
            programs.resolve("postgres").toString(),
            "-D",
            data.toString(),
            "-p",
            Integer.toString(port));
    Stream.concat(
            Stream.of(
                "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=60"),
            options.stream())
        .forEach(option -> command.addAll(List.of("-c", option)));
    this.process = new ServerProcess(command, folder.resolve("postgres.log"), this::isReady);
  }

  /** Starts one, with further settings: {@code name=value}. */
  public static Postgres started(String... options) throws IOException, InterruptedException {
    Postgres postgres = prepare(options);
    postgres.start();
    return postgres;
  }

  /** One that isn't started yet. */
  public static Postgres prepare(String... options) throws IOException, InterruptedException {
    return prepare(newFolder(), options);
  }

  /** A folder for one, where its settings must name files in it. */
  public static Path newFolder() throws IOException {
    return Files.isWritable(MEMORY) && MEMORY.toFile().getUsableSpace() > ROOM
        ? Files.createTempDirectory(MEMORY, "postgres-test")
        : Files.createTempDirectory("postgres-test");
  }

  /** The same in a folder that {@link #newFolder} made. */
  public static Postgres prepare(Path folder, String... options)
      throws IOException, InterruptedException {
    Path programs = Path.of(TestProgram.find("postgres-for-tests"));
    Postgres postgres = new Postgres(programs, folder, List.of(options));
    postgres.makeData(programs);
    return postgres;
  }

  private void makeData(Path programs) throws IOException, InterruptedException {
    Path password = Files.writeString(folder.resolve("password"), PASSWORD);
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("r--------"));
    give(password);
    give(folder);
    List<String> command =
        as(
            programs.resolve("initdb").toString(),
            "--pgdata=" + data,
            "--username=" + USER,
            "--pwfile=" + password,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync");
    String version = run(List.of(programs.resolve("postgres").toString(), "--version"));
    if (Integer.parseInt(version.replaceFirst("(?s)^\\D*(\\d+).*", "$1")) >= KNOWS_ICU) {
      command.addAll(List.of("--locale-provider=icu", "--icu-locale=en"));
    }
    run(command);
  }

  private static List<String> as(String... command) {
    List<String> all =
        ROOT
            ? new ArrayList<>(
                List.of("setpriv", "--reuid=" + NOBODY, "--regid=nogroup", "--clear-groups", "--"))
            : new ArrayList<>();
    all.addAll(List.of(command));
    return all;
  }

  /** Gives a file to the one who runs the server. */
  public void give(Path file) throws IOException {
    if (ROOT) {
      Files.setOwner(
          file, file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(NOBODY));
    }
  }

  private String run(List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("postgres", ".log");
    try {
      // where the server's user may be, too
      int status =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start()
              .waitFor();
      String text = Files.readString(output);
      if (status != 0) {
        throw new IllegalStateException(command + " failed: " + text);
      }
      return text;
    } finally {
      Files.delete(output);
    }
  }

  /** As {@code pg_ctl} sees it: the last line of the file that also has the process's id. */
  private boolean isReady() throws IOException {
    Path file = data.resolve("postmaster.pid");
    if (!Files.exists(file)) {
      return false;
    }
    List<String> lines = Files.readAllLines(file);
    return lines.size() >= 8
        && lines.get(0).equals(Long.toString(process.pid()))
        && lines.get(7).startsWith("ready");
  }

  /** Starts it again after a {@link #kill}: the same port, the same data. */
  public void start() throws IOException, InterruptedException {
    process.start();
  }

  /** SIGSTOP of all its processes: the system still takes connections, and nobody answers. */
  public void stop() throws IOException {
    process.stopAll();
  }

  /** SIGCONT. */
  public void resume() throws IOException {
    process.resumeAll();
  }

  /** SIGKILL of all its processes; its data stays. */
  public void kill() throws IOException {
    process.killAll();
  }

  public int port() {
    return port;
  }

  /** Makes a database with nothing in it, and returns its name. */
  public String createDatabase() throws SQLException {
    String name = "test_" + databases.incrementAndGet();
    try (Connection connection = connect("postgres");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    }
    return name;
  }

  /** Connects as the one who may do all. */
  public Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + database, USER, PASSWORD);
  }

  /** The address of a database as the server's setting has it. */
  public String dsn(String database) {
    return "postgres://%s:%s@127.0.0.1:%d/%s?sslmode=disable"
        .formatted(USER, PASSWORD.replace(" ", "%20"), port, database);
  }

  /** Ends it, and removes its data. */
  @Override
  public void close() throws IOException {
    kill();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
