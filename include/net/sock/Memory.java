// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.percpu_counter.percpu_counter.percpu_counter_dec;
import static linux.percpu_counter.percpu_counter.percpu_counter_inc;
import static linux.percpu_counter.percpu_counter.percpu_counter_read_positive;
import static linux.percpu_counter.percpu_counter.percpu_counter_sum_positive;
import static linux.skbuff.Meta.skb_pfmemalloc;
import static net.sock.SockConst.SK_MEM_QUANTUM;
import static net.sock.SockConst.SK_MEM_QUANTUM_SHIFT;
import static net.sock.SockConst.SK_MEM_RECV;
import static net.sock.SockConst.SK_MEM_SEND;
import static net.sock.Stream.sk_stream_moderate_sndbuf;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import linux.compiler.IntRef;
import linux.hrtimer.Clock;
import linux.hrtimer.Costs;
import linux.skbuff.sk_buff;

/**
 * Memory accounting of a protocol: pages that all its sockets use together, against {@code tcp_mem}. A socket takes
 * whole pages ({@link #__sk_mem_schedule}) and spends them byte by byte ({@code sk_forward_alloc} is what it has taken
 * and not spent).
 *
 * <p>Below the first limit there is no pressure. Above the second one there is, until the first is reached again: then
 * TCP shrinks windows and prunes queues. Above the third nobody gets anything.
 */
public final class Memory {
    private Memory() {}

    static boolean sk_has_memory_pressure(sock sk) {
        return sk.skc_prot.memory_pressure != null;
    }

    /** Is memory short for the protocol? */
    public static boolean sk_under_memory_pressure(sock sk) {
        if (sk.skc_prot.memory_pressure == null) {
            return false;
        }

        return sk.skc_prot.memory_pressure.val != 0;
    }

    static void sk_leave_memory_pressure(sock sk) {
        IntRef memory_pressure = sk.skc_prot.memory_pressure;

        if (memory_pressure == null) {
            return;
        }

        if (memory_pressure.val != 0) {
            memory_pressure.val = 0;
        }
    }

    static void sk_enter_memory_pressure(sock sk) {
        if (sk.skc_prot.enter_memory_pressure == null) {
            return;
        }

        sk.skc_prot.enter_memory_pressure.call(sk);
    }

    /** {@code tcp_mem[index]}, in pages. */
    public static long sk_prot_mem_limits(sock sk, int index) {
        long[] prot = sk.skc_prot.sysctl_mem;
        return prot[index];
    }

    /** Pages that all sockets of the protocol use. */
    public static long sk_memory_allocated(sock sk) {
        proto prot = sk.skc_prot;

        return prot.memory_allocated.val;
    }

    static long sk_memory_allocated_add(sock sk, int amt) {
        proto prot = sk.skc_prot;

        return prot.memory_allocated.val += amt;
    }

    static void sk_memory_allocated_sub(sock sk, int amt) {
        proto prot = sk.skc_prot;

        prot.memory_allocated.val -= amt;
    }

    public static void sk_sockets_allocated_dec(sock sk) {
        proto prot = sk.skc_prot;

        percpu_counter_dec(prot.sockets_allocated);
    }

    public static void sk_sockets_allocated_inc(sock sk) {
        proto prot = sk.skc_prot;

        percpu_counter_inc(prot.sockets_allocated);
    }

    static int sk_sockets_allocated_read_positive(sock sk) {
        proto prot = sk.skc_prot;

        return (int) percpu_counter_read_positive(prot.sockets_allocated);
    }

    public static int proto_sockets_allocated_sum_positive(proto prot) {
        return (int) percpu_counter_sum_positive(prot.sockets_allocated);
    }

    public static long proto_memory_allocated(proto prot) {
        return prot.memory_allocated.val;
    }

    public static boolean proto_memory_pressure(proto prot) {
        if (prot.memory_pressure == null) {
            return false;
        }
        return prot.memory_pressure.val != 0;
    }

    /** Pages for {@code amt} bytes. */
    public static int sk_mem_pages(int amt) {
        return amt + SK_MEM_QUANTUM - 1 >> SK_MEM_QUANTUM_SHIFT;
    }

    static boolean sk_has_account(sock sk) {
        return sk.skc_prot.memory_allocated != null;
    }

    /** May {@code size} more bytes be put on the write queue? If so, they are there to be charged. */
    public static boolean sk_wmem_schedule(sock sk, int size) {
        if (!sk_has_account(sk)) {
            return true;
        }
        return size <= sk.sk_forward_alloc || __sk_mem_schedule(sk, size, SK_MEM_SEND) != 0;
    }

    /** May a packet of {@code size} bytes be received? One from the memory reserves always may. */
    public static boolean sk_rmem_schedule(sock sk, sk_buff skb, int size) {
        if (!sk_has_account(sk)) {
            return true;
        }
        return size <= sk.sk_forward_alloc
                || __sk_mem_schedule(sk, size, SK_MEM_RECV) != 0
                || skb_pfmemalloc(skb);
    }

    /** Gives back the pages that the socket does not need. */
    public static void sk_mem_reclaim(sock sk) {
        if (!sk_has_account(sk)) {
            return;
        }
        if (sk.sk_forward_alloc >= SK_MEM_QUANTUM) {
            __sk_mem_reclaim(sk);
        }
    }

    /** The same, but a socket that has one page may keep it. */
    public static void sk_mem_reclaim_partial(sock sk) {
        if (!sk_has_account(sk)) {
            return;
        }
        if (sk.sk_forward_alloc > SK_MEM_QUANTUM) {
            __sk_mem_reclaim(sk);
        }
    }

    /** {@code size} bytes are in use now. */
    public static void sk_mem_charge(sock sk, int size) {
        if (!sk_has_account(sk)) {
            return;
        }
        sk.sk_forward_alloc -= size;
    }

    public static void sk_mem_uncharge(sock sk, int size) {
        if (!sk_has_account(sk)) {
            return;
        }
        sk.sk_forward_alloc += size;
    }

    /**
     * Takes pages from the protocol for {@code size} bytes.
     *
     * <p>Under pressure a socket still gets its minimum ({@code tcp_rmem[0]}, {@code tcp_wmem[0]}), and more as long as
     * all sockets together would stay below the third limit if each had as much as this one. A writer that is above
     * its send buffer is not refused either: he will have to sleep anyway.
     *
     * @param kind {@code SK_MEM_SEND} or {@code SK_MEM_RECV}
     * @return 1 if it has them, 0 if not
     */
    public static int __sk_mem_schedule(sock sk, int size, int kind) {
        proto prot = sk.skc_prot;
        int amt = sk_mem_pages(size);
        long allocated;

        Clock.spend(Costs.costs().memory());

        sk.sk_forward_alloc += amt * SK_MEM_QUANTUM;

        allocated = sk_memory_allocated_add(sk, amt);

        if (allocated <= sk_prot_mem_limits(sk, 0)) {
            sk_leave_memory_pressure(sk);
            return 1;
        }

        if (allocated > sk_prot_mem_limits(sk, 1)) {
            sk_enter_memory_pressure(sk);
        }

        suppress_allocation: {
            if (allocated > sk_prot_mem_limits(sk, 2)) {
                break suppress_allocation;
            }

            if (kind == SK_MEM_RECV) {
                if (sk.sk_rmem_alloc < prot.sysctl_rmem[0]) {
                    return 1;
                }

            } else {
                if (sk.sk_type == SOCK_STREAM) {
                    if (sk.sk_wmem_queued < prot.sysctl_wmem[0]) {
                        return 1;
                    }
                } else if (sk.sk_wmem_alloc < prot.sysctl_wmem[0]) {
                    return 1;
                }
            }

            if (sk_has_memory_pressure(sk)) {
                int alloc;

                if (!sk_under_memory_pressure(sk)) {
                    return 1;
                }
                alloc = sk_sockets_allocated_read_positive(sk);
                if (sk_prot_mem_limits(sk, 2)
                        > alloc * sk_mem_pages(sk.sk_wmem_queued + sk.sk_rmem_alloc + sk.sk_forward_alloc)) {
                    return 1;
                }
            }
        }

        if (kind == SK_MEM_SEND && sk.sk_type == SOCK_STREAM) {
            sk_stream_moderate_sndbuf(sk);

            if (sk.sk_wmem_queued + size >= sk.sk_sndbuf) {
                return 1;
            }
        }

        sk.sk_forward_alloc -= amt * SK_MEM_QUANTUM;

        sk_memory_allocated_sub(sk, amt);

        return 0;
    }

    /** Gives back every whole page that is not in use, and ends the pressure if that was enough. */
    public static void __sk_mem_reclaim(sock sk) {
        sk_memory_allocated_sub(sk, sk.sk_forward_alloc >> SK_MEM_QUANTUM_SHIFT);
        sk.sk_forward_alloc &= SK_MEM_QUANTUM - 1;

        if (sk_under_memory_pressure(sk) && sk_memory_allocated(sk) < sk_prot_mem_limits(sk, 0)) {
            sk_leave_memory_pressure(sk);
        }
    }
}
