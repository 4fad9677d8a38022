// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import static linux.percpu_counter.percpu_counter.percpu_counter_read_positive;
import static linux.percpu_counter.percpu_counter.percpu_counter_sum_positive;
import static net.sock.Memory.sk_memory_allocated;
import static net.sock.Memory.sk_prot_mem_limits;
import static net.sock.SockConst.SOCK_MIN_SNDBUF;
import static net.tcp.Sysctls.sysctl_tcp_max_orphans;

import linux.percpu_counter.percpu_counter;
import net.sock.sock;

/**
 * Is there too much of it? Asked by the timers before they keep a dead connection alive, by {@code tcp_close} and
 * by whoever makes room for a segment.
 */
public final class Memory {
    private Memory() {}

    /** Does the socket queue more than a minimum while TCP as a whole is above the third limit of {@code tcp_mem}? */
    public static boolean tcp_out_of_memory(sock sk) {
        if (Long.compareUnsigned(sk.sk_wmem_queued, SOCK_MIN_SNDBUF) > 0
                && sk_memory_allocated(sk) > sk_prot_mem_limits(sk, 2)) {
            return true;
        }
        return false;
    }

    /**
     * Are there more orphans (connections nobody holds a descriptor of) than {@code tcp_max_orphans}?
     *
     * @param shift makes each count for {@code 1 << shift}: a penalty for one that behaves badly
     */
    public static boolean tcp_too_many_orphans(sock sk, int shift) {
        percpu_counter ocp = sk.skc_prot.orphan_count;
        int orphans = (int) percpu_counter_read_positive(ocp);

        if (orphans << shift > sysctl_tcp_max_orphans) {
            orphans = (int) percpu_counter_sum_positive(ocp);
            if (orphans << shift > sysctl_tcp_max_orphans) {
                return true;
            }
        }
        return false;
    }
}
