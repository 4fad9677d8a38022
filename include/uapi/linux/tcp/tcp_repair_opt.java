// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.tcp;

/** An option of a connection that is put in place by hand: {@code TCP_REPAIR_OPTIONS}. */
public final class tcp_repair_opt {
    /** {@code sizeof(struct tcp_repair_opt)}. */
    public static final int SIZE = 8;

    /** {@code TCPOPT_*}. */
    public int opt_code;

    public int opt_val;
}
