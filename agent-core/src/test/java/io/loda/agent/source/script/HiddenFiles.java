package io.loda.agent.source.script;

import io.loda.agent.source.script.system.Command;

/** A plugin whose deleted files are in sockets: one in its own, one in what nobody accepted yet. */
public final class HiddenFiles {

  static final String PLUGIN =
      """
      #!/usr/bin/python3
      import array, os, socket, time
      def send(to, i):
        name = os.environ['PLUGIN_SCRATCH'] + '/file' + str(i)
        file = os.open(name, os.O_RDWR | os.O_CREAT)
        os.write(file, bytes(5000000))
        os.unlink(name)
        to.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [file]))])
        os.close(file)
      one, other = socket.socketpair()
      listening = socket.socket(socket.AF_UNIX)
      listening.bind('')
      listening.listen(1)
      waiting = socket.socket(socket.AF_UNIX)
      waiting.connect(listening.getsockname())
      send(one, 1)
      send(waiting, 2)
      time.sleep(1000)
      """;

  private HiddenFiles() {}

  public static boolean shownHere() {
    return Command.text(
            "/usr/bin/python3",
            "-c",
            "import socket; pair = socket.socketpair();"
                + " print(open('/proc/self/fdinfo/%d' % pair[0].fileno()).read())")
        .contains("scm_fds");
  }
}
