// SPDX-License-Identifier: GPL-2.0-only
package linux.jump_label;

/** A switch that is almost always off. In C the branch is patched into the code; here it is a counter. */
public final class static_key {
    /** How many want it on. */
    public int enabled;
}
