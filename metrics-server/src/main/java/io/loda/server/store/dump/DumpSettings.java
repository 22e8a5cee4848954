package io.loda.server.store.dump;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a store with a dump is made with.
 *
 * @param path the dump's
 * @param interval between two dumps; 0: a change is on disk when it is answered
 * @param restore whether the store begins with what the dump has; else the dump is put aside
 * @param maxBytes what metrics may take of the heap
 * @param maxKeyBytes what requests' keys may take of it
 * @param maxWaitingBytes what may wait for the disk there
 */
public record DumpSettings(
    Path path,
    Duration interval,
    boolean restore,
    long maxBytes,
    long maxKeyBytes,
    long maxWaitingBytes) {}
