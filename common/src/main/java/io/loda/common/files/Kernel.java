package io.loda.common.files;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The system calls that Java has but hides: {@code openat} and similar ones. The JVM opens them
 * with {@link SafeFiles#JVM_OPTION}.
 */
final class Kernel {

  static final int RDONLY = 0;
  static final int NONBLOCK = 0x800;
  static final int CLOEXEC = 0x80000;
  static final int PATH = 0x200000;
  static final int NOFOLLOW;

  /** On every processor the bit below {@code O_NOFOLLOW}. */
  static final int DIRECTORY;

  static final int NOT_A_DIRECTORY = 20;
  static final int WOULD_BLOCK = 11;

  private static final String FS = "sun.nio.fs.";
  private static final int REMOVE_DIRECTORY = 0x200;

  private static final @Nullable Method OPENAT;
  private static final @Nullable Method CLOSE;
  private static final @Nullable Method UNLINKAT;
  private static final @Nullable Method RENAMEAT;
  private static final @Nullable Method BYTES;
  private static final @Nullable Method ERROR_NUMBER;
  private static final @Nullable Method TRANSLATE;
  private static final @Nullable String PROBLEM;

  static {
    Method openat = null;
    Method close = null;
    Method unlinkat = null;
    Method renameat = null;
    Method bytes = null;
    Method errorNumber = null;
    Method translate = null;
    int noFollow = 0;
    String problem = null;
    try {
      String calls = FS + "UnixNativeDispatcher";
      openat = method(calls, "openat", int.class, byte[].class, int.class, int.class);
      close = method(calls, "close", int.class);
      unlinkat = method(calls, "unlinkat", int.class, byte[].class, int.class);
      renameat = method(calls, "renameat", int.class, byte[].class, int.class, byte[].class);
      bytes = method(FS + "UnixPath", "asByteArray");
      errorNumber = method(FS + "UnixException", "errno");
      translate =
          method(FS + "UnixException", "translateToIOException", String.class, String.class);
      Field constant = Class.forName(FS + "UnixConstants").getDeclaredField("O_NOFOLLOW");
      constant.setAccessible(true);
      noFollow = constant.getInt(null);
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      problem =
          "the agent can't open files safely: the JVM must be started with "
              + SafeFiles.JVM_OPTION
              + " (bin/agent does): "
              + e.getMessage();
    }
    OPENAT = openat;
    CLOSE = close;
    UNLINKAT = unlinkat;
    RENAMEAT = renameat;
    BYTES = bytes;
    ERROR_NUMBER = errorNumber;
    TRANSLATE = translate;
    NOFOLLOW = noFollow;
    DIRECTORY = noFollow >> 1;
    PROBLEM = problem;
  }

  private Kernel() {}

  private static Method method(String type, String name, Class<?>... parameters)
      throws ReflectiveOperationException {
    Method method = Class.forName(type).getDeclaredMethod(name, parameters);
    method.setAccessible(true);
    return method;
  }

  /** Returns why no file can be opened; null: files can be opened. */
  static @Nullable String problem() {
    return PROBLEM;
  }

  /**
   * Opens a name in a folder.
   *
   * @param flags without {@code O_CLOEXEC}, which is always set
   * @param shown the path in a failure's message
   */
  static int open(int folder, Path name, int flags, Path shown) throws IOException {
    return (Integer) call(OPENAT, shown, folder, bytes(name), flags | CLOEXEC, 0);
  }

  static void close(int descriptor) {
    try {
      call(CLOSE, Path.of(Integer.toString(descriptor)), descriptor);
    } catch (IOException e) {
      // close() failed, but the descriptor is closed all the same
    }
  }

  /** Deletes a name that isn't a folder's; a link itself, not its target. */
  static void deleteFile(int folder, Path name, Path shown) throws IOException {
    call(UNLINKAT, shown, folder, bytes(name), 0);
  }

  static void deleteFolder(int folder, Path name, Path shown) throws IOException {
    call(UNLINKAT, shown, folder, bytes(name), REMOVE_DIRECTORY);
  }

  static void move(int from, Path name, int to, Path newName, Path shown) throws IOException {
    call(RENAMEAT, shown, from, bytes(name), to, bytes(newName));
  }

  /** Returns the name's bytes on disk, in whatever encoding. */
  static byte[] bytes(Path name) throws IOException {
    return (byte[]) invoke(BYTES, name, name);
  }

  private static Object call(@Nullable Method method, Path shown, Object... arguments)
      throws IOException {
    return invoke(method, null, shown, arguments);
  }

  private static Object invoke(
      @Nullable Method method, @Nullable Object receiver, Path shown, Object... arguments)
      throws IOException {
    if (method == null) {
      throw new IllegalStateException(PROBLEM);
    }
    try {
      Object result = method.invoke(receiver, arguments);
      return result == null ? "" : result;
    } catch (InvocationTargetException e) {
      throw failure(Objects.requireNonNull(e.getCause()), shown);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static IOException failure(Throwable cause, Path shown) {
    if (cause instanceof Error error) {
      throw error;
    }
    if (cause instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    try {
      int number = ERROR_NUMBER == null ? 0 : (Integer) ERROR_NUMBER.invoke(cause);
      IOException failure =
          TRANSLATE == null
              ? new IOException(cause)
              : (IOException) TRANSLATE.invoke(cause, shown.toString(), null);
      return number == NOT_A_DIRECTORY
          ? new NoFolderException(shown)
          : number == WOULD_BLOCK ? new HeldException(shown) : failure;
    } catch (ReflectiveOperationException e) {
      return new IOException(cause);
    }
  }

  /** Replaces {@code /proc/self/fd} in a failure by the path that is meant. */
  static FileSystemException at(Path path, FileSystemException failure) {
    FileSystemException said =
        failure instanceof AccessDeniedException
            ? new AccessDeniedException(path.toString())
            : failure instanceof FileAlreadyExistsException
                ? new FileAlreadyExistsException(path.toString())
                : failure instanceof NoSuchFileException
                    ? new NoSuchFileException(path.toString())
                    : new FileSystemException(path.toString(), null, failure.getReason());
    said.initCause(failure);
    return said;
  }

  /** A part of the path isn't a folder. */
  static final class NoFolderException extends FileSystemException {
    private static final long serialVersionUID = 1;

    NoFolderException(Path path) {
      super(path.toString(), null, "Not a directory");
    }
  }

  /** Opening the file would wait for another process. */
  static final class HeldException extends FileSystemException {
    private static final long serialVersionUID = 1;

    HeldException(Path path) {
      super(path.toString(), null, "another process has a lease on it; try again later");
    }
  }
}
