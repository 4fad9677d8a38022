// SPDX-License-Identifier: GPL-2.0-only
package net.secure_seq;

import static linux.cryptohash.Md5.MD5_DIGEST_WORDS;
import static linux.cryptohash.Md5.MD5_MESSAGE_BYTES;
import static linux.cryptohash.Md5.md5_transform;
import static linux.hrtimer.Clock.ktime_get_real;
import static linux.net.Once.net_get_random_once;
import static linux.types.Be.raw16;
import static linux.types.Be.raw32;

import linux.compiler.BoolRef;
import linux.compiler.Differs;
import linux.init.Initcall;

/**
 * Initial sequence numbers and first ports that outsiders cannot guess (RFC 6528), {@code net/core/secure_seq.c}: a
 * hash of the connection under a secret that is drawn when the first one is made.
 */
public final class SecureSeq implements Initcall {
    static int[] net_secret;
    static BoolRef ___done;

    /** What every connection is to begin with, for those who want to see numbers wrap; null: what RFC 6528 asks for. */
    public static Integer wanted;

    @Override
    public void data() {
        wanted = null;
        net_secret = new int[MD5_MESSAGE_BYTES / 4];
        ___done = new BoolRef();
    }

    static void net_secret_init() {
        net_get_random_once(net_secret, ___done);
    }

    /**
     * Adds a clock of 64 ns: a port pair that is used again begins above the old connection's numbers, and 274 s pass
     * before the clock comes round.
     */
    static int seq_scale(int seq) {
        return seq + (int) (ktime_get_real() >> 6);
    }

    /** The initial sequence number of a connection. */
    @Differs("gives the number that somebody wants to see, if there is one")
    public static int secure_tcp_sequence_number(int saddr, int daddr, int sport, int dport) {
        int[] hash = new int[MD5_DIGEST_WORDS];

        if (wanted != null) {
            return wanted;
        }
        net_secret_init();
        hash[0] = raw32(saddr);
        hash[1] = raw32(daddr);
        hash[2] = (raw16(sport) << 16) + raw16(dport);
        hash[3] = net_secret[15];

        md5_transform(hash, net_secret);

        return seq_scale(hash[0]);
    }

    /** Where the search for a free local port begins, for connections to this peer. */
    public static int secure_ipv4_port_ephemeral(int saddr, int daddr, int dport) {
        int[] hash = new int[MD5_DIGEST_WORDS];

        net_secret_init();
        hash[0] = raw32(saddr);
        hash[1] = raw32(daddr);
        hash[2] = raw16(dport) ^ net_secret[14];
        hash[3] = net_secret[15];

        md5_transform(hash, net_secret);

        return hash[0];
    }
}
