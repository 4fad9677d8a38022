// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

import java.util.Arrays;

/** The options of a segment that is about to be sent. */
public final class tcp_out_options {
    /** {@code OPTION_*} bits. */
    public int options;

    /** Window scale; 0: none. */
    public int ws;

    public int num_sack_blocks;

    /** 0: no MSS option. */
    public int mss;

    public int tsval;
    public int tsecr;
    public tcp_fastopen_cookie fastopen_cookie;

    // ---- MPTCP ----

    /** {@code OPTION_MP_*} bits. */
    public int mptcp_options;

    /** Are checksums asked for? */
    public boolean dss_csum;

    public boolean add_addr_v4;
    public boolean add_addr_v6;

    /** {@code mp_capable}. In C it shares its place with {@link #mp_join_syns}. */
    public static final class MpCapable {
        public long sender_key;
        public long receiver_key;
    }

    public final MpCapable mp_capable = new MpCapable();

    /** {@code mp_join_syns}. */
    public static final class MpJoinSyns {
        public long sender_truncated_mac;
        public int sender_nonce;
        public int token;
        public boolean low_prio;
    }

    public final MpJoinSyns mp_join_syns = new MpJoinSyns();

    /** The address to be announced, host order, and its id. */
    public static final class AddAddr4 {
        public int addr;
        public int addr_id;
    }

    public final AddAddr4 add_addr4 = new AddAddr4();

    /** The same for IPv6, of which this kernel has none. */
    public static final class AddAddr6 {
        public final byte[] addr = new byte[16];
        public int addr_id;
    }

    public final AddAddr6 add_addr6 = new AddAddr6();

    /** A bit for each id to be withdrawn. */
    public int remove_addrs;

    /** For MP_JOIN and MP_PRIO. */
    public int addr_id;

    /** {@code memset(this, 0)}: one is kept and used for every segment. */
    public void clear() {
        options = 0;
        ws = 0;
        num_sack_blocks = 0;
        mss = 0;
        tsval = 0;
        tsecr = 0;
        fastopen_cookie = null;
        mptcp_options = 0;
        dss_csum = false;
        add_addr_v4 = false;
        add_addr_v6 = false;
        mp_capable.sender_key = 0;
        mp_capable.receiver_key = 0;
        mp_join_syns.sender_truncated_mac = 0;
        mp_join_syns.sender_nonce = 0;
        mp_join_syns.token = 0;
        mp_join_syns.low_prio = false;
        add_addr4.addr = 0;
        add_addr4.addr_id = 0;
        Arrays.fill(add_addr6.addr, (byte) 0);
        add_addr6.addr_id = 0;
        remove_addrs = 0;
        addr_id = 0;
    }
}
