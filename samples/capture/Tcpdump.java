// SPDX-License-Identifier: GPL-2.0-only
package capture;

import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get8;
import static uapi.linux.if_ether.IfEther.ETH_HLEN;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IPPROTO_TCP;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import linux.hrtimer.Clock;
import linux.netdevice.PacketTap;
import linux.netdevice.net_device;

/**
 * Packets in the wording of tcpdump, a line each: sequence numbers relative to the first of their direction, options decoded.
 *
 * <pre>
 * 00:00:02.000000 lo Out IP 127.0.0.1.32768 > 127.0.0.1.5001: Flags [S], seq 0, win 43690, options [mss 65495,...], length 0
 * </pre>
 */
public final class Tcpdump {
    private static final String[] FLAGS = {"F", "S", "R", "P", ".", "U", "E", "W"};

    /** The first sequence number of each direction of each connection: source and destination, address and port. */
    private final Map<String, Integer> first = new HashMap<>();

    /** The line for a frame. */
    public String line(net_device dev, PacketTap.Direction direction, long ns, byte[] b) {
        return time(ns) + " " + dev.name + (direction == PacketTap.Direction.OUT ? " Out " : " In  ") + packet(b);
    }

    /** Virtual time since boot. */
    static String time(long ns) {
        long s = ns / Clock.NSEC_PER_SEC;
        return String.format(Locale.ROOT, "%02d:%02d:%02d.%06d", s / 3600, s / 60 % 60, s % 60, ns % Clock.NSEC_PER_SEC / 1000);
    }

    /** The frame without time and device. */
    public String packet(byte[] b) {
        if (b.length < ETH_HLEN + 20 || get16(b, 12) != ETH_P_IP) {
            return "ethertype 0x" + Integer.toHexString(b.length < ETH_HLEN ? 0 : get16(b, 12)) + ", length " + b.length;
        }
        int ip = ETH_HLEN;
        int header = (get8(b, ip) & 0xf) * 4;
        int total = get16(b, ip + 2);
        String source = address(get32(b, ip + 12));
        String destination = address(get32(b, ip + 16));
        int l4 = ip + header;
        switch (get8(b, ip + 9)) {
            case IPPROTO_TCP:
                return b.length < l4 + 20 ? "IP " + source + " > " + destination + ": tcp, cut" : tcp(b, l4, total - header, source, destination);
            case IPPROTO_ICMP:
                return "IP " + source + " > " + destination + ": ICMP type " + get8(b, l4) + " code " + get8(b, l4 + 1) + ", length "
                        + (total - header);
            default:
                return "IP " + source + " > " + destination + ": ip-proto-" + get8(b, ip + 9) + " " + (total - header);
        }
    }

    private String tcp(byte[] b, int th, int length, String source, String destination) {
        String from = source + "." + get16(b, th);
        String to = destination + "." + get16(b, th + 2);
        int seq = get32(b, th + 4);
        int ack = get32(b, th + 8);
        int doff = (get8(b, th + 12) >> 4) * 4;
        int bits = get8(b, th + 13);
        int data = length - doff;
        boolean syn = (bits & 2) != 0;

        if (syn) {
            first.put(from + to, seq);
        }
        int base = first.computeIfAbsent(from + to, k -> seq);
        StringBuilder s = new StringBuilder("IP ").append(from).append(" > ").append(to).append(": Flags [");
        for (int i = 0; i < FLAGS.length; i++) {
            // tcpdump shows the dot for ACK last
            if (i != 4 && (bits & 1 << i) != 0) {
                s.append(FLAGS[i]);
            }
        }
        s.append((bits & 0x10) != 0 ? "." : "").append(bits == 0 ? "none" : "").append(']');
        if (data > 0 || (bits & 7) != 0) {
            s.append(", seq ").append(unsigned(seq - base));
            if (data > 0) {
                s.append(':').append(unsigned(seq - base + data));
            }
        }
        if ((bits & 0x10) != 0) {
            s.append(", ack ").append(unsigned(ack - first.getOrDefault(to + from, ack)));
        }
        s.append(", win ").append(get16(b, th + 14));
        if ((bits & 0x20) != 0) {
            s.append(", urg ").append(get16(b, th + 18));
        }
        int end = Math.min(th + doff, b.length);
        if (end > th + 20) {
            s.append(", options [").append(options(b, th + 20, end)).append(']');
        }
        return s.append(", length ").append(data).toString();
    }

    private static String options(byte[] b, int at, int end) {
        StringBuilder s = new StringBuilder();
        while (at < end) {
            int kind = get8(b, at);
            if (kind == 0) {
                return s.append(s.length() == 0 ? "eol" : ",eol").toString();
            }
            int len = kind == 1 ? 1 : at + 1 < end ? get8(b, at + 1) : 0;
            if (len < 1 || kind != 1 && len < 2 || at + len > end) {
                return s.append(s.length() == 0 ? "" : ",").append("bad opt").toString();
            }
            s.append(s.length() == 0 ? "" : ",").append(option(b, at, kind, len));
            at += len;
        }
        return s.toString();
    }

    private static String option(byte[] b, int at, int kind, int len) {
        switch (kind) {
            case 1:
                return "nop";
            case 2:
                return len == 4 ? "mss " + get16(b, at + 2) : "mss bad";
            case 3:
                return len == 3 ? "wscale " + get8(b, at + 2) : "wscale bad";
            case 4:
                return "sackOK";
            case 5:
                return sack(b, at, len);
            case 8:
                return len == 10 ? "TS val " + unsigned(get32(b, at + 2)) + " ecr " + unsigned(get32(b, at + 6)) : "TS bad";
            case 30:
                return MptcpOption.text(b, at, len);
            case 254:
                return "exp-" + hex(b, at + 2, len - 2);
            default:
                return "unknown-" + kind + " 0x" + hex(b, at + 2, len - 2);
        }
    }

    private static String sack(byte[] b, int at, int len) {
        StringBuilder s = new StringBuilder("sack ").append((len - 2) / 8).append(" ");
        for (int i = at + 2; i + 8 <= at + len; i += 8) {
            s.append('{').append(unsigned(get32(b, i))).append(':').append(unsigned(get32(b, i + 4))).append('}');
        }
        return s.toString();
    }

    static String hex(byte[] b, int at, int n) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < n; i++) {
            s.append(String.format(Locale.ROOT, "%02x", b[at + i]));
        }
        return s.toString();
    }

    static String unsigned(int v) {
        return Integer.toUnsignedString(v);
    }

    private static String address(int a) {
        return (a >>> 24) + "." + (a >> 16 & 0xff) + "." + (a >> 8 & 0xff) + "." + (a & 0xff);
    }
}
