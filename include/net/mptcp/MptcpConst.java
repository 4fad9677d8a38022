// SPDX-License-Identifier: GPL-2.0-only
package net.mptcp;

/**
 * Constants of {@code include/net/mptcp.h}: subtypes and lengths of options (RFC 6824, section 8), flags. Lengths are
 * bytes; {@code _ALIGN} is what the option takes in a header, where it is filled up to whole words with NOPs.
 */
public final class MptcpConst {
    private MptcpConst() {}

    // ---- what modules may keep, in bytes; lengths of their names ----

    public static final int MPTCP_SCHED_SIZE = 4;
    public static final int MPTCP_PM_NAME_MAX = 16;
    public static final int MPTCP_SCHED_NAME_MAX = 16;
    public static final int MPTCP_PM_SIZE = 608;

    // ---- MP_CAPABLE ----

    public static final int MPTCP_SUB_CAPABLE = 0;
    public static final int MPTCP_SUB_LEN_CAPABLE_SYN = 12;
    public static final int MPTCP_SUB_LEN_CAPABLE_SYN_ALIGN = 12;
    public static final int MPTCP_SUB_LEN_CAPABLE_ACK = 20;
    public static final int MPTCP_SUB_LEN_CAPABLE_ACK_ALIGN = 20;

    // ---- MP_JOIN ----

    public static final int MPTCP_SUB_JOIN = 1;
    public static final int MPTCP_SUB_LEN_JOIN_SYN = 12;
    public static final int MPTCP_SUB_LEN_JOIN_SYN_ALIGN = 12;
    public static final int MPTCP_SUB_LEN_JOIN_SYNACK = 16;
    public static final int MPTCP_SUB_LEN_JOIN_SYNACK_ALIGN = 16;
    public static final int MPTCP_SUB_LEN_JOIN_ACK = 24;
    public static final int MPTCP_SUB_LEN_JOIN_ACK_ALIGN = 24;

    // ---- DSS: the head, and what the data ACK (A) and the mapping (M) add to it ----

    public static final int MPTCP_SUB_DSS = 2;
    public static final int MPTCP_SUB_LEN_DSS = 4;
    public static final int MPTCP_SUB_LEN_DSS_ALIGN = 4;
    public static final int MPTCP_SUB_LEN_SEQ = 10;
    public static final int MPTCP_SUB_LEN_SEQ_CSUM = 12;
    public static final int MPTCP_SUB_LEN_SEQ_ALIGN = 12;
    public static final int MPTCP_SUB_LEN_SEQ_64 = 14;
    public static final int MPTCP_SUB_LEN_SEQ_CSUM_64 = 16;
    public static final int MPTCP_SUB_LEN_SEQ_64_ALIGN = 16;
    public static final int MPTCP_SUB_LEN_ACK = 4;
    public static final int MPTCP_SUB_LEN_ACK_ALIGN = 4;
    public static final int MPTCP_SUB_LEN_ACK_64 = 8;
    public static final int MPTCP_SUB_LEN_ACK_64_ALIGN = 8;

    /** What a segment with data carries as a rule: the room to be left for it in the MSS. */
    public static final int MPTCP_SUB_LEN_DSM_ALIGN = 20;

    // ---- ADD_ADDR, REMOVE_ADDR ----

    public static final int MPTCP_SUB_ADD_ADDR = 3;
    public static final int MPTCP_SUB_LEN_ADD_ADDR4 = 8;
    public static final int MPTCP_SUB_LEN_ADD_ADDR6 = 20;
    public static final int MPTCP_SUB_LEN_ADD_ADDR4_ALIGN = 8;
    public static final int MPTCP_SUB_LEN_ADD_ADDR6_ALIGN = 20;
    public static final int MPTCP_SUB_REMOVE_ADDR = 4;

    /** With one id. */
    public static final int MPTCP_SUB_LEN_REMOVE_ADDR = 4;

    // ---- MP_PRIO ----

    public static final int MPTCP_SUB_PRIO = 5;
    public static final int MPTCP_SUB_LEN_PRIO = 3;
    public static final int MPTCP_SUB_LEN_PRIO_ADDR = 4;
    public static final int MPTCP_SUB_LEN_PRIO_ALIGN = 4;

    // ---- MP_FAIL, MP_FASTCLOSE ----

    public static final int MPTCP_SUB_FAIL = 6;
    public static final int MPTCP_SUB_LEN_FAIL = 12;
    public static final int MPTCP_SUB_LEN_FAIL_ALIGN = 12;
    public static final int MPTCP_SUB_FCLOSE = 7;
    public static final int MPTCP_SUB_LEN_FCLOSE = 12;
    public static final int MPTCP_SUB_LEN_FCLOSE_ALIGN = 12;

    // ---- tcp_out_options: among the options, and which of MPTCP ----

    public static final int OPTION_MPTCP = 1 << 5;

    /** The form of MP_CAPABLE or MP_JOIN. */
    public static final int OPTION_TYPE_SYN = 1 << 0;

    public static final int OPTION_TYPE_SYNACK = 1 << 1;
    public static final int OPTION_TYPE_ACK = 1 << 2;

    /** The options themselves. */
    public static final int OPTION_MP_CAPABLE = 1 << 3;

    public static final int OPTION_DATA_ACK = 1 << 4;
    public static final int OPTION_ADD_ADDR = 1 << 5;
    public static final int OPTION_MP_JOIN = 1 << 6;
    public static final int OPTION_MP_FAIL = 1 << 7;
    public static final int OPTION_MP_FCLOSE = 1 << 8;
    public static final int OPTION_REMOVE_ADDR = 1 << 9;
    public static final int OPTION_MP_PRIO = 1 << 10;

    // ---- tcp_skb_cb.mptcp_flags, sent and received ----

    /** A mapping is there. */
    public static final int MPTCPHDR_SEQ = 0x1;

    /** DATA_FIN. */
    public static final int MPTCPHDR_FIN = 0x2;

    /** Which of the two high halves goes with the data sequence number. */
    public static final int MPTCPHDR_SEQ64_INDEX = 0x4;

    // ---- received only ----

    /** A data ACK is there. */
    public static final int MPTCPHDR_ACK = 0x8;

    /** The data sequence number has 64 bits. */
    public static final int MPTCPHDR_SEQ64_SET = 0x10;

    /** Its high half is neither of the two. */
    public static final int MPTCPHDR_SEQ64_OFO = 0x20;

    /** There is a checksum. */
    public static final int MPTCPHDR_DSS_CSUM = 0x40;

    /** A SYN with MP_JOIN. */
    public static final int MPTCPHDR_JOIN = 0x80;

    // ---- sent only ----

    /** The mapping is infinite: from here on plain TCP. */
    public static final int MPTCPHDR_INF = 0x8;

    // ---- others ----

    /** {@code net.mptcp.mptcp_enabled}: on for all sockets. */
    public static final int MPTCP_SYSCTL = 1;

    /** Buckets of the tables of tokens and of requests. */
    public static final int MPTCP_HASH_SIZE = 1024;

    public static final int MPTCP_REQSK_NULLS_BASE = 1 << 29;
}
