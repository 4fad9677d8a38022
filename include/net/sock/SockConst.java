// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.jiffies.Jiffies.HZ;
import static linux.mm.Mm.PAGE_SHIFT;
import static linux.mm.Mm.PAGE_SIZE;
import static net.sock.SockFlag.SOCK_TIMESTAMP;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_RX_SOFTWARE;

/** Constants of {@code include/net/sock.h} that are no part of a struct. */
public final class SockConst {
    private SockConst() {}

    /** {@code skc_reuse}: the port is ours alone; others who say so too may have it; we do not even ask. */
    public static final int SK_NO_REUSE = 0;

    public static final int SK_CAN_REUSE = 1;
    public static final int SK_FORCE_REUSE = 2;

    /** Either of these flags wants every packet stamped as it comes in. */
    public static final long SK_FLAGS_TIMESTAMP = 1L << SOCK_TIMESTAMP | 1L << SOCK_TIMESTAMPING_RX_SOFTWARE;

    public static final int SOCK_DESTROY_TIME = 10 * HZ;

    /** Below this a port is for the superuser. */
    public static final int PROT_SOCK = 1024;

    /** Memory is accounted in pages. */
    public static final int SK_MEM_QUANTUM = PAGE_SIZE;

    public static final int SK_MEM_QUANTUM_SHIFT = PAGE_SHIFT;

    /** What {@code __sk_mem_schedule} is asked for: memory to send from, or to receive into. */
    public static final int SK_MEM_SEND = 0;

    public static final int SK_MEM_RECV = 1;

    /** {@code SKB_DATA_ALIGN(sizeof(struct sk_buff))}. */
    private static final int SK_BUFF_SIZE = 256;

    /** The least that a packet of any use costs. */
    public static final int TCP_SKB_MIN_TRUESIZE = 2048 + SK_BUFF_SIZE;

    public static final int SOCK_MIN_SNDBUF = TCP_SKB_MIN_TRUESIZE * 2;
    public static final int SOCK_MIN_RCVBUF = TCP_SKB_MIN_TRUESIZE;

    /** {@code SKB_TRUESIZE(256)}: a small packet with its sk_buff and skb_shared_info. */
    private static final int _SK_MEM_OVERHEAD = 256 + SK_BUFF_SIZE + 320;

    private static final int _SK_MEM_PACKETS = 256;
    static final int SK_WMEM_MAX = _SK_MEM_OVERHEAD * _SK_MEM_PACKETS;
    static final int SK_RMEM_MAX = _SK_MEM_OVERHEAD * _SK_MEM_PACKETS;
}
