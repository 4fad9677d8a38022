// SPDX-License-Identifier: GPL-2.0-only
package linux.relay;

/** Which way a packet goes through the relay. */
public enum Direction {
    C2S,
    S2C;

    /** As rules and log lines write it. */
    public String text() {
        return this == C2S ? "c2s" : "s2c";
    }
}
