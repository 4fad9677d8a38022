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
import static net.sock.Lock.sock_owned_by_user;
import static net.tcp.Globals.tcp_hashinfo;
import static uapi.linux.if_ether.IfEther.ETH_P_ALL;
import static uapi.linux.if_packet.IfPacket.PACKET_OUTGOING;

import java.util.Arrays;
import java.util.Map;
import linux.hrtimer.Clock;
import linux.hrtimer.Costs;
import linux.netdevice.net_device;
import linux.netdevice.packet_type;
import linux.relay.Relay;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;
import net.sock.sock_common;

/**
 * What computing costs while a scenario plays, in nanoseconds of virtual time. The recordings were made on an emulated computer whose
 * clock moves on by a nanosecond with each instruction: a packet takes some microseconds, a large write hundreds. Who comes first when
 * several frames and tasks are under way depends on it, so the player spends about as much. The figures are what the recordings' times
 * show.
 */
final class CpuTime {
    private CpuTime() {}

    /** The task makes up a byte to send, and looks whether a byte that has come is right: instructions of its loops. */
    static final double MAKE_BYTE = 5.0;

    static final double CHECK_BYTE = 6.0;

    /** To write down what came of a system call. */
    static final long LOG = L("LOG", 2_000);

    /** To get into the kernel; and back. */
    static final long START = L("START", 3000);

    static final long RETURN = L("RETURN", 500);

    /** What most calls do there. */
    private static final long CALL = L("CALL", 400);

    /** What other calls do beyond sending packets and copying. */
    private static final Map<String, Long> CALLS = Map.ofEntries(entry("socket", 1_500L), entry("bind", 4_500L), entry("listen", 9_000L),
            entry("accept", 500L), entry("connect", L("CONNECTCALL", 500)), entry("setsockopt", 4_000L), entry("getsockopt", 4_000L), entry("tcpinfo", 13_000L),
            entry("poll", 2_000L), entry("close", 2_400L), entry("mark", 1_200L), entry("recv", 1_400L), entry("send", 2_000L));

    /** What they do after that. */
    private static final Map<String, Long> AFTER = Map.of("recv", 200L, "accept", L("AACCEPT", 1_200), "connect", L("ACONNECT", 1_700), "close", L("ACLOSE", 1_200), "wait", L("AWAIT", 1_500));

    static long after(String word) {
        return AFTER.getOrDefault(word, 0L);
    }

    static long call(String word) {
        return CALLS.getOrDefault(word, CALL);
    }

    static long L(String n, long d) { String s = System.getProperty(n); return s == null ? d : Long.parseLong(s); }
    static double D(String n, double d) { String s = System.getProperty(n); return s == null ? d : Double.parseDouble(s); }

    private static final Costs COSTS = new Costs(L("TICK", 1_500), L("INTR", 200), L("SOFTIRQ", 300), L("TIMER", 1500), L("SLEEP", 0), L("SWITCH", 900), L("RESUME", 600), L("CLONE", 2000), L("COPYB", 200), D("COPY", 0.125), L("SUMB", 550), D("SUM", 0.2), L("MEM", 750), L("QUEUE", 600), L("BACKLOG", 1000), L("ALLOC", 650), L("FREE", 150), L("SECRET", 23_300), L("SHA", 1_500));

    private static final Relay.Costs RELAY = new Relay.Costs(L("RTAP", 300), L("RREAD", 700), L("RHANDLE", 450), D("RHANDLEB", 4.2), L("RLOOK", 530), L("RSEND", 1_600), D("RSENDB", 0.2), L("RSENT", 1150), L("RPOLL", 1300), L("RSLEEP", 0), L("RWAKE", 0), L("RNOTE", 4500));

    /** A packet on its way out, from TCP to the device; and on its way in, from the device to TCP. */
    private static final long ACK_OUT = L("ACK_OUT", 1_050);
    private static final long DATA_OUT = L("DATA_OUT", 2_650);
    private static final long ACK_IN = L("ACK_IN", 1_400);
    private static final long DATA_IN = L("DATA_IN", 350);
    private static final long FIN_IN = L("FIN_IN", 350);

    /** What goes before a SYN: a route, a port, a place in the tables, a key; before the answer to it; before a hash of keys. */
    private static final long CONNECT = L("CONNECT", 6_600);

    private static final long ANSWER = L("ANSWER", 4_000);
    private static final long LAST = L("LAST", 1_000);
    private static final long ANSWERED = L("ANSWERED", 1_800);

    private static final int HEADERS = 14 + 20 + 60;
    private static final int TCP = 14 + 20;
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int ACK = 0x10;

    /** To be called before taps are opened: what comes in costs time after they have seen it. */
    static void prepare(World world) {
        Costs.set(Costs.FREE);
        packet_type hook = new packet_type(ETH_P_ALL, (skb, dev, pt, orig_dev) -> {
            if (skb.pkt_type != PACKET_OUTGOING && Costs.costs() != Costs.FREE && world.devices().contains(dev)) {
                Clock.spend(in(skb, dev));
            }
            consume_skb(skb);
            return 0;
        });
        dev_add_pack(hook);
    }

    /** Computing costs time from now on. */
    static void charge(World world) {
        packet_type hook = new packet_type(ETH_P_ALL, (skb, dev, pt, orig_dev) -> {
            if (skb.pkt_type == PACKET_OUTGOING && world.devices().contains(dev)) {
                Clock.spend(out(header(skb), length(skb)) - (world.relay == null ? LO : 0));
            }
            consume_skb(skb);
            return 0;
        });
        dev_add_pack(hook);
        Costs.set(COSTS);
        if (world.relay != null) {
            world.relay.costs(RELAY);
        }
    }

    private static byte[] header(sk_buff skb) {
        return Arrays.copyOfRange(skb.head, skb.mac_header, Math.min(skb.mac_header + HEADERS, skb.head.length));
    }

    private static int length(sk_buff skb) {
        return skb.data - skb.mac_header + skb.len;
    }

    private static long in(sk_buff skb, net_device dev) {
        byte[] b = header(skb);
        boolean data = data(b, length(skb));
        int at = skb.mac_header + 14;
        sock_common found = __inet_lookup_established(dev_net(dev), tcp_hashinfo, get32(skb.head, at + 12), get16(skb.head, at + 20),
                get32(skb.head, at + 16), get16(skb.head, at + 22), dev.ifindex);
        boolean later = false;
        if (found instanceof tcp_sock tp) {
            sock meta = net.tcp.Multipath.mptcp(tp) ? mptcp_meta_sk(tp) : tp;
            later = sock_owned_by_user(meta) || tcp_sk(meta).ucopy.task != null && (data || skb_queue_len(tcp_sk(meta).ucopy.prequeue) != 0);
        }
        if (found != null) {
            sock_gen_put(found);
        }
        return IP_IN - (dev.name.equals("lo") ? LO_IN : 0) + (later ? 0 : tcpIn(b, data));
    }

    /** What Multipath TCP does beyond TCP: for a packet with a mapping, for one without, and to make a connection of two. */
    private static final long MP_OUT = L("MP_OUT", 1_500);
    private static final long MP_DATA_IN = L("MP_DATA_IN", 100);
    private static final long MP_ACK_IN = L("MP_ACK_IN", 1_000);
    private static final long MP_SETUP = L("MP_SETUP", 10_500);

    private static final long MP_JOINED = L("MP_JOINED", 6_000);
    private static final long MP_ADD = L("MP_ADD", 1_500);
    private static final int ADD_ADDR = 3;
    private static final int JOIN = 1;
    private static final int JOIN_ACK = 24;
    private static final int CAPABLE_ACK = 20;
    private static final int CAPABLE = 0;
    private static final int DSS = 2;
    private static final int MAPPING = 20;

    /** The subtype of a packet's first MPTCP option times 256, plus its length; or -1. */
    private static int mptcp(byte[] b) {
        int end = Math.min(b.length, TCP + (b[TCP + 12] >> 4 & 0xf) * 4);
        for (int at = TCP + 20; at + 2 < end; ) {
            int len = b[at] == 1 ? 1 : b[at + 1];
            if (b[at] == 30) {
                return (b[at + 2] >> 4 & 0xf) << 8 | len;
            }
            if (len < 1) {
                break;
            }
            at += len;
        }
        return -1;
    }

    private static long mptcpIn(byte[] b) {
        int m = mptcp(b);
        if (m < 0) {
            return 0;
        }
        if (m == (CAPABLE << 8 | CAPABLE_ACK)) {
            return MP_SETUP;
        }
        if (m == (JOIN << 8 | JOIN_ACK)) {
            return MP_JOINED;
        }
        return m == (DSS << 8 | MAPPING) ? MP_DATA_IN : MP_ACK_IN;
    }

    private static long mptcpOut(byte[] b) {
        int m = mptcp(b);
        if (m >> 8 == ADD_ADDR) {
            return MP_ADD;
        }
        return m == (CAPABLE << 8 | CAPABLE_ACK) ? MP_SETUP : m == (DSS << 8 | MAPPING) || m >= 0 && (b[TCP + 13] & FIN) != 0 ? MP_OUT : 0;
    }

    private static final long SACK_IN = L("SACK_IN", 900);
    private static final long SACK_OUT = L("SACK_OUT", 0);
    private static final int TCPOPT_SACK = 5;

    private static boolean sack(byte[] b) {
        int end = Math.min(b.length, TCP + (b[TCP + 12] >> 4 & 0xf) * 4);
        for (int at = TCP + 20; at + 2 < end; ) {
            int len = b[at] == 1 ? 1 : b[at + 1];
            if (b[at] == TCPOPT_SACK) {
                return true;
            }
            if (len < 1) {
                break;
            }
            at += len;
        }
        return false;
    }

    private static boolean data(byte[] b, int length) {
        return b.length >= TCP + 20 && length > TCP + (b[TCP + 12] >> 4 & 0xf) * 4;
    }

    private static final long LO = L("LO", 0);
    private static final long LO_IN = L("LO_IN", -700);
    private static final long IP_IN = L("IP_IN", 250);

    private static long tcpIn(byte[] b, boolean data) {
        int flags = b[TCP + 13];
        return (sack(b) ? SACK_IN : 0) + mptcpIn(b) + (data ? DATA_IN : (flags & FIN) != 0 ? FIN_IN : ACK_IN + ((flags & (SYN | ACK)) == (SYN | ACK) ? ANSWERED : 0));
    }

    private static long out(byte[] b, int length) {
        return (sack(b) ? SACK_OUT : 0) + mptcpOut(b) + (data(b, length) ? DATA_OUT : ACK_OUT) + handshake(b);
    }

    /** What the packets of a handshake cost beyond others. */
    private static long handshake(byte[] b) {
        if (b.length < TCP + 20) {
            return 0;
        }
        int flags = b[TCP + 13];
        switch (flags & (SYN | ACK)) {
            case SYN:
                return CONNECT;
            case SYN | ACK:
                return ANSWER;
            default:
                return (flags & FIN) != 0 ? LAST : 0;
        }
    }
}
