package io.loda.server.store.dump;

import java.nio.file.Path;
import java.time.Duration;

/**
 * The settings of a store with a dump.
 *
 * @param path the path of the dump
 * @param interval the time between two dumps; 0: each change is on the disk before its answer
 * @param restore whether the dump is read at the start; else it is put aside
 * @param maxBytes the heap that metrics may take
 * @param maxKeyBytes the heap that the keys of requests may take
 * @param maxWaitingBytes the heap that changes may take while they wait for the disk
 */
public record DumpSettings(
    Path path,
    Duration interval,
    boolean restore,
    long maxBytes,
    long maxKeyBytes,
    long maxWaitingBytes) {}
