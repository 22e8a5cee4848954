package io.loda.common.logging;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The settings of block {@code log}.
 *
 * @param file null: standard error
 */
public record LogSettings(String level, @Nullable Path file, long maxSizeBytes, int keep) {}
