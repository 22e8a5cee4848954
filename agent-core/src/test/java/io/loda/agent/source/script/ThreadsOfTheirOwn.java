package io.loda.agent.source.script;

/**
 * Programs of which a thread has a table of open files that it doesn't share with its process, as
 * by {@code unshare(CLONE_FILES)}.
 */
public final class ThreadsOfTheirOwn {

  private static final String BEGIN =
      """
      #!/usr/bin/python3
      import array, ctypes, os, socket, sys, threading, time
      folder = os.environ.get('PLUGIN_SCRATCH') or sys.argv[1]
      CLONE_FILES = 0x400
      def held(name, size):
        file = os.open(folder + '/' + name, os.O_RDWR | os.O_CREAT)
        os.write(file, bytes(size))
        os.unlink(folder + '/' + name)
        return file
      def thread(todo):
        def alone():
          if ctypes.CDLL(None).unshare(CLONE_FILES): os._exit(9)
          todo()
          done.release()
          time.sleep(1000)
        done = threading.Semaphore(0)
        threading.Thread(target=alone, daemon=True).start()
        done.acquire()
      """;

  private static final String END =
      """
      print('ready', flush=True)
      time.sleep(1000)
      """;

  /** One thread holds 5 MB in a deleted file. */
  public static final String DELETED = BEGIN + "thread(lambda: held('alone', 5000000))\n" + END;

  /** The same, and the main thread has ended. */
  public static final String MAIN_ENDED =
      BEGIN
          + "thread(lambda: held('alone', 5000000))\n"
          + "print('ready', flush=True)\n"
          + "ctypes.CDLL(None).syscall(60 if os.uname().machine == 'x86_64' else 93, 0)\n";

  /** One thread has a deleted file in a socket. */
  public static final String IN_SOCKET =
      BEGIN
          + """
          def send():
            global pair
            pair = socket.socketpair()
            file = held('sent', 5000000)
            rights = array.array('i', [file])
            pair[0].sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            os.close(file)
          thread(send)
          """
          + END;

  private ThreadsOfTheirOwn() {}
}
