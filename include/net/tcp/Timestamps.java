// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import linux.jiffies.Jiffies;

/** The clock that TCP works by. */
public final class Timestamps {
    private Timestamps() {}

    /** The low half of jiffies: goes into timestamp options and control blocks, and wraps after 49.7 days. */
    public static int tcp_time_stamp() {
        return (int) Jiffies.jiffies;
    }
}
