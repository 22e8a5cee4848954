package io.loda.agent.builtin.net;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.Samplers;
import io.loda.agent.plugin.AgentParameters;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.Map;

/**
 * {@code NET}: traffic, drops and speed of the interfaces with the configured prefixes, and the
 * number of sockets. With {@code detail} = {@code true} also {@code net.tcp.retransmits} /s and
 * {@code conntrack.used.percent}.
 */
public final class NetPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "NET";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    ItemFields given = new ItemFields(parameters);
    HostTrees host = given.host();
    Sampler interfaces =
        new InterfaceSampler(
            host, given.list(AgentParameters.INTERFACES, "eth,en"), System::nanoTime);
    Sampler sockets = new SocketSampler(host);
    return Samplers.begun(
        given.flag("detail")
            ? Samplers.all(interfaces, sockets, new TcpSampler(host, System::nanoTime))
            : Samplers.all(interfaces, sockets));
  }
}
