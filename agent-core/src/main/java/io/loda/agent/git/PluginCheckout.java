package io.loda.agent.git;

import java.nio.file.Path;

/**
 * A plugin's checkout.
 *
 * @param folder a link to the version in force
 * @param asAsked false: that version is of another reference, and remains in force until the
 *     requested one is fetched
 */
public record PluginCheckout(Path folder, boolean asAsked) {}
