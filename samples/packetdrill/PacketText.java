// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get64;
import static linux.types.Be.get8;
import static packetdrill.MptcpOptions.DATA_ACK;
import static packetdrill.MptcpOptions.DATA_ACK8;
import static packetdrill.MptcpOptions.DATA_FIN;
import static packetdrill.MptcpOptions.DSN8;
import static packetdrill.MptcpOptions.MAPPING;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** A packet of the machine in the words of a script: numbers count from the initial ones, keys have their names. */
final class PacketText {
    private static final String FLAGS = "FSRP.UEW";
    private static final String[] ECN = {"noecn", "ect1", "ect0", "ce"};
    private static final int TCP = 6;

    private final byte[] ip;
    private final int th;
    private final Flow flow;
    private final Keys keys;
    private final boolean inbound;

    private PacketText(byte[] ip, Flow flow, Keys keys, boolean inbound) {
        this.ip = ip;
        this.flow = flow;
        this.keys = keys;
        this.inbound = inbound;
        th = Packets.transport(ip);
    }

    /** @param flow whose it is, or null: numbers are shown as they are */
    static String of(byte[] ip, Flow flow, Keys keys, boolean inbound) {
        String arrow = inbound ? "< " : "> ";
        if (get8(ip, 9) != TCP) {
            return arrow + "protocol " + get8(ip, 9) + ", " + ip.length + " bytes";
        }
        return arrow + new PacketText(ip, flow, keys, inbound).tcp();
    }

    private boolean has(int flag) {
        return (get8(ip, th + 13) & flag) != 0;
    }

    private String tcp() {
        boolean syn = has(Script.Tcp.SYN);
        int seqOffset = flow == null ? 0 : inbound ? flow.remoteOffset(syn) : flow.localOffset(syn);
        int ackOffset = flow == null ? 0 : inbound ? flow.localOffset(syn) : flow.remoteOffset(syn);
        int seq = get32(ip, th + 4) - seqOffset;
        int length = Packets.payload(ip).length;
        StringBuilder s = new StringBuilder();
        if ((ip[1] & 3) != 0) {
            s.append('[').append(ECN[ip[1] & 3]).append("] ");
        }
        s.append(flags(get8(ip, th + 13))).append(' ').append(unsigned(seq)).append(':').append(unsigned(seq + length));
        s.append('(').append(length).append(')');
        if (has(Script.Tcp.ACK)) {
            s.append(" ack ").append(unsigned(get32(ip, th + 8) - ackOffset));
        }
        s.append(" win ").append(get16(ip, th + 14));
        if (has(Script.Tcp.URG)) {
            s.append(" urg ").append(get16(ip, th + 18));
        }
        List<String> options = new ArrayList<>();
        for (byte[] o : Packets.options(ip)) {
            options.add(option(o, ackOffset));
        }
        return options.isEmpty() ? s.toString() : s + " <" + String.join(",", options) + ">";
    }

    static String flags(int bits) {
        StringBuilder s = new StringBuilder();
        for (int i : new int[] {1, 0, 2, 3, 5, 6, 7, 4}) {
            if ((bits & 1 << i) != 0) {
                s.append(FLAGS.charAt(i));
            }
        }
        return s.length() == 0 ? "-" : s.toString();
    }

    static String unsigned(int v) {
        return Integer.toUnsignedString(v);
    }

    private String option(byte[] o, int ackOffset) {
        switch (o[0] & 0xff) {
            case TcpOption.EOL:
                return "eol";
            case TcpOption.NOP:
                return "nop";
            case TcpOption.MSS:
                return "mss " + get16(o, 2);
            case TcpOption.WSCALE:
                return "wscale " + o[2];
            case TcpOption.SACK_PERMITTED:
                return "sackOK";
            case TcpOption.SACK:
                StringBuilder s = new StringBuilder("sack");
                for (int i = 2; i + 8 <= o.length; i += 8) {
                    s.append(' ').append(unsigned(get32(o, i) - ackOffset)).append(':').append(unsigned(get32(o, i + 4) - ackOffset));
                }
                return s.toString();
            case TcpOption.TIMESTAMP:
                int val = get32(o, 2);
                int ecr = get32(o, 6);
                boolean known = flow != null;
                return "TS val " + unsigned(known && !inbound ? flow.scriptStamp(val) : val)
                        + " ecr " + unsigned(known && inbound && has(Script.Tcp.ACK) ? flow.scriptStamp(ecr) : ecr);
            case TcpOption.EXPERIMENT:
                return o.length >= 4 && get16(o, 2) == TcpOption.FASTOPEN_MAGIC
                        ? ("FO " + HexFormat.of().formatHex(o, 4, o.length)).strip() : unknown(o);
            case TcpOption.MPTCP:
                return o.length < 3 ? unknown(o) : mptcp(o);
            default:
                return unknown(o);
        }
    }

    private static String unknown(byte[] o) {
        return "option " + (o[0] & 0xff) + " " + HexFormat.of().formatHex(o, Math.min(2, o.length), o.length);
    }

    private String mptcp(byte[] o) {
        switch (MptcpOptions.subtypeOf(o)) {
            case MptcpOptions.CAPABLE:
                String keysText = o.length < 12 ? "" : " " + keys.nameOf(get64(o, 4)) + (o.length < 20 ? "" : " " + keys.nameOf(get64(o, 12)));
                return (o[3] & 0x80) != 0 ? "mp_capable" + keysText : "mp_capable_no_cs" + keysText;
            case MptcpOptions.JOIN:
                return join(o);
            case MptcpOptions.DSS:
                return dss(o);
            case MptcpOptions.ADD_ADDR:
                return "add_address address_id=" + get8(o, 3) + (o.length < 8 ? "" : " ipv4=inet_addr(\"" + dotted(get32(o, 4)) + "\")")
                        + (o.length == 10 ? " port=" + get16(o, 8) : "");
            case MptcpOptions.REMOVE_ADDR:
                List<String> ids = new ArrayList<>();
                for (int i = 3; i < o.length; i++) {
                    ids.add(Integer.toString(get8(o, i)));
                }
                return "remove_address address_id=[" + String.join(",", ids) + "]";
            case MptcpOptions.PRIO:
                return "mp_prio backup=" + (o[2] & 1) + (o.length > 3 ? " address_id=" + get8(o, 3) : "");
            case MptcpOptions.FAIL:
                return o.length < 12 ? unknown(o) : "mp_fail dsn8=" + number(get64(o, 4), 8, !inbound);
            case MptcpOptions.FASTCLOSE:
                return o.length < 12 ? unknown(o) : "mp_fastclose " + keys.nameOf(get64(o, 4));
            default:
                return unknown(o);
        }
    }

    private static String join(byte[] o) {
        String start = " backup=" + (o[2] & 1) + " address_id=" + get8(o, 3);
        switch (o.length) {
            case 12:
                return "mp_join_syn" + start + " token=" + unsigned(get32(o, 4)) + " rand=" + unsigned(get32(o, 8));
            case 16:
                return "mp_join_syn_ack" + start + " sender_hmac=0x" + Long.toHexString(get64(o, 4)) + " rand=" + unsigned(get32(o, 12));
            case 24:
                return "mp_join_ack sender_hmac=0x" + HexFormat.of().formatHex(o, 4, 24);
            default:
                return unknown(o);
        }
    }

    private String dss(byte[] o) {
        int f = get8(o, 3);
        int at = 4;
        StringBuilder s = new StringBuilder("dss");
        int ackWidth = (f & DATA_ACK) == 0 ? 0 : (f & DATA_ACK8) != 0 ? 8 : 4;
        int dsnWidth = (f & MAPPING) == 0 ? 0 : (f & DSN8) != 0 ? 8 : 4;
        if (o.length < 4 + ackWidth + (dsnWidth == 0 ? 0 : dsnWidth + 6)) {
            return unknown(o);
        }
        if (ackWidth != 0) {
            s.append(" dack").append(ackWidth).append('=').append(number(value(o, at, ackWidth), ackWidth, !inbound));
            at += ackWidth;
        }
        if (dsnWidth != 0) {
            s.append(" dsn").append(dsnWidth).append('=').append(number(value(o, at, dsnWidth), dsnWidth, inbound));
            at += dsnWidth;
            s.append(" ssn=").append(unsigned(get32(o, at))).append(" dll=").append(get16(o, at + 4));
            s.append(at + 8 > o.length ? " nocs" : " cksum=" + get16(o, at + 6));
        }
        return s.append((f & DATA_FIN) != 0 ? " FIN" : "").toString();
    }

    private static long value(byte[] o, int at, int width) {
        return width == 8 ? get64(o, at) : get32(o, at);
    }

    /** A data sequence number, of the peer or of the host. */
    private String number(long v, int width, boolean ofPeer) {
        long idsn = flow == null ? 0 : ofPeer ? flow.connection.peerIdsn() : flow.connection.hostIdsn();
        return width == 8 ? Long.toString(v - idsn) : Integer.toString((int) v - (int) idsn);
    }

    private static String dotted(int a) {
        return (a >>> 24) + "." + (a >> 16 & 0xff) + "." + (a >> 8 & 0xff) + "." + (a & 0xff);
    }

    /** A single option, for a message. */
    static String option(byte[] o, Segment s) {
        byte[] ip = new byte[40];
        ip[0] = 0x45;
        ip[20 + 13] = (byte) s.tcp().flags();
        int offset = s.inbound() ? s.flow().localOffset(s.syn()) : s.flow().remoteOffset(s.syn());
        return new PacketText(Arrays.copyOf(ip, ip.length), s.flow(), s.keys(), s.inbound()).option(o, offset);
    }
}
