package io.loda.common.http;

import io.loda.common.telemetry.MemoryBudget;

/**
 * What the API may hold of the heap.
 *
 * @param budget the whole of it, for {@code /me/status}
 * @param bodies for what is posted, until it is delivered
 * @param answers for what is sent, until it is sent
 */
public record HttpMemory(
    MemoryBudget budget, MemoryBudget.Share bodies, MemoryBudget.Share answers) {}
