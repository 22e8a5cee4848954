package io.loda.agent.output;

/**
 * The status of an output.
 *
 * @param waitingPoints in memory, on disk and in flight
 * @param memoryBytes heap bytes of its queue
 * @param diskBytes of its files on disk, which may hold delivered messages too
 * @param oldestSeconds age of the oldest message; 0 for an empty queue
 * @param dropped points that were dropped from the queue, for any reason
 * @param refused points that it will never accept
 * @param failure why the last send failed; empty: it didn't
 * @param diskFailure why the disk can't be written or read; empty: it can
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
