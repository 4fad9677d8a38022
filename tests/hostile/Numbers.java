// SPDX-License-Identifier: GPL-2.0-only
package hostile;

import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get64;
import static linux.types.Be.get8;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static linux.types.Be.put64;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The numbers that a kernel draws at random, as the recording has them and as this run has them: initial sequence numbers, ports, keys
 * and nonces. A recorded packet is rewritten so that it means to this run what it meant to the recorded kernel; a checksum, an HMAC or a
 * data ACK that was wrong stays wrong by as much.
 */
final class Numbers {
    /** One side's view of a subflow: what its kernel has drawn. */
    private static final class Drawn {
        Integer isn;
        Integer tsval;
        byte[] nonce;
        int port;
    }

    private static final class Flow {
        final Drawn recorded = new Drawn();
        final Drawn here = new Drawn();
        byte[] peerNonce;
        byte[] peerKey;
        Connection conn;
    }

    /** A Multipath TCP connection. */
    private static final class Connection {
        byte[] recordedKey;
        byte[] key;
        byte[] peerKey;

        /** The kernel's initial data sequence number of this run. */
        long idsn() {
            return get64(sha1(key), 12);
        }

        long idsnDelta() {
            return idsn() - get64(sha1(recordedKey), 12);
        }
    }

    /** Data ACKs that are sent as they are: the case is about their bytes. */
    private static final List<Integer> LITERAL = List.of(0x34353637, 0x40000000);

    /** Added to the sequence numbers of the peer. */
    private final int shift;

    /** By the peer's address and port and the recorded port of the kernel. */
    private final Map<Long, Flow> flows = new HashMap<>();

    /** The subflows that the kernel has opened, by peer, in their order. */
    private final Map<Long, List<Flow>> opened = new HashMap<>();

    private final Map<Long, List<Integer>> recordedPorts = new HashMap<>();
    private final Map<Long, List<Integer>> ports = new HashMap<>();
    private final List<Connection> connections = new ArrayList<>();

    /** By IP id: what the next fragment has to add to its checksum, and to its acknowledgement number. */
    private final Map<Integer, Integer> lateSums = new HashMap<>();

    private final Map<Integer, Integer> lateAcks = new HashMap<>();

    /**
     * @param shift what is added to the peer's sequence numbers
     */
    Numbers(int shift) {
        this.shift = shift;
    }

    private static boolean tcp(byte[] ip) {
        return ip.length >= 40 && get8(ip, 9) == 6 && (get16(ip, 6) & 0x1fff) == 0 && ip.length >= (get8(ip, 0) & 15) * 4 + 20;
    }

    private static long peer(byte[] ip, int addrAt, int port) {
        return (get32(ip, addrAt) & 0xffffffffL) << 32 | (long) port << 16;
    }

    /** A packet that the recorded kernel has sent. */
    void recorded(byte[] ip) {
        learn(ip, true);
    }

    /** A packet that this kernel has sent. */
    void sent(byte[] ip) {
        learn(ip, false);
    }

    private void learn(byte[] ip, boolean recorded) {
        if (!tcp(ip)) {
            return;
        }
        int th = (get8(ip, 0) & 15) * 4;
        int flags = get8(ip, th + 13);
        int port = get16(ip, th);
        long peer = peer(ip, 16, get16(ip, th + 2));
        Flow f;
        if ((flags & 2) == 0) {
            return;
        }
        if ((flags & 0x10) == 0) {
            List<Integer> known = (recorded ? recordedPorts : ports).computeIfAbsent(peer, k -> new ArrayList<>());
            List<Flow> all = opened.computeIfAbsent(peer, k -> new ArrayList<>());
            int i = known.indexOf(port);
            if (i < 0) {
                known.add(port);
                i = known.size() - 1;
            }
            while (all.size() <= i) {
                all.add(new Flow());
            }
            f = all.get(i);
            if (recorded) {
                flows.put(peer | port, f);
            }
        } else {
            f = flow(peer, port);
        }
        Drawn d = recorded ? f.recorded : f.here;
        d.port = port;
        d.isn = get32(ip, th + 4);
        byte[] options = options(ip, th);
        for (int at : starts(options)) {
            int n = get8(options, at + 1);
            if (get8(options, at) == 8 && n == 10) {
                d.tsval = get32(options, at + 2);
            } else if (get8(options, at) == 30 && n >= 12 && get8(options, at + 2) >> 4 == 0) {
                byte[] key = Arrays.copyOfRange(options, at + 4, at + 12);
                byte[] known = f.conn == null ? null : recorded ? f.conn.recordedKey : f.conn.key;
                if (f.conn == null || known != null && !Arrays.equals(known, key)) {
                    f.conn = new Connection();
                    f.conn.peerKey = f.peerKey;
                    connections.add(f.conn);
                }
                if (recorded) {
                    f.conn.recordedKey = key;
                } else {
                    f.conn.key = key;
                }
            } else if (get8(options, at) == 30 && get8(options, at + 2) >> 4 == 1 && (n == 12 || n == 16)) {
                d.nonce = Arrays.copyOfRange(options, at + n - 4, at + n);
                if (n == 12) {
                    join(f, options, at);
                }
            }
        }
    }

    /** The flow to a peer by the recorded port of the kernel, or by its port here if it has none yet. */
    private Flow flow(long peer, int port) {
        List<Integer> here = ports.get(peer);
        if (here != null && here.contains(port) && !flows.containsKey(peer | port)) {
            return opened.get(peer).get(here.indexOf(port));
        }
        return flows.computeIfAbsent(peer | port, k -> {
            Flow f = new Flow();
            f.recorded.port = f.here.port = port;
            return f;
        });
    }

    /** The kernel joins: the token says which connection of the peer. */
    private void join(Flow f, byte[] options, int at) {
        for (int i = connections.size() - 1; i >= 0; i--) {
            Connection c = connections.get(i);
            if (c.peerKey != null && get32(sha1(c.peerKey), 0) == get32(options, at + 4)) {
                f.conn = c;
                return;
            }
        }
    }

    /** A recorded packet of the peer, as this run has to see it. */
    byte[] translate(byte[] recorded) {
        byte[] ip = recorded.clone();
        if (ip.length < 20) {
            return ip;
        }
        int th = (get8(ip, 0) & 15) * 4;
        if (get8(ip, 9) == 1 && ip.length >= th + 36) {
            icmp(ip, th);
            return ip;
        }
        if (get8(ip, 9) != 6 || ip.length < th + 4 || th < 20) {
            return ip;
        }
        int fragment = (get16(ip, 6) & 0x1fff) * 8;
        byte[] before = ip.clone();
        if (fragment == 0) {
            first(ip, th);
        } else if (fragment == 8 && ip.length >= th + 4) {
            put32(ip, th, get32(ip, th) + lateAcks.getOrDefault(get16(ip, 4), 0));
        }
        sum(before, ip, th, fragment);
        return ip;
    }

    /** Puts the checksum of TCP right by what has changed; if that lies in another fragment, later. */
    private void sum(byte[] before, byte[] ip, int from, int fragment) {
        int delta = lateSums.getOrDefault(get16(ip, 4), 0);
        int sumAt = from + 16 - fragment;
        boolean here = sumAt >= from && sumAt + 2 <= ip.length;
        for (int i = from; i < ip.length; i++) {
            if (here && (i == sumAt || i == sumAt + 1)) {
                continue;
            }
            int d = get8(ip, i) - get8(before, i);
            delta += (i - from) % 2 == 0 ? d << 8 : d;
        }
        if (!here) {
            lateSums.put(get16(ip, 4), delta);
            return;
        }
        lateSums.remove(get16(ip, 4));
        if (delta != 0) {
            put16(ip, sumAt, adjusted(get16(ip, sumAt), delta));
        }
    }

    private static int adjusted(int sum, int delta) {
        int s = Math.floorMod((~sum & 0xffff) + delta, 0xffff);
        return ~s & 0xffff;
    }

    /** An ICMP message: the quoted segment is one of the kernel's. */
    private void icmp(byte[] ip, int at) {
        int inner = at + 8;
        int th = inner + (get8(ip, inner) & 15) * 4;
        byte[] before = ip.clone();
        Flow f = flows.get(peer(ip, inner + 16, get16(ip, th + 2)) | get16(ip, th));
        if (f == null || f.here.isn == null) {
            return;
        }
        put16(ip, th, f.here.port);
        put32(ip, th + 4, get32(ip, th + 4) + f.here.isn - f.recorded.isn);
        int delta = 0;
        for (int i = at; i < ip.length; i++) {
            int d = get8(ip, i) - get8(before, i);
            delta += (i - at) % 2 == 0 ? d << 8 : d;
        }
        put16(ip, at + 2, adjusted(get16(ip, at + 2), delta));
    }

    private void first(byte[] ip, int th) {
        int flags = ip.length > th + 13 ? get8(ip, th + 13) : 0;
        long peer = peer(ip, 12, get16(ip, th));
        int port = get16(ip, th + 2);
        Flow f = (flags & 0x12) == 2 ? flow(peer, port) : flows.get(peer | port);

        if (f != null && f.here.isn != null) {
            put16(ip, th + 2, f.here.port);
        }
        if (ip.length >= th + 8) {
            put32(ip, th + 4, get32(ip, th + 4) + shift);
        }
        if (ip.length < th + 20) {
            if (f != null && f.here.isn != null && f.recorded.isn != null) {
                lateAcks.put(get16(ip, 4), f.here.isn - f.recorded.isn);
            }
            return;
        }
        if (f != null && f.here.isn != null && f.recorded.isn != null && (flags & 0x10) != 0) {
            put32(ip, th + 8, get32(ip, th + 8) + f.here.isn - f.recorded.isn);
        }
        byte[] options = options(ip, th);
        if (f != null) {
            for (int at : starts(options)) {
                option(f, flags, options, at);
            }
        }
        System.arraycopy(options, 0, ip, th + 20, options.length);
        for (Connection c : connections) {
            if (c.key != null && c.recordedKey != null) {
                replace(ip, th + 20, c.recordedKey, c.key);
                replace(ip, th + 20, Arrays.copyOf(sha1(c.recordedKey), 4), Arrays.copyOf(sha1(c.key), 4));
            }
        }
    }

    /** Where an option begins that has a length. */
    private static List<Integer> starts(byte[] options) {
        List<Integer> starts = new ArrayList<>();
        for (int at = 0; at < options.length; ) {
            int kind = get8(options, at);
            if (kind == 0) {
                break;
            } else if (kind == 1) {
                at++;
                continue;
            }
            if (at + 2 >= options.length || get8(options, at + 1) < 3 || at + get8(options, at + 1) > options.length) {
                if (at + 1 < options.length && get8(options, at + 1) == 2) {
                    at += 2;
                    continue;
                }
                break;
            }
            starts.add(at);
            at += get8(options, at + 1);
        }
        return starts;
    }

    private void option(Flow f, int flags, byte[] o, int at) {
        int kind = get8(o, at);
        int n = get8(o, at + 1);
        if (kind == 5 && f.here.isn != null) {
            for (int i = at + 2; i + 4 <= at + n; i += 4) {
                put32(o, i, get32(o, i) + f.here.isn - f.recorded.isn);
            }
        } else if (kind == 8 && n == 10 && f.here.tsval != null && f.recorded.tsval != null && get32(o, at + 6) != 0) {
            put32(o, at + 6, get32(o, at + 6) + f.here.tsval - f.recorded.tsval);
        } else if (kind == 30) {
            mptcp(f, flags, o, at, n);
        }
    }

    private void mptcp(Flow f, int flags, byte[] o, int at, int n) {
        switch (get8(o, at + 2) >> 4) {
            case 0:
                if ((flags & 2) != 0 && n >= 12) {
                    if (f.conn == null) {
                        f.conn = new Connection();
                        connections.add(f.conn);
                    }
                    f.peerKey = Arrays.copyOfRange(o, at + 4, at + 12);
                    if (f.conn.peerKey == null) {
                        f.conn.peerKey = f.peerKey;
                    }
                }
                break;
            case 1:
                join(f, flags, o, at, n);
                break;
            case 2:
                if (n >= 4 && f.conn != null && f.conn.key != null && f.conn.recordedKey != null) {
                    dss(f.conn, o, at, n);
                }
                break;
            case 6:
                if (n == 12 && f.conn != null && f.conn.key != null && f.conn.recordedKey != null) {
                    put32(o, at + 8, get32(o, at + 8) + (int) f.conn.idsnDelta());
                }
                break;
            default:
        }
    }

    private static void dss(Connection c, byte[] o, int at, int n) {
        int flags = get8(o, at + 3);
        long delta = c.idsnDelta();
        int dsn = at + 4 + ((flags & 1) == 0 ? 0 : (flags & 2) != 0 ? 8 : 4);
        if ((flags & 1) != 0 && dsn <= at + n && !LITERAL.contains(get32(o, at + 4))) {
            if ((flags & 2) != 0) {
                put64(o, at + 4, get64(o, at + 4) + delta);
            } else {
                put32(o, at + 4, get32(o, at + 4) + (int) delta);
            }
        }
        // The peer sends the kernel's own key back: then its data sequence numbers are the kernel's, too.
        if ((flags & 0x0c) == 4 && n >= dsn + 12 - at && Arrays.equals(c.peerKey, c.recordedKey)) {
            long was = c.idsn() - delta;
            was += get32(o, dsn) - (int) was;
            put32(o, dsn, get32(o, dsn) + (int) delta);
            long is = was + delta;
            int sum = 0;
            for (int i = 0; i < 64; i += 16) {
                sum += (int) (is >>> i & 0xffff) - (int) (was >>> i & 0xffff);
            }
            put16(o, dsn + 10, adjusted(get16(o, dsn + 10), sum));
        }
    }

    private void join(Flow f, int flags, byte[] o, int at, int n) {
        if ((flags & 0x12) == 2) {
            if (n >= 8) {
                for (Connection c : connections) {
                    if (c.recordedKey != null && get32(sha1(c.recordedKey), 0) == get32(o, at + 4)) {
                        f.conn = c;
                    }
                }
            }
            if (n == 12) {
                f.peerNonce = Arrays.copyOfRange(o, at + 8, at + 12);
            }
            return;
        }
        if ((flags & 0x12) == 0x12 && n == 16) {
            f.peerNonce = Arrays.copyOfRange(o, at + 12, at + 16);
        }
        Connection c = f.conn;
        if (c == null || c.key == null || c.recordedKey == null || c.peerKey == null || f.peerNonce == null || f.here.nonce == null
                || f.recorded.nonce == null) {
            return;
        }
        byte[] right = hmac(c.peerKey, c.recordedKey, f.peerNonce, f.recorded.nonce);
        byte[] here = hmac(c.peerKey, c.key, f.peerNonce, f.here.nonce);
        int len = n == 16 ? 8 : Math.min(n - 4, 20);
        for (int i = 0; i < len; i++) {
            o[at + 4 + i] ^= (byte) (right[i] ^ here[i]);
        }
    }

    private static byte[] options(byte[] ip, int th) {
        int end = Math.min(ip.length, th + (get8(ip, th + 12) >> 4) * 4);
        return Arrays.copyOfRange(ip, th + 20, Math.max(end, th + 20));
    }

    private static void replace(byte[] b, int from, byte[] what, byte[] by) {
        for (int i = from; i + what.length <= b.length; i++) {
            if (Arrays.equals(b, i, i + what.length, what, 0, what.length)) {
                System.arraycopy(by, 0, b, i, by.length);
            }
        }
    }

    private static byte[] sha1(byte[] b) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(b);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] hmac(byte[] key1, byte[] key2, byte[] nonce1, byte[] nonce2) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            byte[] key = Arrays.copyOf(key1, 16);
            System.arraycopy(key2, 0, key, 8, 8);
            mac.init(new SecretKeySpec(key, "HmacSHA1"));
            mac.update(nonce1);
            return mac.doFinal(nonce2);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
