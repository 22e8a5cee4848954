/**
 * Which files the agent reads for others: logs that a registry names, and plugins of this host. It
 * is decided of the opened file; {@link io.loda.common.files.SafeFiles} opens it.
 */
@NullMarked
package io.loda.common.files.allowed;

import org.jspecify.annotations.NullMarked;
