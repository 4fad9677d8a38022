// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static linux.types.Be.get32;
import static linux.types.Be.put32;

/** An option of a segment in a script. */
interface TcpOption {
    int EOL = 0;
    int NOP = 1;
    int MSS = 2;
    int WSCALE = 3;
    int SACK_PERMITTED = 4;
    int SACK = 5;
    int TIMESTAMP = 8;
    int MPTCP = 30;

    /** Shared by experiments (RFC 6994); Fast Open's first number. */
    int EXPERIMENT = 254;

    int FASTOPEN_MAGIC = 0xf989;

    /**
     * The option on the wire.
     *
     * @param seen for a packet that is expected: the option that has come in its place, or null; what the script leaves open is as there
     */
    byte[] bytes(Segment s, byte[] seen) throws Failure;

    /** Is {@code other} of the same kind, and for Multipath TCP of the same subtype? */
    boolean sameKind(byte[] other);

    /** Bytes on the wire. */
    int length();

    /** An option without anything that depends on the connection. */
    record Fixed(byte... content) implements TcpOption {
        @Override
        public byte[] bytes(Segment s, byte[] seen) {
            return content;
        }

        @Override
        public boolean sameKind(byte[] other) {
            return content[0] == other[0];
        }

        @Override
        public int length() {
            return content.length;
        }
    }

    /** @param blocks left and right edges, as the script counts */
    record Sack(int... blocks) implements TcpOption {
        @Override
        public byte[] bytes(Segment s, byte[] seen) {
            int offset = s.inbound() ? s.flow().localOffset(s.syn()) : s.flow().remoteOffset(s.syn());
            byte[] b = option(SACK, length());
            for (int i = 0; i < blocks.length; i++) {
                put32(b, 2 + 4 * i, blocks[i] + offset);
            }
            return b;
        }

        @Override
        public boolean sameKind(byte[] other) {
            return other[0] == SACK;
        }

        @Override
        public int length() {
            return 2 + 4 * blocks.length;
        }
    }

    /** The stamp of the host is not compared; the one that it echoes is. */
    record Timestamp(int val, int ecr) implements TcpOption {
        private static final int LENGTH = 10;

        @Override
        public byte[] bytes(Segment s, byte[] seen) {
            byte[] b = option(TIMESTAMP, LENGTH);
            if (s.inbound()) {
                put32(b, 2, val);
                put32(b, 6, s.tcp().has(Script.Tcp.ACK) ? s.flow().stamp(ecr) : ecr);
            } else {
                if (seen != null && seen.length == LENGTH) {
                    s.flow().learnStamp(val, get32(seen, 2));
                    put32(b, 2, get32(seen, 2));
                }
                put32(b, 6, ecr);
            }
            return b;
        }

        @Override
        public boolean sameKind(byte[] other) {
            return other[0] == TIMESTAMP;
        }

        @Override
        public int length() {
            return LENGTH;
        }
    }

    /** An option of {@code length} bytes, the rest of them zero. */
    static byte[] option(int kind, int length, int... first) {
        byte[] b = new byte[length];
        b[0] = (byte) kind;
        if (length > 1) {
            b[1] = (byte) length;
        }
        for (int i = 0; i < first.length; i++) {
            b[2 + i] = (byte) first[i];
        }
        return b;
    }
}
