package io.loda.agent.assembly;

import io.loda.agent.config.AgentConfig;
import io.loda.common.telemetry.MemoryBudget;
import io.loda.common.telemetry.MemoryBudget.Share;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Divides the heap into shares; all caps are here. A gateway has more memory for many callers and
 * plugins at once. Posted bodies get what the other shares leave.
 *
 * @param fixed the memory of an idle agent, its threads' buffers and some room for the garbage
 *     collector; nobody takes of it
 * @param bodies posted bodies from their first byte until their points are delivered
 * @param answers the API's answers until they are sent
 * @param registryAnswer one answer of the registry while it is read; there is one at a time
 * @param registry the assigned items with their jobs
 * @param delivery the queue in memory of each output, by the output's name
 * @param runs the output of running plugins
 * @param history the history of runs
 */
public record MemoryPlan(
    MemoryBudget budget,
    Share fixed,
    Share bodies,
    Share answers,
    Share registryAnswer,
    Share registry,
    Map<String, Share> delivery,
    Share runs,
    Share history) {

  private static final long MIB = 1024 * 1024;

  /** A heap of this size or more is a gateway's. */
  private static final long LARGE_HEAP = 192 * MIB;

  private static final long MOST_FOR_BODIES = 256 * MIB;

  /** Says why the heap is too small for this configuration; empty: it isn't. */
  public static Optional<String> problem(AgentConfig config) {
    return of(heapOfStart(config), config)
        .budget
        .problem("lower one of these keys, or set agent.profile = gateway");
  }

  /** Makes the plan for a heap; the shares may add up to more than the heap. */
  static MemoryPlan of(long heapBytes, AgentConfig config) {
    boolean large = heapBytes >= LARGE_HEAP;
    MemoryBudget budget = new MemoryBudget(heapBytes);
    Share fixed = budget.share("fixed", (large ? 40 : 22) * MIB);
    Share answers = budget.share("answers in flight", (large ? 8 : 4) * MIB);
    Share registryAnswer =
        budget.share(
            "registry's answer", 2 * config.registry().maxAnswerBytes(), "2 × registry.max-answer");
    Map<String, Share> delivery = new LinkedHashMap<>();
    for (String output : config.outputs().keySet()) {
      delivery.put(
          output,
          budget.share(
              "delivery " + output, config.delivery().memoryBytes(), "delivery.memory, an output"));
    }
    Share runs = budget.share("runs' output", (large ? 32 : 8) * MIB);
    Share history = budget.share("history", (large ? 8 : 3) * MIB);
    // bodies need a quarter of the heap; old items stay in memory until new ones replace them
    long forRegistry = budget.leftBytes() - heapBytes / 4;
    Share registry =
        budget.share("registry", Math.max(3 * MIB, Math.min(forRegistry, (large ? 64 : 10) * MIB)));
    // room for a body and its points; a largest body with small points needs more
    long least = config.http().maxBodyBytes() * 3 / 2;
    long most = Math.max(least, Math.min(heapBytes / 4, MOST_FOR_BODIES));
    Share bodies =
        budget.share(
            "bodies in flight",
            Math.min(most, Math.max(least, budget.leftBytes())),
            "1.5 × http.max-body");
    return new MemoryPlan(
        budget, fixed, bodies, answers, registryAnswer, registry, delivery, runs, history);
  }

  /** Returns the heap of {@code start}: the launcher gives {@code check} no gateway's heap. */
  private static long heapOfStart(AgentConfig config) {
    long own = Runtime.getRuntime().maxMemory();
    return config.host().profile().equals("gateway") ? Math.max(own, 250 * MIB) : own;
  }
}
