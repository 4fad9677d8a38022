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
import static net.tcp.TcpConst.TCPHDR_SYN;
import static net.tcp.TcpConst.TCPOPT_MPTCP;
import static net.tcp.TcpConst.TCPOPT_NOP;
import static net.tcp.TcpConst.TCPOPT_SACK;
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
 * 14 000 of them, and then small steps to where the order of events came out right, too. None is for one recording alone, but for the
 * command {@code ip addr add}, which only one has. What the
 * machine does is charged where it does it, see {@link Costs}; what the ported files do is charged by packet here, and by system call.
 */
final class CpuTime {
    private CpuTime() {}

    /** Interrupts and softirqs, tasks, a socket; copying and summing up; memory, queues, packets; secrets. */
    private static final Costs MACHINE = new Costs(680, 330, 50, 270, 540, 160, 210, 300, 600, 2_400,
            220, 0.134, 390, 0.176, 0.355,
            600, 270, 850, 580, 290,
            22_980, 1_550);

    private static final Relay.Costs RELAY = new Relay.Costs(470, 620, 4.41, 0, 1_570, 0.302, 1_060, 660, 10, 570, 190, 4_960);

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

    static final double CHECK_BYTE = 6.08;

    /** To write down what came of a system call. */
    static final long LOG = 2_370;

    /** Out of the kernel. */
    static final long RETURN = 450;

    private static final long CALL = 760;

    /** What a call does before it sends, copies or sleeps; others take {@link #CALL}. */
    private static final Map<String, Long> BEFORE = Map.ofEntries(entry("socket", 1_490L), entry("bind", 4_490L), entry("listen", 8_980L),
            entry("accept", 500L), entry("connect", 470L), entry("setsockopt", 3_870L), entry("getsockopt", 4_000L), entry("tcpinfo", 13_350L),
            entry("poll", 1_200L), entry("sh", 1_725_000L), entry("sh add", 1_742_000L),
            entry("flags", 22_000L), entry("sysctl", 12_000L), entry("close", 2_950L), entry("mark", 1_250L), entry("recv", 1_470L), entry("send", 2_450L));

    /** What it does after that. */
    private static final Map<String, Long> AFTER =
            Map.of("recv", 130L, "accept", 330L, "connect", 3_070L, "close", 2_180L, "wait", 450L, "send", 500L);

    static long before(String call) {
        return BEFORE.getOrDefault(call, CALL);
    }

    static long after(String call) {
        return AFTER.getOrDefault(call, 0L);
    }

    // ---- packets ----

    /** TCP sends a packet without data, one with data. */
    private static final long ACK_OUT = 1_270;
    private static final long DATA_OUT = 2_380;

    /** In addition: a SYN (a route, a port, a place in the tables), the answer to it. */
    private static final long SYN_OUT = 5_520;
    private static final long SYNACK_OUT = 3_610;

    /**
     * In addition: a packet with a mapping or a FIN of Multipath TCP, with another option of it, MP_CAPABLE that makes a connection
     * of two sockets, ADD_ADDR.
     */
    private static final long MAPPING_OUT = 1_680;
    private static final long MPTCP_OUT = 680;
    private static final long CAPABLE_OUT = 12_170;
    private static final long ADD_ADDR_OUT = 980;

    /** IP finds the socket of a packet that has come. Loopback: the way there, too. */
    private static final long IP_IN = 650;
    private static final long LOOPBACK = 220;

    /** TCP takes in a packet without data, one with data or with a FIN. In addition: with SACK blocks, a SYN/ACK. */
    private static final long ACK_IN = 190;
    private static final long DATA_IN = 330;
    private static final long SACK_IN = 1_320;
    private static final long SYNACK_IN = 1_280;

    /** In addition: a packet with a mapping, one with another option of Multipath TCP, the third of a connection, of a join. */
    private static final long MAPPING_IN = 120;
    private static final long MPTCP_IN = 470;
    private static final long CAPABLE_IN = 9_300;
    private static final long JOIN_IN = 5_190;

    private static final int IP = 14;
    private static final int TCP = IP + 20;
    private static final int HEADERS = TCP + 60;

    /** Length of a DSS with a mapping, a DATA_ACK and a checksum, 32 bits each number. */
    private static final int DSS_MAPPING = 20;

    /** To be called before other taps are opened: what comes in costs time after they have seen it. */
    static void prepare(World world) {
        dev_add_pack(new packet_type(ETH_P_ALL, (skb, dev, pt, orig_dev) -> {
            if (skb.pkt_type != PACKET_OUTGOING && Costs.costs() == MACHINE && world.devices().contains(dev)) {
                Clock.spend(in(skb, dev));
            }
            consume_skb(skb);
            return 0;
        }));
    }

    /** From now on computing costs time: to be called after other taps were opened, what leaves costs time before they see it. */
    static void charge(World world) {
        dev_add_pack(new packet_type(ETH_P_ALL, (skb, dev, pt, orig_dev) -> {
            if (skb.pkt_type == PACKET_OUTGOING && world.devices().contains(dev)) {
                Clock.spend(out(new Header(skb)));
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

    private static long out(Header h) {
        long cost = h.data ? DATA_OUT : ACK_OUT;
        if (h.has(TCPHDR_SYN)) {
            cost += h.has(TCPHDR_ACK) ? SYNACK_OUT : SYN_OUT;
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

    private static long in(sk_buff skb, net_device dev) {
        Header h = new Header(skb);
        long cost = (dev.flags & IFF_LOOPBACK) != 0 ? IP_IN + LOOPBACK : IP_IN;
        if (queues(skb, dev, h)) {
            return cost;
        }
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
        return cost;
    }

    /** Will TCP put the packet into the backlog or the prequeue? Then it pays when it takes it from there. */
    private static boolean queues(sk_buff skb, net_device dev, Header h) {
        if (!h.tcp) {
            return false;
        }
        int at = skb.mac_header + IP;
        sock_common found = __inet_lookup_established(dev_net(dev), tcp_hashinfo, get32(skb.head, at + 12), get16(skb.head, at + 20),
                get32(skb.head, at + 16), get16(skb.head, at + 22), dev.ifindex);
        boolean queues = false;
        if (found instanceof tcp_sock tp) {
            tcp_sock reader = mptcp(tp) ? tcp_sk(mptcp_meta_sk(tp)) : tp;
            queues = sock_owned_by_user(reader)
                    || reader.ucopy.task != null && (h.data || skb_queue_len(reader.ucopy.prequeue) != 0);
        }
        if (found != null) {
            sock_gen_put(found);
        }
        return queues;
    }
}
