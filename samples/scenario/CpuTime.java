// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import static inet_hashtables.Lookup.__inet_lookup_established;
import static inet_hashtables.Lookup.sock_gen_put;
import static java.util.Map.entry;
import static linux.netdevice.Netdev.dev_net;
import static linux.netdevice.Packets.dev_add_pack;
import static linux.skbuff.Free.consume_skb;
import static linux.skbuff.Queue.skb_queue_len;
import static linux.tcp.Sockets.tcp_sk;
import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static net.mptcp.MetaSockets.mptcp_meta_sk;
import static net.mptcp.MptcpConst.MPTCP_SUB_ADD_ADDR;
import static net.mptcp.MptcpConst.MPTCP_SUB_CAPABLE;
import static net.mptcp.MptcpConst.MPTCP_SUB_DSS;
import static net.mptcp.MptcpConst.MPTCP_SUB_JOIN;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_CAPABLE_ACK;
import static net.mptcp.MptcpConst.MPTCP_SUB_LEN_JOIN_ACK;
import static net.sock.Lock.sock_owned_by_user;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp.Multipath.mptcp;
import static net.tcp.TcpConst.TCPHDR_ACK;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.TcpConst.TCPHDR_RST;
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.TcpConst.TCPOPT_MPTCP;
import static net.tcp.TcpConst.TCPOPT_NOP;
import static net.tcp.TcpConst.TCPOPT_SACK;
import static net.tcp.WriteQueue.tcp_send_head;
import static uapi.linux.if_.Iff.IFF_LOOPBACK;
import static uapi.linux.if_ether.IfEther.ETH_P_ALL;
import static uapi.linux.if_packet.IfPacket.PACKET_OUTGOING;
import static uapi.linux.in.In.IPPROTO_TCP;

import java.util.Arrays;
import java.util.Map;
import linux.hrtimer.Clock;
import linux.hrtimer.Costs;
import linux.netdevice.net_device;
import linux.netdevice.packet_type;
import linux.relay.Relay;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock_common;

/**
 * What computing costs while a scenario plays, in nanoseconds of virtual time. The recordings were made on an emulated computer whose
 * clock moves on by a nanosecond with each instruction: a packet takes some microseconds, a large write hundreds. Who comes first when
 * several frames and tasks are under way depends on it, so the player spends about as much.
 *
 * <p>The figures were measured: each is what makes the time between two events that follow each other (a segment and its
 * acknowledgement, a frame's arrival and its departure on the other side) come out right over all recordings: least squares over
 * 18 000 of them, and then small steps to where the order of events came out right, too. Single figures mean little where two always
 * come together; their sum does. None is for one recording alone, but for the command {@code ip addr add}, which only one has. What the
 * machine does is charged where it does it, see {@link Costs}; what the ported files do is charged by packet here, and by system call.
 */
final class CpuTime {
    private CpuTime() {}

    /** Interrupts and softirqs, tasks, a socket; copying and summing up; memory, queues, packets; secrets; slabs, the log. */
    private static final Costs MACHINE = new Costs(1_390, 100, 260, 790, 270, 600, 120, 2_040,
            140, 0.126, 260, 0.182, 0.333,
            140, 160, 860, 1_300, 670, 240,
            21_780, 1_600, 580, 24, 200, 20, 380, 47, 260, 10_500);

    private static final Relay.Costs RELAY = new Relay.Costs(650, 770, 150, 4.39, 0, 1_000, 0.343, 1_160, 650, 180, 1_070, 630, 300, 75);

    // ---- before the start ----

    /** What a machine needs until it is ready: without relay and server, a relay and its first path, another path; a server; a command. */
    private static final long BOOT = 222 * Clock.NSEC_PER_MSEC;
    private static final long FIRST_PATH = 30 * Clock.NSEC_PER_MSEC;
    private static final long SECOND_PATH = 32 * Clock.NSEC_PER_MSEC;
    private static final long SERVER = 5 * Clock.NSEC_PER_MSEC;
    private static final long COMMAND = 2 * Clock.NSEC_PER_MSEC;

    /**
     * How long the machine needs until it can be left alone: the recordings' time stamps say so, as its wall clock began with a full
     * second. Slow timers depend on it, to the jiffy: {@code apply_slack} rounds them to a multiple of a power of two.
     */
    static long boot(Scenario scenario) {
        long ns = BOOT;
        if (scenario.topology.paths() > 0) {
            ns += FIRST_PATH + (scenario.topology.paths() - 1) * SECOND_PATH;
        }
        if (!scenario.tasks.get("S").isEmpty()) {
            ns += SERVER;
        }
        return ns + scenario.setups.stream().filter(s -> s.command().get(0).equals("ip")).count() * COMMAND;
    }

    // ---- tasks ----

    /** Until a task that was let go has begun. */
    static final long START = 2_990;

    /** The task makes up a byte to send, and looks whether a byte that has come is right: the instructions of its loops. */
    static final double MAKE_BYTE = 5.0;

    static final double CHECK_BYTE = 6.01;

    /** To write down what came of a system call. */
    static final long LOG = 3_220;

    /** Out of the kernel. */
    static final long RETURN = 0;

    private static final long CALL = 2_150;

    /** What a call does before it sends, copies or sleeps; others take {@link #CALL}. */
    private static final Map<String, Long> BEFORE = Map.ofEntries(entry("socket", 1_490L), entry("bind", 4_490L), entry("listen", 8_980L),
            entry("accept", 470L), entry("connect", 440L), entry("setsockopt", 3_660L), entry("getsockopt", 4_000L), entry("tcpinfo", 12_300L),
            entry("poll", 230L), entry("sh", 1_725_000L), entry("sh add", 1_742_000L),
            entry("flags", 22_000L), entry("sysctl", 12_000L), entry("close", 2_880L), entry("mark", 450L), entry("recv", 1_800L), entry("send", 1_880L));

    /** What it does after that. */
    private static final Map<String, Long> AFTER =
            Map.of("recv", 310L, "connect", 2_540L, "close", 1_320L, "wait", 99L, "send", 89L);

    static long before(String call) {
        return BEFORE.getOrDefault(call, CALL);
    }

    static long after(String call) {
        return AFTER.getOrDefault(call, 0L);
    }

    // ---- packets ----

    /** TCP sends a packet without data, one with data. */
    private static final long ACK_OUT = 1_370;
    private static final long DATA_OUT = 2_490;

    /** In addition: a SYN (a route, a port, a place in the tables), the answer to it, a reset. */
    private static final long SYN_OUT = 5_350;
    private static final long SYNACK_OUT = 2_920;
    private static final long RST_OUT = 1_420;

    /**
     * In addition: a packet with a mapping or a FIN of Multipath TCP, with another option of it, MP_CAPABLE that makes a connection
     * of two sockets, ADD_ADDR.
     */
    private static final long MAPPING_OUT = 1_420;
    private static final long MPTCP_OUT = 650;
    private static final long CAPABLE_OUT = 12_250;
    private static final long ADD_ADDR_OUT = 730;

    /** IP finds the socket of a packet that has come; TCP leaves it in the backlog or in the prequeue. Loopback: the way there, too. */
    private static final long IP_IN = 700;
    private static final long BACKLOG_IN = 550;
    private static final long PREQUEUE_IN = 350;
    private static final long LOOPBACK = 420;

    /** TCP takes in a packet without data, one with data or with a FIN. In addition: with SACK blocks, a SYN/ACK. */
    private static final long ACK_IN = 280;
    private static final long DATA_IN = 270;
    private static final long SACK_IN = 1_140;
    private static final long SYNACK_IN = 220;

    /** In addition: a packet with a mapping, one with another option of Multipath TCP, the third of a connection, of a join. */
    private static final long MAPPING_IN = 490;
    private static final long MPTCP_IN = 650;
    private static final long CAPABLE_IN = 9_150;
    private static final long JOIN_IN = 4_760;

    /**
     * In addition: a packet without data comes while some is waiting, and TCP looks whether it may be sent. Multipath TCP asks the
     * subflows, one after the other, and may find then that a small packet has to wait.
     */
    private static final long PUSH_IN = 170;
    private static final long ASK_IN = 55;
    private static final long NAGLE_IN = 1_330;

    /** When it has sent a packet Multipath TCP asks them again: each of them. */
    private static final long ASK_OUT = 150;

    private static final int IP = 14;
    private static final int TCP = IP + 20;
    private static final int HEADERS = TCP + 60;

    /** Length of a DSS with a mapping, a DATA_ACK and a checksum, 32 bits each number. */
    private static final int DSS_MAPPING = 20;

    /** To be called before other taps are opened: what comes in costs time after they have seen it, and what goes out some more. */
    static void prepare(World world) {
        dev_add_pack(new packet_type(ETH_P_ALL, (skb, dev, pt, orig_dev) -> {
            if (Costs.costs() == MACHINE && world.devices().contains(dev)) {
                Clock.spend(skb.pkt_type == PACKET_OUTGOING ? afterOut(skb, dev) : in(skb, dev));
            }
            consume_skb(skb);
            return 0;
        }));
    }

    /** From now on computing costs time: to be called after other taps were opened, what leaves costs time before they see it. */
    static void charge(World world) {
        dev_add_pack(new packet_type(ETH_P_ALL, (skb, dev, pt, orig_dev) -> {
            if (skb.pkt_type == PACKET_OUTGOING && world.devices().contains(dev)) {
                Clock.spend(out(skb, dev));
            }
            consume_skb(skb);
            return 0;
        }));
        Costs.set(MACHINE);
        if (world.relay != null) {
            world.relay.costs(RELAY);
        }
    }

    /** What counts of a packet's header. */
    private static final class Header {
        final boolean tcp;
        final boolean data;
        final int flags;
        boolean sack;

        /** Subtype and length of the first option of Multipath TCP; -1: there is none. */
        int subtype = -1;

        int length;

        Header(sk_buff skb) {
            byte[] b = Arrays.copyOfRange(skb.head, skb.mac_header, skb.mac_header + HEADERS);
            int end = TCP + (b[TCP + 12] >> 4 & 0xf) * 4;
            tcp = b[IP + 9] == IPPROTO_TCP;
            data = tcp && skb.data - skb.mac_header + skb.len > end;
            flags = tcp ? b[TCP + 13] : 0;
            for (int at = TCP + 20; tcp && at + 2 < end; ) {
                int len = b[at] == TCPOPT_NOP ? 1 : b[at + 1];
                sack |= b[at] == TCPOPT_SACK;
                if (b[at] == TCPOPT_MPTCP && subtype < 0) {
                    subtype = b[at + 2] >> 4 & 0xf;
                    length = len;
                }
                if (len < 1) {
                    break;
                }
                at += len;
            }
        }

        boolean has(int flag) {
            return (flags & flag) == flag;
        }

        boolean is(int subtype, int length) {
            return this.subtype == subtype && this.length == length;
        }
    }

    private static long out(sk_buff skb, net_device dev) {
        Header h = new Header(skb);
        long cost = h.data ? DATA_OUT : ACK_OUT;
        if (h.has(TCPHDR_SYN)) {
            cost += h.has(TCPHDR_ACK) ? SYNACK_OUT : SYN_OUT;
        }
        if (h.has(TCPHDR_RST)) {
            cost += RST_OUT;
        }
        if (h.subtype == MPTCP_SUB_ADD_ADDR) {
            cost += ADD_ADDR_OUT;
        } else if (h.is(MPTCP_SUB_CAPABLE, MPTCP_SUB_LEN_CAPABLE_ACK)) {
            cost += CAPABLE_OUT;
        } else if (h.is(MPTCP_SUB_DSS, DSS_MAPPING) || h.subtype >= 0 && h.has(TCPHDR_FIN)) {
            cost += MAPPING_OUT;
        } else if (h.subtype >= 0) {
            cost += MPTCP_OUT;
        }
        return cost;
    }

    private static long afterOut(sk_buff skb, net_device dev) {
        Header h = new Header(skb);
        return h.data && h.subtype >= 0 ? subflows(socket(skb, dev, true)) * ASK_OUT : 0;
    }

    private static long in(sk_buff skb, net_device dev) {
        Header h = new Header(skb);
        long cost = (dev.flags & IFF_LOOPBACK) != 0 ? LOOPBACK : 0;
        tcp_sock tp = h.tcp ? socket(skb, dev, false) : null;
        // What is left for later is paid for when it is taken from there.
        if (tp != null && sock_owned_by_user(reader(tp))) {
            return cost + BACKLOG_IN;
        }
        if (tp != null && prequeues(reader(tp), h)) {
            return cost + PREQUEUE_IN;
        }
        cost += IP_IN;
        cost += h.data || h.has(TCPHDR_FIN) ? DATA_IN : ACK_IN;
        if (h.has(TCPHDR_SYN | TCPHDR_ACK)) {
            cost += SYNACK_IN;
        }
        if (h.sack) {
            cost += SACK_IN;
        }
        if (h.is(MPTCP_SUB_CAPABLE, MPTCP_SUB_LEN_CAPABLE_ACK)) {
            cost += CAPABLE_IN;
        } else if (h.is(MPTCP_SUB_JOIN, MPTCP_SUB_LEN_JOIN_ACK)) {
            cost += JOIN_IN;
        } else if (h.subtype >= 0) {
            cost += h.is(MPTCP_SUB_DSS, DSS_MAPPING) ? MAPPING_IN : MPTCP_IN;
        }
        return tp == null || h.data ? cost : cost + push(tp);
    }

    private static long push(tcp_sock tp) {
        sk_buff waiting = tcp_send_head(reader(tp));
        if (waiting == null) {
            return 0;
        }
        long cost = PUSH_IN + subflows(tp) * ASK_IN;
        return mptcp(tp) && waiting.len < tp.mss_cache ? cost + NAGLE_IN : cost;
    }

    /** The socket that the program has. */
    private static tcp_sock reader(tcp_sock tp) {
        return mptcp(tp) ? tcp_sk(mptcp_meta_sk(tp)) : tp;
    }

    private static boolean prequeues(tcp_sock reader, Header h) {
        return reader.ucopy.task != null && (h.data || skb_queue_len(reader.ucopy.prequeue) != 0);
    }

    private static int subflows(tcp_sock tp) {
        return tp != null && mptcp(tp) ? tp.mpcb.cnt_subflows : 0;
    }

    /** The socket that a packet of TCP is for, or that it comes from; null if it has no connection. */
    private static tcp_sock socket(sk_buff skb, net_device dev, boolean out) {
        int ip = skb.mac_header + IP;
        int th = skb.mac_header + TCP;
        int peer = out ? 4 : 0;
        int port = out ? 2 : 0;
        sock_common found = __inet_lookup_established(dev_net(dev), tcp_hashinfo, get32(skb.head, ip + 12 + peer), get16(skb.head, th + port),
                get32(skb.head, ip + 16 - peer), get16(skb.head, th + 2 - port), dev.ifindex);
        if (found != null) {
            sock_gen_put(found);
        }
        return found instanceof tcp_sock tp ? tp : null;
    }
}
