package io.loda.agent.output;

/**
 * How an output does.
 *
 * @param waitingPoints wherever they wait, those that are being sent included
 * @param memoryBytes what waits in memory
 * @param diskBytes its files on disk, with what of them is delivered already
 * @param oldestSeconds how long the oldest that waits does; 0 when nothing waits
 * @param dropped points that waited and were dropped, for whatever reason
 * @param refused points that it will never take
 * @param failure why it takes nothing; empty when it does
 * @param diskFailure why nothing can be put on disk; empty when it can
 */
public record OutputStatus(
    String name,
    String type,
    long waitingPoints,
    long memoryBytes,
    long diskBytes,
    long oldestSeconds,
    long dropped,
    long refused,
    String failure,
    String diskFailure) {}
