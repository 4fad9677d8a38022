// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static linux.types.Be.get16;
import static linux.types.Be.get32;
import static linux.types.Be.get64;
import static linux.types.Be.get8;
import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static linux.types.Be.put64;
import static net.checksum.Csum.csum_add;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static packetdrill.TcpOption.MPTCP;
import static packetdrill.TcpOption.option;


/** The options of RFC 6824, as scripts write them. Data sequence numbers count from the initial ones, unless a key is named. */
final class MptcpOptions {
    private MptcpOptions() {}

    static final int CAPABLE = 0;
    static final int JOIN = 1;
    static final int DSS = 2;
    static final int ADD_ADDR = 3;
    static final int REMOVE_ADDR = 4;
    static final int PRIO = 5;
    static final int FAIL = 6;
    static final int FASTCLOSE = 7;

    /** Bits of a DSS. */
    static final int DATA_ACK = 0x01;

    static final int DATA_ACK8 = 0x02;
    static final int MAPPING = 0x04;
    static final int DSN8 = 0x08;
    static final int DATA_FIN = 0x10;

    /** What all of them have in common. */
    interface Mptcp extends TcpOption {
        int subtype();

        @Override
        default boolean sameKind(byte[] other) {
            return (other[0] & 0xff) == MPTCP && other.length > 2 && subtypeOf(other) == subtype();
        }
    }

    static int subtypeOf(byte[] option) {
        return get8(option, 2) >> 4;
    }

    /**
     * {@code mp_capable key_a key_b}: the sender's key, then the receiver's.
     *
     * @param second null: only one key, as in a SYN
     */
    record Capable(int flags, String first, String second) implements Mptcp {
        @Override
        public int subtype() {
            return CAPABLE;
        }

        @Override
        public int length() {
            return second == null ? 12 : 20;
        }

        @Override
        public byte[] bytes(Segment s, byte[] seen) throws Failure {
            byte[] b = option(MPTCP, length(), CAPABLE << 4, flags);
            Connection c = s.flow().connection;
            if (s.inbound()) {
                c.peerKey = s.keys().getOrMake(first);
            } else {
                if (seen == null || seen.length < b.length) {
                    return b;
                }
                s.keys().learn(first, get64(seen, 4));
                c.hostKey = s.keys().get(first);
            }
            put64(b, 4, s.inbound() ? c.peerKey : c.hostKey);
            if (second != null) {
                put64(b, 12, s.inbound() && c.hostKey == null ? s.keys().getOrMake(second) : s.keys().get(second));
            }
            return b;
        }
    }

    /**
     * {@code token=sha1_32(key_b)}.
     *
     * @param key its name, or null: {@code number}; both null: the right one
     */
    record Token(String key, Integer number) {
        int value(Segment s) throws Failure {
            Connection c = s.flow().connection;
            Long right = s.inbound() ? c.hostKey : c.peerKey;
            return number != null ? number : Keys.token(key != null || right == null ? s.keys().get(String.valueOf(key)) : right);
        }
    }

    /** {@code full_160_hmac(key_a key_b)}; {@code first} null: with the right keys. */
    record Hmac(String first, String second, Long number) {
        byte[] value(Segment s) throws Failure {
            Flow f = s.flow();
            Long mine = s.inbound() ? f.connection.peerKey : f.connection.hostKey;
            Long yours = s.inbound() ? f.connection.hostKey : f.connection.peerKey;
            long key1 = first != null || mine == null ? s.keys().get(String.valueOf(first)) : mine;
            long key2 = second != null || yours == null ? s.keys().get(String.valueOf(second)) : yours;
            byte[] mac = Keys.hmac(key1, key2, s.inbound() ? f.peerNonce : f.hostNonce, s.inbound() ? f.hostNonce : f.peerNonce);
            if (number != null) {
                put64(mac, 0, number);
            }
            return mac;
        }
    }

    /** @param addressId null: 0 in what we send, anything in what is expected */
    record JoinSyn(int backup, Integer addressId, Token token, Integer nonce) implements Mptcp {
        @Override
        public int subtype() {
            return JOIN;
        }

        @Override
        public int length() {
            return 12;
        }

        @Override
        public byte[] bytes(Segment s, byte[] seen) throws Failure {
            byte[] b = option(MPTCP, length(), JOIN << 4 | backup, addressId == null ? 0 : addressId);
            put32(b, 4, token.value(s));
            if (s.inbound()) {
                s.flow().peerNonce = nonce != null ? nonce : 0x5ca1ab1e + s.flow().remotePort;
                put32(b, 8, s.flow().peerNonce);
            } else if (seen != null && seen.length == b.length) {
                s.flow().hostNonce = get32(seen, 8);
                put32(b, 8, nonce != null ? nonce : s.flow().hostNonce);
                b[3] = addressId == null ? seen[3] : b[3];
            }
            return b;
        }
    }

    /** The address id of the host is not compared: scripts of the original leave it open so. */
    record JoinSynAck(int backup, Integer addressId, Hmac hmac, Integer nonce) implements Mptcp {
        @Override
        public int subtype() {
            return JOIN;
        }

        @Override
        public int length() {
            return 16;
        }

        @Override
        public byte[] bytes(Segment s, byte[] seen) throws Failure {
            byte[] b = option(MPTCP, length(), JOIN << 4 | backup, addressId == null ? 0 : addressId);
            if (s.inbound()) {
                s.flow().peerNonce = nonce != null ? nonce : 0x5ca1ab1e + s.flow().localPort;
                put32(b, 12, s.flow().peerNonce);
            } else if (seen != null && seen.length == b.length) {
                s.flow().hostNonce = get32(seen, 12);
                put32(b, 12, nonce != null ? nonce : s.flow().hostNonce);
                b[3] = seen[3];
            }
            System.arraycopy(hmac.value(s), 0, b, 4, 8);
            return b;
        }
    }

    /** The third packet of a join. */
    record JoinAck(Hmac hmac) implements Mptcp {
        @Override
        public int subtype() {
            return JOIN;
        }

        @Override
        public int length() {
            return 24;
        }

        @Override
        public byte[] bytes(Segment s, byte[] seen) throws Failure {
            byte[] b = option(MPTCP, length(), JOIN << 4, 0);
            System.arraycopy(hmac.value(s), 0, b, 4, 20);
            return b;
        }
    }

    /**
     * {@code dack4}, {@code dsn4=1}, {@code dsn8=trunc_r64_hmac(key_a)+1}.
     *
     * @param width 4 or 8 bytes
     * @param value null: whatever is next, or whatever has come
     * @param key the number counts from this key's initial one; null: from that of the side whose data it is about
     * @param constant a key that the script writes as a number instead of a name, or null
     */
    record Number(int width, Long value, String key, Long constant) {
        /** @param right the initial number of the side that it is about */
        long absolute(Segment s, long right) throws Failure {
            long base = constant != null ? Keys.idsn(constant) : key != null ? Keys.idsn(s.keys().get(key)) : right;
            return base + value;
        }
    }

    /**
     * Data sequence signal: a data ACK, a mapping, or both.
     *
     * @param ssn where the mapping begins in the subflow, or null
     * @param dll length of the mapping, or null: that of the segment
     * @param checksum null: the right one; -1: none
     */
    record Dss(Number ack, Number dsn, Integer ssn, Integer dll, Integer checksum, boolean fin) implements Mptcp {
        static final int NO_CHECKSUM = -1;

        @Override
        public int subtype() {
            return DSS;
        }

        @Override
        public int length() {
            return 4 + (ack == null ? 0 : ack.width) + (dsn == null ? 0 : dsn.width + (noChecksum() ? 6 : 8));
        }

        @Override
        public byte[] bytes(Segment s, byte[] seen) throws Failure {
            if (ack == null && dsn == null && !s.inbound() && seen != null) {
                return seen;
            }
            Connection c = s.flow().connection;
            int flags = (ack == null ? 0 : DATA_ACK | (ack.width == 8 ? DATA_ACK8 : 0))
                    | (dsn == null ? 0 : MAPPING | (dsn.width == 8 ? DSN8 : 0)) | (fin ? DATA_FIN : 0);
            byte[] b = option(MPTCP, length(), DSS << 4, flags);
            boolean open = !s.inbound() && seen != null && seen.length == b.length && (seen[3] & 0xf) == (flags & 0xf);
            int at = 4;
            if (ack != null) {
                if (ack.value != null) {
                    put(b, at, ack.width, ack.absolute(s, s.inbound() ? c.hostIdsn() : c.peerIdsn()));
                } else if (s.inbound()) {
                    put(b, at, ack.width, c.hostIdsn() + c.hostNext);
                } else if (open) {
                    System.arraycopy(seen, at, b, at, ack.width);
                }
                at += ack.width;
            }
            if (dsn != null) {
                mapping(s, b, at, open ? seen : null);
            }
            return b;
        }

        private boolean noChecksum() {
            return checksum != null && checksum == NO_CHECKSUM;
        }

        private void mapping(Segment s, byte[] b, int at, byte[] seen) throws Failure {
            Connection c = s.flow().connection;
            long idsn = s.inbound() ? c.peerIdsn() : c.hostIdsn();
            long number = dsn.value != null ? dsn.absolute(s, idsn) : s.inbound() ? idsn + c.peerNext
                    : seen == null ? 0 : dsn.width == 8 ? get64(seen, at) : near(idsn, get32(seen, at));
            int rest = at + dsn.width;
            int from = ssn != null ? ssn : s.inbound() ? s.tcp().seq() : seen == null ? 0 : get32(seen, rest);
            int bytes = dll != null ? dll : s.inbound() ? s.payload().length + (fin ? 1 : 0) : seen == null ? 0 : get16(seen, rest + 4);
            put(b, at, dsn.width, number);
            put32(b, rest, from);
            put16(b, rest + 4, bytes);
            if (s.inbound()) {
                c.peerNext = Math.max(c.peerNext, number - idsn + bytes);
            } else {
                c.hostNext = Math.max(c.hostNext, number - idsn + bytes);
            }
            if (noChecksum()) {
                return;
            }
            boolean whole = bytes == s.payload().length + (fin ? 1 : 0);
            if (checksum != null) {
                put16(b, rest + 6, checksum);
            } else if (s.inbound() || whole && bytes > 0 || seen == null) {
                put16(b, rest + 6, sum(number, from, bytes, s.payload()));
            } else {
                // Of a part of a mapping the sum of the whole cannot be told.
                put16(b, rest + 6, get16(seen, rest + 6));
            }
        }

        private static void put(byte[] b, int at, int width, long v) {
            if (width == 8) {
                put64(b, at, v);
            } else {
                put32(b, at, (int) v);
            }
        }

        /** RFC 6824, 3.3.1: the data, and a pseudo-header of the mapping. */
        private static int sum(long dsn, int ssn, int length, byte[] payload) {
            byte[] pseudo = new byte[16];
            put64(pseudo, 0, dsn);
            put32(pseudo, 8, ssn);
            put16(pseudo, 12, length);
            return csum_fold(csum_add(csum_partial(payload, 0, payload.length, 0), csum_partial(pseudo, 0, pseudo.length, 0)));
        }
    }

    /** The number next to {@code base} that ends in {@code low}. */
    static long near(long base, int low) {
        return base + (low - (int) base);
    }

    /** {@code mp_fail dsn8=1}; a number that is left open is 0 in what we send. */
    record Fail(Number dsn) implements Mptcp {
        @Override
        public int subtype() {
            return FAIL;
        }

        @Override
        public int length() {
            return 12;
        }

        @Override
        public byte[] bytes(Segment s, byte[] seen) throws Failure {
            byte[] b = option(MPTCP, length(), FAIL << 4, 0);
            Connection c = s.flow().connection;
            if (dsn != null && dsn.value != null) {
                put64(b, 4, dsn.absolute(s, s.inbound() ? c.hostIdsn() : c.peerIdsn()));
            } else if (!s.inbound() && seen != null && seen.length == b.length) {
                put64(b, 4, get64(seen, 4));
            }
            return b;
        }
    }

    /** {@code mp_fastclose key_a}: with the receiver's key, if nothing is said. */
    record Fastclose(String key, long plus) implements Mptcp {
        @Override
        public int subtype() {
            return FASTCLOSE;
        }

        @Override
        public int length() {
            return 12;
        }

        @Override
        public byte[] bytes(Segment s, byte[] seen) throws Failure {
            byte[] b = option(MPTCP, length(), FASTCLOSE << 4, 0);
            Long right = s.inbound() ? s.flow().connection.hostKey : s.flow().connection.peerKey;
            if (key == null && right == null) {
                throw new Failure("mp_fastclose: the receiver's key is not known");
            }
            put64(b, 4, (key != null ? s.keys().get(key) : right) + plus);
            return b;
        }
    }

    /** Options of this subtype that say everything themselves. */
    record Plain(int subtype, byte... content) implements Mptcp {
        @Override
        public int length() {
            return content.length;
        }

        @Override
        public byte[] bytes(Segment s, byte[] seen) {
            return content;
        }
    }
}
