// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get64;
import static linux.types.Be.get8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import linux.printk.Printk;

/**
 * The exchange that a capture shows, a line for each packet, in which all that a run draws at random is relative or checked: two runs
 * that did the same give the same lines. Ports, initial sequence numbers, keys, tokens, nonces, HMACs, initial data sequence numbers
 * and time stamps do not show; flags, sequence and ACK numbers, lengths, windows and options do. What is wrong for its own capture, such
 * as an HMAC or a DSS checksum, shows as BAD.
 *
 * <pre>
 * flow 1 c>s S seq 0 win 43690 len 0 [mss 65495, sackOK, TS ecr 0, nop, wscale 7]
 * </pre>
 */
public final class Exchange {
    private static final int ETH_HLEN = 14;
    private static final int LINKTYPE_RAW = 101;

    /** A connection of Multipath TCP: the keys of both sides; side 0 opened it. */
    private static final class Connection {
        final byte[][] key = new byte[2][];

        byte[] token(int side) {
            return key[side] == null ? null : Arrays.copyOf(sha1(key[side]), 4);
        }

        /** The initial data sequence number, or null. */
        Long idsn(int side) {
            return key[side] == null ? null : get64(sha1(key[side]), 12);
        }
    }

    /** A TCP connection. */
    private static final class Flow {
        final int number;
        final long client;
        final Integer[] isn = new Integer[2];
        final byte[][] nonce = new byte[2][];
        Connection conn;

        /** The side of the connection that opened this subflow. */
        int side0;

        boolean closed;

        Flow(int number, long client) {
            this.number = number;
            this.client = client;
        }
    }

    private final Map<String, Flow> flows = new HashMap<>();
    private final List<Connection> connections = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private int count;

    /** Adds an Ethernet frame, which may be cut. What is not TCP or ICMP does not show. */
    public void add(byte[] frame) {
        if (frame.length < ETH_HLEN + 20 || get16(frame, 12) != 0x0800) {
            return;
        }
        addIp(Arrays.copyOfRange(frame, ETH_HLEN, frame.length));
    }

    /** Adds a packet that begins with its IP header. */
    public void addIp(byte[] ip) {
        String line = packet(ip);
        if (line != null) {
            lines.add(line);
        }
    }

    public List<String> lines() {
        return lines;
    }

    /** The exchange of a pcap file with link type Ethernet or raw IP. */
    public static Exchange ofPcap(byte[] file) {
        ByteBuffer b = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (b.getInt(0) != 0xa1b23c4d && b.getInt(0) != 0xa1b2c3d4) {
            b.order(ByteOrder.BIG_ENDIAN);
        }
        Exchange e = new Exchange();
        for (int at = 24; at + 16 <= file.length; ) {
            int n = b.getInt(at + 8);
            byte[] packet = Arrays.copyOfRange(file, at + 16, at + 16 + n);
            if (b.getInt(20) == LINKTYPE_RAW) {
                e.addIp(packet);
            } else {
                e.add(packet);
            }
            at += 16 + n;
        }
        return e;
    }

    private String packet(byte[] ip) {
        int hl = (get8(ip, 0) & 15) * 4;
        int total = get16(ip, 2);
        int src = get32(ip, 12);
        int dst = get32(ip, 16);
        String name = Printk.pI4(src) + " > " + Printk.pI4(dst);

        if (get8(ip, 9) == 1 && ip.length >= hl + 8) {
            boolean tooBig = get8(ip, hl) == 3 && get8(ip, hl + 1) == 4;
            return "icmp " + name + " type " + get8(ip, hl) + " code " + get8(ip, hl + 1) + (tooBig ? " mtu " + get16(ip, hl + 6) : "");
        }
        if (get8(ip, 9) != 6 || ip.length < hl + 20) {
            return null;
        }
        int seq = get32(ip, hl + 4);
        int ack = get32(ip, hl + 8);
        int off = (get8(ip, hl + 12) >> 4) * 4;
        int flags = get8(ip, hl + 13);
        long me = (long) src << 16 | get16(ip, hl);
        long you = (long) dst << 16 | get16(ip, hl + 2);
        int length = total - hl - off;
        byte[] payload = Arrays.copyOfRange(ip, Math.min(hl + off, ip.length), Math.max(Math.min(total, ip.length), Math.min(hl + off, ip.length)));
        byte[] opts = Arrays.copyOfRange(ip, hl + 20, Math.max(Math.min(hl + off, ip.length), hl + 20));
        boolean opening = (flags & 0x12) == 0x02;

        String key = Math.min(me, you) + " " + Math.max(me, you);
        Flow flow = flows.get(key);
        if (flow == null || opening && flow.closed && !Integer.valueOf(seq).equals(flow.isn[me == flow.client ? 0 : 1])) {
            flow = new Flow(++count, (flags & 0x12) != 0x12 ? me : you);
            flows.put(key, flow);
        }
        int side = me == flow.client ? 0 : 1;
        if ((flags & 2) != 0 && flow.isn[side] == null) {
            flow.isn[side] = seq;
            if (me == you) {
                flow.isn[1] = seq;
            }
        }
        if ((flags & 5) != 0) {
            flow.closed = true;
        }
        String options = options(flow, side, flags, seq, length, payload, opts);
        StringBuilder s = new StringBuilder("flow ").append(flow.number).append(side == 0 ? " c>s" : " s>c");
        s.append(opening ? " (" + name + ")" : "").append(' ').append(flagNames(flags));
        s.append(" seq ").append((flags & 20) == 20 && seq == 0 ? "none" : flow.isn[side] != null ? rel(seq, flow.isn[side]) : seq == 0 ? "0" : Integer.toUnsignedString(seq) + "?");
        s.append((flags & 16) != 0 ? " ack " + rel(ack, flow.isn[1 - side]) : "");
        s.append(" win ").append(get16(ip, hl + 14)).append(" len ").append(length);
        s.append((flags & 32) != 0 ? " urg " + get16(ip, hl + 18) : "");
        return s.append(options.isEmpty() ? "" : " [" + options + "]").toString();
    }

    private static String flagNames(int flags) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if ((flags & 1 << i) != 0) {
                s.append("FSRPAUEC".charAt(i));
            }
        }
        return s.length() == 0 ? "none" : s.toString();
    }

    private static String rel(int value, Integer base) {
        if (base == null) {
            return "?" + Integer.toUnsignedString(value);
        }
        long d = value - base & 0xffffffffL;
        return Long.toString(d > 0xc0000000L ? d - (1L << 32) : d);
    }

    private static String rel64(long value, int width, Long base) {
        if (base == null) {
            return "?";
        }
        return width == 8 ? Long.toString(value - base) : rel((int) value, (int) (long) base);
    }

    private String options(Flow flow, int side, int flags, int seq, int length, byte[] payload, byte[] raw) {
        List<String> out = new ArrayList<>();
        for (int at = 0; at < raw.length; ) {
            int kind = get8(raw, at);
            if (kind == 0) {
                out.add("eol");
                break;
            }
            if (kind == 1) {
                out.add("nop");
                at++;
                continue;
            }
            if (at + 1 >= raw.length || get8(raw, at + 1) < 2 || at + get8(raw, at + 1) > raw.length) {
                out.add("BAD option length");
                break;
            }
            int n = get8(raw, at + 1);
            byte[] body = Arrays.copyOfRange(raw, at + 2, at + n);
            at += n;
            if (kind == 30 && n >= 3) {
                try {
                    out.add(mptcp(flow, side, flags, seq, length, payload, body, n));
                } catch (IndexOutOfBoundsException e) {
                    out.add("mptcp subtype " + (get8(body, 0) >> 4) + " BAD length " + n);
                }
            } else {
                out.add(option(flow, side, kind, n, body));
            }
        }
        return String.join(", ", out);
    }

    private static String option(Flow flow, int side, int kind, int n, byte[] body) {
        if (kind == 2 && n == 4) {
            return "mss " + get16(body, 0);
        } else if (kind == 3 && n == 3) {
            return "wscale " + get8(body, 0);
        } else if (kind == 4) {
            return "sackOK";
        } else if (kind == 5) {
            StringBuilder s = new StringBuilder("sack");
            for (int i = 0; i + 8 <= body.length; i += 8) {
                s.append(' ').append(rel(get32(body, i), flow.isn[1 - side])).append(':').append(rel(get32(body, i + 4), flow.isn[1 - side]));
            }
            return s.toString();
        } else if (kind == 8 && n == 10) {
            return get32(body, 4) != 0 ? "TS" : "TS ecr 0";
        } else if (kind == 34 || kind == 254) {
            int cookie = kind == 34 ? body.length : body.length - 2;
            return cookie > 0 ? "fastopen cookie " + cookie : "fastopen request";
        }
        return "option " + kind + " " + HexFormat.of().formatHex(body);
    }

    private String mptcp(Flow flow, int side, int flags, int seq, int length, byte[] payload, byte[] b, int n) {
        int low = get8(b, 0) & 15;
        int me = side ^ flow.side0;

        switch (get8(b, 0) >> 4) {
            case 0:
                return capable(flow, me, flags, b, n);
            case 1:
                return join(flow, flags, b, n);
            case 2:
                return dss(flow, side, seq, length, payload, b);
            case 3:
                return "add_addr id " + get8(b, 1) + " " + (low == 4 ? Printk.pI4(get32(b, 2)) : HexFormat.of().formatHex(b, 2, b.length))
                        + (b.length >= 8 ? " port " + get16(b, 6) : "");
            case 4:
                StringBuilder s = new StringBuilder("remove_addr");
                for (int i = 1; i < b.length; i++) {
                    s.append(' ').append(get8(b, i));
                }
                return s.toString();
            case 5:
                return "mp_prio backup " + (low & 1) + (b.length > 1 ? " id " + get8(b, 1) : "");
            case 6:
                Long yours = flow.conn == null ? null : flow.conn.idsn(1 - me);
                return "mp_fail dsn " + rel(get32(b, 6), yours == null ? null : (int) (long) yours);
            case 7:
                boolean good = flow.conn != null && flow.conn.key[1 - me] != null
                        && Arrays.equals(flow.conn.key[1 - me], Arrays.copyOfRange(b, 2, 10));
                return "mp_fastclose " + (good ? "key" : "BAD key");
            default:
                return "mptcp subtype " + (get8(b, 0) >> 4) + " " + HexFormat.of().formatHex(b);
        }
    }

    private String capable(Flow flow, int me, int flags, byte[] b, int n) {
        if (flow.conn == null) {
            flow.conn = new Connection();
            connections.add(flow.conn);
        }
        String text = String.format("mp_capable v%d flags %02x", get8(b, 0) & 15, get8(b, 1));
        for (int i = 0; i < 2 && n >= 12 + 8 * i; i++) {
            int who = i == 0 ? me : 1 - me;
            byte[] key = Arrays.copyOfRange(b, 2 + 8 * i, 10 + 8 * i);
            if (flow.conn.key[who] == null && (i == 0 || (flags & 2) == 0)) {
                flow.conn.key[who] = key;
            }
            text += Arrays.equals(flow.conn.key[who], key) ? " key" : " BAD key";
        }
        return text;
    }

    private String join(Flow flow, int flags, byte[] b, int n) {
        int backup = get8(b, 0) & 1;
        if (n == 12 && (flags & 2) != 0) {
            String text = "BAD token";
            byte[] token = Arrays.copyOfRange(b, 2, 6);
            for (int i = connections.size() - 1; i >= 0 && text.startsWith("BAD"); i--) {
                for (int who = 0; who < 2 && text.startsWith("BAD"); who++) {
                    if (Arrays.equals(connections.get(i).token(who), token)) {
                        flow.conn = connections.get(i);
                        flow.side0 = 1 - who;
                        text = "token";
                    }
                }
            }
            flow.nonce[0] = Arrays.copyOfRange(b, 6, 10);
            return "mp_join syn backup " + backup + " id " + get8(b, 1) + " " + text + " nonce";
        }
        if (n == 16) {
            flow.nonce[1] = Arrays.copyOfRange(b, 10, 14);
            return "mp_join synack backup " + backup + " id " + get8(b, 1) + " " + mac(flow, 1, Arrays.copyOfRange(b, 2, 10)) + " nonce";
        }
        if (n == 24) {
            return "mp_join ack " + mac(flow, 0, Arrays.copyOfRange(b, 2, 22));
        }
        return "mp_join length " + n;
    }

    private static String dss(Flow flow, int side, int seq, int length, byte[] payload, byte[] b) {
        int me = side ^ flow.side0;
        Long mine = flow.conn == null ? null : flow.conn.idsn(me);
        Long yours = flow.conn == null ? null : flow.conn.idsn(1 - me);
        int f = get8(b, 1);
        int o = 2;
        StringBuilder s = new StringBuilder("dss");
        if ((f & 1) != 0) {
            int w = (f & 2) != 0 ? 8 : 4;
            s.append(" dack").append(w).append(' ').append(rel64(number(b, o, w), w, yours));
            o += w;
        }
        if ((f & 4) != 0) {
            int w = (f & 8) != 0 ? 8 : 4;
            long dsn = number(b, o, w);
            int ssn = get32(b, o + w);
            int dlen = get16(b, o + w + 4);
            s.append(" dsn").append(w).append(' ').append(rel64(dsn, w, mine));
            s.append(" ssn ").append(Integer.toUnsignedString(ssn)).append(" dlen ").append(dlen);
            o += w + 6;
            if (o + 2 <= b.length) {
                s.append(' ').append(checksum(flow, side, mine, dsn, w, ssn, dlen, get16(b, o), seq, length, payload));
            }
        }
        return s.append((f & 16) != 0 ? " FIN" : "").toString();
    }

    private static long number(byte[] b, int at, int width) {
        return width == 8 ? get64(b, at) : get32(b, at) & 0xffffffffL;
    }

    private static String mac(Flow flow, int side, byte[] got) {
        Connection c = flow.conn;
        if (c == null || c.key[0] == null || c.key[1] == null || flow.nonce[0] == null || flow.nonce[1] == null) {
            return "hmac ?";
        }
        int me = side ^ flow.side0;
        try {
            Mac m = Mac.getInstance("HmacSHA1");
            m.init(new SecretKeySpec(concat(c.key[me], c.key[1 - me]), "HmacSHA1"));
            byte[] want = m.doFinal(concat(flow.nonce[side], flow.nonce[1 - side]));
            return Arrays.equals(Arrays.copyOf(want, got.length), got) ? "hmac" : "BAD hmac";
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String checksum(Flow flow, int side, Long idsn, long dsn, int width, int ssn, int dlen, int got, int seq, int length,
            byte[] payload) {
        if (dlen == 0) {
            return "infinite";
        }
        if (idsn == null || flow.isn[side] == null) {
            return "csum ?";
        }
        if (width == 4) {
            // The pseudo header always has 64 bits: those next to the initial number.
            dsn = idsn + ((dsn - idsn + (1L << 31)) & 0xffffffffL) - (1L << 31);
        }
        int at = seq - flow.isn[side];
        int first = ssn != 0 ? ssn - at : 0;
        int data = dlen - (dlen > length && ssn + dlen - 1 == at + length ? 1 : 0);
        if (dlen == 1 && length == 0) {
            data = 0;
        }
        if (first != 0 || data > payload.length) {
            return "csum";
        }
        byte[] pseudo = ByteBuffer.allocate(16).putLong(dsn).putInt(ssn).putShort((short) dlen).putShort((short) 0).array();
        long s = ones(pseudo, 16) + ones(payload, data) + got;
        while (s >> 16 != 0) {
            s = (s & 0xffff) + (s >> 16);
        }
        return s == 0xffff ? "csum" : "BAD csum";
    }

    private static long ones(byte[] b, int n) {
        long s = 0;
        for (int i = 0; i < n; i++) {
            s += (long) get8(b, i) << (i % 2 == 0 ? 8 : 0);
        }
        while (s >> 16 != 0) {
            s = (s & 0xffff) + (s >> 16);
        }
        return s;
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] c = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, c, a.length, b.length);
        return c;
    }

    private static byte[] sha1(byte[] b) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(b);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
