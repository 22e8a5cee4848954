package io.loda.common.http;

import io.loda.common.telemetry.MemoryBudget;

/**
 * The heap memory of the API.
 *
 * @param budget the whole budget, for {@code /me/status}
 * @param bodies the share of posted bodies, until they are delivered
 * @param answers the share of answers, until they are sent
 */
public record HttpMemory(
    MemoryBudget budget, MemoryBudget.Share bodies, MemoryBudget.Share answers) {}
