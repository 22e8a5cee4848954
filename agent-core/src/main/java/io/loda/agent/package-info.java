/** The agent: its commands, and the root that puts the parts together. */
@NullMarked
package io.loda.agent;

import org.jspecify.annotations.NullMarked;
