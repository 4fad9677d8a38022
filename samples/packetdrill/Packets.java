// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.checksum.Csum.csum_tcpudp_magic;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IPPROTO_TCP;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Makes the packets that a script sends to the host, and compares those that the host has sent with what the script expects. */
final class Packets {
    private static final int IP_HEADER = 20;
    private static final int TCP_HEADER = 20;
    private static final int ICMP_HEADER = 8;

    /** What ICMP quotes of a segment: enough for the ports and the sequence number. */
    private static final int QUOTED = IP_HEADER + 8;

    /** Where the flags are in a TCP header. */
    static final int FLAGS_AT = 13;

    private static final int TTL = 255;

    private final Settings settings;
    private final Keys keys;

    Packets(Settings settings, Keys keys) {
        this.settings = settings;
        this.keys = keys;
    }

    // ---- to the host ----

    byte[] build(Script.Packet p, Flow f) throws Failure {
        return p.icmp() != null ? icmp(p.icmp(), f) : tcp(p, f);
    }

    private byte[] tcp(Script.Packet p, Flow f) throws Failure {
        Script.Tcp t = p.tcp();
        boolean syn = t.has(Script.Tcp.SYN);
        byte[] options = options(new Segment(f, keys, true, t, new byte[t.length()]));
        int hlen = TCP_HEADER + options.length;
        byte[] th = new byte[hlen + t.length()];
        put16(th, 0, f.remotePort);
        put16(th, 2, f.localPort);
        put32(th, 4, t.seq() + f.remoteOffset(syn));
        put32(th, 8, t.has(Script.Tcp.ACK) ? t.ack() + f.localOffset(syn) : 0);
        th[12] = (byte) (hlen / 4 << 4);
        th[FLAGS_AT] = (byte) t.flags();
        put16(th, 14, t.window());
        put16(th, 18, t.urgent());
        System.arraycopy(options, 0, th, TCP_HEADER, options.length);
        put16(th, 16, csum_tcpudp_magic(settings.remoteIp, settings.localIp, th.length, IPPROTO_TCP, csum_partial(th, 0, th.length, 0)));
        Script.Ip ip = p.ip();
        int tos = ip == null ? 0 : ip.tos() < 0 ? 2 : ip.tos();
        return ip(IPPROTO_TCP, tos, ip == null || ip.ttl() < 0 ? TTL : ip.ttl(), th);
    }

    private static byte[] options(Segment s) throws Failure {
        byte[] all = new byte[0];
        for (TcpOption o : s.tcp().options()) {
            byte[] b = o.bytes(s, null);
            all = Arrays.copyOf(all, all.length + b.length);
            System.arraycopy(b, 0, all, all.length - b.length, b.length);
        }
        return all;
    }

    private byte[] icmp(Script.Icmp m, Flow f) {
        byte[] b = new byte[ICMP_HEADER + QUOTED];
        b[0] = (byte) m.type();
        b[1] = (byte) m.code();
        put16(b, 6, Math.max(m.mtu(), 0));
        int q = ICMP_HEADER;
        b[q] = 0x45;
        put16(b, q + 2, IP_HEADER + TCP_HEADER + m.length());
        b[q + 8] = 64;
        b[q + 9] = IPPROTO_TCP;
        put32(b, q + 12, settings.localIp);
        put32(b, q + 16, settings.remoteIp);
        put16(b, q + 10, csum_fold(csum_partial(b, q, IP_HEADER, 0)));
        put16(b, q + 20, f.localPort);
        put16(b, q + 22, f.remotePort);
        put32(b, q + 24, m.seq() + f.localOffset(false));
        put16(b, 2, csum_fold(csum_partial(b, 0, b.length, 0)));
        return ip(IPPROTO_ICMP, 0, TTL, b);
    }

    private byte[] ip(int protocol, int tos, int ttl, byte[] content) {
        byte[] b = new byte[IP_HEADER + content.length];
        b[0] = 0x45;
        b[1] = (byte) tos;
        put16(b, 2, b.length);
        b[8] = (byte) ttl;
        b[9] = (byte) protocol;
        put32(b, 12, settings.remoteIp);
        put32(b, 16, settings.localIp);
        put16(b, 10, csum_fold(csum_partial(b, 0, IP_HEADER, 0)));
        System.arraycopy(content, 0, b, IP_HEADER, content.length);
        return b;
    }

    // ---- from the host ----

    static int transport(byte[] ip) {
        return (ip[0] & 0xf) * 4;
    }

    static boolean isTcp(byte[] ip) {
        return get8(ip, 9) == IPPROTO_TCP && ip.length >= transport(ip) + TCP_HEADER;
    }

    static int sourcePort(byte[] ip) {
        return get16(ip, transport(ip));
    }

    static int destinationPort(byte[] ip) {
        return get16(ip, transport(ip) + 2);
    }

    static int seq(byte[] ip) {
        return get32(ip, transport(ip) + 4);
    }

    static int flags(byte[] ip) {
        return get8(ip, transport(ip) + FLAGS_AT);
    }

    private static int headerLength(byte[] ip) {
        return (get8(ip, transport(ip) + 12) >> 4) * 4;
    }

    static byte[] payload(byte[] ip) {
        int from = Math.min(transport(ip) + headerLength(ip), ip.length);
        return Arrays.copyOfRange(ip, from, Math.max(Math.min(get16(ip, 2), ip.length), from));
    }

    static List<byte[]> options(byte[] ip) {
        List<byte[]> found = new ArrayList<>();
        int end = transport(ip) + headerLength(ip);
        for (int at = transport(ip) + TCP_HEADER; at < end; ) {
            boolean single = ip[at] == TcpOption.EOL || ip[at] == TcpOption.NOP;
            int n = single ? 1 : at + 1 < end ? Math.max(get8(ip, at + 1), 2) : 1;
            found.add(Arrays.copyOfRange(ip, at, Math.min(at + n, end)));
            at += n;
        }
        return found;
    }

    /** What is wrong with a packet of the host, each in a few words; empty: nothing. */
    List<String> differences(Script.Packet p, Tun.Sent sent, Flow f) throws Failure {
        byte[] ip = sent.bytes();
        List<String> wrong = new ArrayList<>();
        Script.Tcp t = p.tcp();
        boolean syn = (flags(ip) & Script.Tcp.SYN) != 0;
        int th = transport(ip);
        byte[] payload = payload(ip);
        compare(wrong, "flags", PacketText.flags(t.flags()), PacketText.flags(flags(ip)));
        compare(wrong, "sequence number", PacketText.unsigned(t.seq()), PacketText.unsigned(seq(ip) - f.localOffset(syn)));
        compare(wrong, "length", t.length(), payload.length);
        if (t.has(Script.Tcp.ACK)) {
            compare(wrong, "ack", PacketText.unsigned(t.ack()), PacketText.unsigned(get32(ip, th + 8) - f.remoteOffset(syn)));
        }
        if (t.window() >= 0) {
            compare(wrong, "window", t.window(), get16(ip, th + 14));
        }
        compare(wrong, "urgent pointer", t.urgent(), get16(ip, th + 18));
        ip(wrong, p.ip(), ip);
        if (t.options() != null) {
            options(wrong, new Segment(f, keys, false, t, payload), options(ip));
        }
        if (sent.finished() && !intact(ip)) {
            wrong.add("the checksum is wrong");
        }
        return wrong;
    }

    private static boolean intact(byte[] ip) {
        int th = transport(ip);
        int length = ip.length - th;
        return csum_fold(csum_partial(ip, 0, th, 0)) == 0
                && csum_tcpudp_magic(get32(ip, 12), get32(ip, 16), length, IPPROTO_TCP, csum_partial(ip, th, length, 0)) == 0;
    }

    private static void compare(List<String> wrong, String what, Object expected, Object actual) {
        if (!expected.equals(actual)) {
            wrong.add(what + " is " + actual + ", expected " + expected);
        }
    }

    private static void ip(List<String> wrong, Script.Ip expected, byte[] ip) {
        if (expected == null) {
            return;
        }
        int tos = get8(ip, 1) & expected.mask();
        if (expected.tos() < 0 ? tos != 1 && tos != 2 : tos != expected.tos()) {
            wrong.add("TOS is 0x" + Integer.toHexString(get8(ip, 1)) + ", expected "
                    + (expected.tos() < 0 ? "ECT(0) or ECT(1)" : "0x" + Integer.toHexString(expected.tos())));
        }
        if (expected.ttl() >= 0) {
            compare(wrong, "TTL", expected.ttl(), get8(ip, 8));
        }
    }

    /** In their order; with Multipath TCP in any order, as scripts for it are written. */
    private void options(List<String> wrong, Segment s, List<byte[]> seen) throws Failure {
        List<TcpOption> expected = s.tcp().options();
        boolean anyOrder = expected.stream().anyMatch(o -> o instanceof MptcpOptions.Mptcp);
        List<byte[]> left = new ArrayList<>(seen);
        List<String> missing = new ArrayList<>();
        boolean moved = false;
        for (TcpOption o : expected) {
            byte[] place = null;
            for (byte[] candidate : left) {
                if (o.sameKind(candidate)) {
                    place = candidate;
                    break;
                }
            }
            moved |= place != null && place != left.get(0);
            byte[] wanted = o.bytes(s, place);
            boolean same = place != null && Arrays.equals(wanted, place);
            if (place != null) {
                left.remove(place);
                stamp(wrong, s, o, place);
            }
            if (!same) {
                missing.add((place == null ? "there is no " : PacketText.option(place, s) + ", expected ") + PacketText.option(wanted, s));
            }
        }
        wrong.addAll(missing);
        if (!left.isEmpty()) {
            wrong.add("not expected: " + left.stream().map(o -> PacketText.option(o, s)).collect(Collectors.joining(",")));
        } else if (missing.isEmpty() && moved && !anyOrder) {
            wrong.add("the options have another order");
        }
    }

    /** Time stamps of the host are compared only if it is said how long a tick is. */
    private void stamp(List<String> wrong, Segment s, TcpOption o, byte[] seen) {
        if (settings.stampTick > 0 && o instanceof TcpOption.Timestamp ts && seen.length == o.length()) {
            int actual = s.flow().scriptStamp(get32(seen, 2));
            if (Math.abs((long) actual - ts.val()) * settings.stampTick * 1000L > settings.tolerance) {
                wrong.add("TS val is " + PacketText.unsigned(actual) + ", expected " + PacketText.unsigned(ts.val()));
            }
        }
    }
}
