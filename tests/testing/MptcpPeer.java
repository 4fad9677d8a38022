// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.types.Be.get32;
import static linux.types.Be.get64;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static linux.types.Be.put64;
import static net.mptcp.Sysctls.sysctl_mptcp_checksum;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.sum;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.SYN;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import linux.tcp.tcp_sock;
import net.checksum.Csum;
import net.mptcp.mptcp_cb;

/**
 * A {@link ScriptedPeer} that speaks Multipath TCP: it has connected to the host, may join with further subflows, and
 * sends mappings, data ACKs and every other option as the test says, right or wrong. Data sequence numbers count from
 * 1 here, in both directions, as the first byte of data has the number IDSN + 1.
 *
 * <pre>{@code
 * MptcpPeer p = new MptcpPeer();
 * p.data(p.first, 1, "abc");
 * assertThat(p.read(10)).isEqualTo("abc");
 * p.end();
 * }</pre>
 */
public final class MptcpPeer {
    /** The peer's key, unless a test wants another one. */
    public static final long KEY = 0x1122334455667788L;

    private final long key;

    /** What the peer acknowledges of a subflow, and where it is itself. */
    public static final class Flow {
        public final int port;

        /** Initial sequence numbers of the peer and of the host. */
        public int isn;

        public int hostIsn;

        /** The next of the peer, and the next that it expects. */
        public int seq;

        public int ack;

        /** The host's port. */
        int hostPort = 80;

        Flow(int port) {
            this.port = port;
        }
    }

    public final ScriptedPeer wire = new ScriptedPeer();
    public final Flow first;
    public final List<Flow> flows = new ArrayList<>();

    /** The host's key, and the initial data sequence numbers of both sides. */
    public final long hostKey;

    public final long idsn;
    public final long hostIdsn;

    /** The descriptor that the listener has accepted, and the meta socket behind it. */
    public final int fd;

    public final tcp_sock meta;
    public final mptcp_cb mpcb;

    /** What the peer's next data ACKs say. */
    public int dack = 1;

    private final boolean checksums;

    /** A connection without DSS checksums, accepted, with nothing sent yet. */
    public MptcpPeer() {
        this(false);
    }

    public MptcpPeer(boolean checksums) {
        this(checksums, false);
    }

    /** The host has connected to the peer. */
    public static MptcpPeer connected(boolean checksums) {
        return new MptcpPeer(checksums, true);
    }

    /** The same a second later, when path managers know the host's address; {@code iss} is the peer's. */
    public static MptcpPeer connected(boolean checksums, int iss) {
        return new MptcpPeer(checksums, true, KEY, iss);
    }

    private MptcpPeer(boolean checksums, boolean hostConnects) {
        this(checksums, hostConnects, KEY, null);
    }

    /** The peer has connected, with this key, and both sides with the initial sequence number {@code iss}. */
    public static MptcpPeer with(boolean checksums, long key, int iss) {
        return new MptcpPeer(checksums, false, key, iss);
    }

    private MptcpPeer(boolean checksums, boolean hostConnects, long key, Integer iss) {
        this.checksums = checksums;
        this.key = key;
        sysctl_mptcp_enabled = 1;
        sysctl_mptcp_checksum = checksums ? 1 : 0;
        idsn = sha1(key);
        byte[] capable = option(30, 12, 0x00, checksums ? 0x81 : 0x01);
        put64(capable, 4, key);
        if (hostConnects) {
            first = new Flow(8080);
            first.seq = iss == null ? 1_000_000 : iss;
            if (iss != null) {
                ScriptedPeer.later(1000);
            }
            fd = wire.open();
            wire.port = first.port;
            wire.connect(fd);
            byte[] theirs = find(synack(first, bytes(ScriptedPeer.MSS_OPTION, capable)).options(), 0);
            assertThat(theirs).as("MP_CAPABLE in the SYN").isNotNull().hasSize(12);
            hostKey = get64(theirs, 4);
            assertThat(wire.next().is(ACK)).as("third ACK").isTrue();
        } else {
            int listener = wire.listener(80);
            first = new Flow(40000);
            first.seq = iss == null ? 1_000_000 : iss;
            if (iss != null) {
                wire.port = first.port;
                wire.untilHostIsn(iss);
            }
            byte[] theirs = find(syn(first, bytes(ScriptedPeer.MSS_OPTION, capable)).options(), 0);
            assertThat(theirs).as("MP_CAPABLE in the SYN/ACK").isNotNull().hasSize(12);
            hostKey = get64(theirs, 4);

            byte[] both = option(30, 20, 0x00, checksums ? 0x81 : 0x01);
            put64(both, 4, key);
            put64(both, 12, hostKey);
            send(first, ACK, both);
            fd = wire.accept(listener);
        }
        hostIdsn = sha1(hostKey);
        meta = (tcp_sock) ScriptedPeer.sk(fd).meta_sk;
        mpcb = meta.mpcb;
        flows.add(first);
    }

    /** Sends a SYN and takes the SYN/ACK. */
    private ScriptedPeer.Segment syn(Flow f, byte[] options) {
        f.isn = f.seq;
        send(f, SYN, options);
        ScriptedPeer.Segment synack = wire.next();
        assertThat(synack.flags()).as("flags of the answer to a SYN").isEqualTo(SYN | ACK);
        f.hostIsn = synack.seq();
        f.ack = synack.seq() + 1;
        return synack;
    }

    /** Takes the SYN that the host has sent to the port of {@code f}, and answers it. */
    private ScriptedPeer.Segment synack(Flow f, byte[] options) {
        ScriptedPeer.Segment syn = wire.next();
        assertThat(syn.flags() & 0x3f).as("flags of the host's first segment").isEqualTo(SYN);
        f.hostPort = syn.source();
        f.isn = f.seq;
        f.hostIsn = syn.seq();
        f.ack = syn.seq() + 1;
        send(f, SYN | ACK, options);
        return syn;
    }

    /**
     * Takes the SYN of a subflow that the host joins with, from another port of its own, and answers it.
     *
     * @param flip what the HMAC is changed by: 0 leaves it right
     */
    public Flow joined(long flip) {
        Flow f = new Flow(first.port);
        f.seq = 7_000_000;
        int nonce = 0xabcd1234;
        ScriptedPeer.Segment syn = wire.next();
        byte[] join = find(syn.options(), 1);
        assertThat(join).as("MP_JOIN in the SYN").isNotNull().hasSize(12);
        assertThat(get32(join, 4)).as("the peer's token").isEqualTo(get32(digest(key), 0));
        byte[] answer = option(30, 16, 0x10, 0);
        put64(answer, 4, get64(hmac(key, hostKey, nonce, get32(join, 8)), 0) ^ flip);
        put32(answer, 12, nonce);
        f.hostPort = syn.source();
        f.isn = f.seq;
        f.hostIsn = syn.seq();
        f.ack = syn.seq() + 1;
        flows.add(f);
        send(f, SYN | ACK, bytes(ScriptedPeer.MSS_OPTION, answer));
        return f;
    }

    /** The HMAC that the host's third ACK of {@link #joined} must have. */
    public byte[] hostHmac(int hostNonce) {
        return hmac(hostKey, key, hostNonce, 0xabcd1234);
    }

    /** A further subflow, from another port of the peer, with its fourth ACK. */
    public Flow join(int port, int addrId) {
        return join(port, addrId, new byte[0]);
    }

    /** The same with what the HMAC of the third ACK is changed by. */
    public Flow join(int port, int addrId, byte[] flip) {
        Flow f = new Flow(port);
        f.seq = 5_000_000 + port;
        int nonce = 0xabcd0000 + port;
        byte[] join = option(30, 12, 0x10, addrId);
        put32(join, 4, get32(digest(hostKey), 0));
        put32(join, 8, nonce);
        byte[] answer = find(syn(f, bytes(ScriptedPeer.MSS_OPTION, join)).options(), 1);
        assertThat(answer).as("MP_JOIN in the SYN/ACK").isNotNull().hasSize(16);
        int hostNonce = get32(answer, 12);
        assertThat(get64(answer, 4)).as("the host's HMAC").isEqualTo(get64(hmac(hostKey, key, hostNonce, nonce), 0));

        byte[] third = option(30, 24, 0x10, 0);
        System.arraycopy(hmac(key, hostKey, nonce, hostNonce), 0, third, 4, 20);
        for (int i = 0; i < flip.length; i++) {
            third[4 + i] ^= flip[i];
        }
        send(f, ACK, third);
        flows.add(f);
        return f;
    }

    /** The host's socket of a subflow, or null: it has been given up. */
    public tcp_sock sub(Flow f) {
        for (tcp_sock tp = mpcb.connection_list; tp != null; tp = tp.mptcp.next) {
            if (tp.skc_dport == f.port && tp.skc_num == f.hostPort) {
                return tp;
            }
        }
        return null;
    }

    /** A segment of the peer on this subflow; its sequence number moves on. */
    public void send(Flow f, int flags, byte[] options, byte... payload) {
        wire.port = f.port;
        wire.hostPort = f.hostPort;
        wire.seq = f.seq;
        wire.ack = f.ack;
        wire.options = pad(options);
        wire.send(flags, payload);
        wire.options = new byte[0];
        f.seq = wire.seq;
    }

    /** Sends text, mapped to the data from {@code dsn} on. */
    public void data(Flow f, int dsn, String text) {
        byte[] b = ascii(text);
        send(f, ACK, dss(f).map(dsn, f.seq - f.isn, b).bytes(), b);
    }

    /** Sends text without any option. */
    public void plain(Flow f, String text) {
        send(f, ACK, new byte[0], ascii(text));
    }

    /** A DATA_FIN with the number {@code dsn}, and nothing else. */
    public void dataFin(Flow f, int dsn) {
        send(f, ACK, dss(f).map(dsn, 0, new byte[0]).length(1).fin().bytes());
    }

    /** Acknowledges all data up to {@code dack} (exclusive), and everything that has come on the subflow. */
    public void dataAck(Flow f, int dack) {
        this.dack = dack;
        send(f, ACK, dss(f).bytes());
    }

    /** What the application can read now, at most {@code n} bytes; null: end of data; "": nothing yet. */
    public String read(int n) {
        byte[] b = new byte[n];
        int ret = sys_recv(fd, b, 0, n, MSG_DONTWAIT);
        if (ret == 0) {
            return null;
        }
        return ret < 0 ? "" : new String(b, 0, ret, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** The application writes. */
    public int write(String text) {
        byte[] b = ascii(text);
        return sys_send(fd, b, 0, b.length, MSG_DONTWAIT);
    }

    /** How often a counter of {@code /proc/net/netstat} has counted. */
    public long mib(int field) {
        return meta.skc_net.mib.net_statistics[field];
    }

    /** The segments of the host since the last look. */
    public List<ScriptedPeer.Segment> sent() {
        return wire.rest();
    }

    /** Has the host reset this subflow since the last look? */
    public boolean reset(Flow f) {
        return sent().stream()
                .anyMatch(s -> s.dest() == f.port && s.source() == f.hostPort && (s.flags() & RST) != 0);
    }

    /** The data ACK of the last segment that had one, counted from the peer's IDSN; 0: there was none. */
    public int lastDataAck() {
        int ret = 0;
        for (ScriptedPeer.Segment s : sent()) {
            byte[] dss = find(s.options(), 2);
            if (dss != null && (dss[3] & 1) != 0) {
                ret = get32(dss, 4) - (int) idsn;
            }
        }
        return ret;
    }

    /** The option of MPTCP with this subtype, or null. */
    public static byte[] find(byte[] options, int sub) {
        for (int at = 0; at < options.length; ) {
            int kind = options[at] & 0xff;
            if (kind == 0) {
                break;
            }
            if (kind == 1) {
                at++;
                continue;
            }
            int len = options[at + 1] & 0xff;
            if (kind == 30 && (options[at + 2] & 0xff) >> 4 == sub) {
                return Arrays.copyOfRange(options, at, at + len);
            }
            at += len;
        }
        return null;
    }

    /** The beginning of an option, or as much of it as {@code len} holds, and zeros up to {@code len}. */
    public static byte[] option(int kind, int len, int... more) {
        byte[] b = new byte[len];
        b[0] = (byte) kind;
        b[1] = (byte) len;
        for (int i = 0; i < Math.min(more.length, len - 2); i++) {
            b[2 + i] = (byte) more[i];
        }
        return b;
    }

    /** One after the other. */
    public static byte[] bytes(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] p : parts) {
            out.writeBytes(p);
        }
        return out.toByteArray();
    }

    /** A DSS option with a data ACK of {@link #dack}. */
    public Dss dss(Flow f) {
        return new Dss();
    }

    /** A DSS option; numbers have 32 bits unless told otherwise. */
    public final class Dss {
        private int flags = 0x01;
        private long ack = hostIdsn + dack;
        private long dsn;
        private int ssn;
        private int len;
        private byte[] payload = {};
        private boolean withSum = checksums;
        private int wrong;

        /** Without a data ACK. */
        public Dss noAck() {
            flags &= ~0x03;
            return this;
        }

        /** A data ACK of any 64 bits. */
        public Dss ack64(long v) {
            flags |= 0x03;
            ack = v;
            return this;
        }

        /** Maps the payload, from subflow sequence number {@code ssn} on (relative to the SYN's). */
        public Dss map(int dsn, int ssn, byte[] payload) {
            flags |= 0x04;
            this.dsn = idsn + dsn;
            this.ssn = ssn;
            this.payload = payload;
            len = payload.length;
            return this;
        }

        /** The data sequence number has 64 bits. */
        public Dss wide() {
            flags |= 0x08;
            return this;
        }

        /** Any high half. */
        public Dss high(int high) {
            dsn = (long) high << 32 | dsn & 0xffffffffL;
            return this;
        }

        public Dss length(int len) {
            this.len = len;
            return this;
        }

        /** With DATA_FIN; {@link #length} has to count it. */
        public Dss fin() {
            flags |= 0x10;
            return this;
        }

        public Dss sum(boolean with) {
            withSum = with;
            return this;
        }

        /** With a checksum that is not right. */
        public Dss wrongSum() {
            withSum = true;
            wrong = 1;
            return this;
        }

        public byte[] bytes() {
            boolean a = (flags & 1) != 0;
            boolean m = (flags & 4) != 0;
            boolean sum = m && withSum;
            int n = 4 + (a ? (flags & 2) != 0 ? 8 : 4 : 0) + (m ? 10 + ((flags & 8) != 0 ? 4 : 0) + (sum ? 2 : 0) : 0);
            byte[] b = option(30, n, 0x20, flags);
            int at = 4;
            if (a && (flags & 2) != 0) {
                put64(b, at, ack);
                at += 8;
            } else if (a) {
                put32(b, at, (int) ack);
                at += 4;
            }
            if (m) {
                if ((flags & 8) != 0) {
                    put64(b, at, dsn);
                    at += 8;
                } else {
                    put32(b, at, (int) dsn);
                    at += 4;
                }
                put32(b, at, ssn);
                put16(b, at + 4, len);
                if (sum) {
                    put16(b, at + 6, checksum() + wrong & 0xffff);
                }
            }
            return b;
        }

        private int checksum() {
            byte[] pseudo = new byte[16];
            put64(pseudo, 0, dsn);
            put32(pseudo, 8, ssn);
            put16(pseudo, 12, len);
            return Csum.csum_fold(Csum.csum_add(
                    Csum.csum_partial(payload, 0, payload.length, 0), Csum.csum_partial(pseudo, 0, 16, 0)));
        }
    }

    private static byte[] pad(byte[] options) {
        byte[] b = Arrays.copyOf(options, (options.length + 3) / 4 * 4);
        Arrays.fill(b, options.length, b.length, (byte) 1);
        return b;
    }

    private static byte[] ascii(String s) {
        return s.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** The initial data sequence number that goes with a key. */
    private static long sha1(long key) {
        return get64(digest(key), 12);
    }

    private static byte[] digest(long key) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(ByteBuffer.allocate(8).putLong(key).array());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] hmac(long key1, long key2, int nonce1, int nonce2) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(ByteBuffer.allocate(16).putLong(key1).putLong(key2).array(), "HmacSHA1"));
            return mac.doFinal(ByteBuffer.allocate(8).putInt(nonce1).putInt(nonce2).array());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Closes everything and waits until the host has given up. */
    public void end() {
        wire.end();
    }
}
