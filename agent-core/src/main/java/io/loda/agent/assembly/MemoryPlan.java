package io.loda.agent.assembly;

import io.loda.agent.config.AgentConfig;
import io.loda.common.telemetry.MemoryBudget;
import io.loda.common.telemetry.MemoryBudget.Share;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which share of the heap is for what: all caps are here. A gateway has more for what many callers
 * and plugins bring at once; posted bodies get what the others leave.
 *
 * @param fixed what the agent needs with nothing to do, its threads' buffers and some room for the
 *     garbage collector; never taken
 * @param bodies posted bodies from their first byte until their points are delivered
 * @param answers the API's answers until they are sent
 * @param registryAnswer one answer of the registry's while it is read; there is one at a time
 * @param registry what the registry assigns, with the jobs that work on it
 * @param delivery what waits for each output in memory, by the output's name
 * @param runs the output of plugins that run
 * @param history what is remembered of past runs
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

  /** From here on the heap is that of a gateway. */
  private static final long LARGE_HEAP = 192 * MIB;

  private static final long MOST_FOR_BODIES = 256 * MIB;

  /** Why an agent can't be started with this configuration; empty: it can. */
  public static Optional<String> problem(AgentConfig config) {
    return of(heapOfStart(config), config).budget.problem();
  }

  /** The plan for a heap, which it may not fit. */
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
    // what bodies don't need; what is replaced is there beside what replaces it
    long forRegistry = budget.leftBytes() - heapBytes / 4;
    Share registry =
        budget.share("registry", Math.max(3 * MIB, Math.min(forRegistry, (large ? 64 : 10) * MIB)));
    // one body beside its points; a whole one needs more where its points are small
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

  /** The launcher gives a gateway's heap to {@code start} only, and not to {@code check}. */
  private static long heapOfStart(AgentConfig config) {
    long own = Runtime.getRuntime().maxMemory();
    return config.host().profile().equals("gateway") ? Math.max(own, 250 * MIB) : own;
  }
}
