// SPDX-License-Identifier: GPL-2.0-only
package net.inet_hashtables;

import static org.assertj.core.api.Assertions.assertThat;

import net.inet_sock.inet_sock;
import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class HashTest {
    private final net net = new net("n");

    @Nested
    class ib_net {
        @Test
        @DisplayName("is the namespace that the bucket was made for")
        void made_for() {
            assertThat(Hash.ib_net(new inet_bind_bucket(net, 80))).isSameAs(net);
        }
    }

    @Nested
    class inet_ehash_bucket {
        @Test
        @DisplayName("takes the low bits of the hash, also of one above 2^31")
        void low_bits() {
            inet_hashinfo hashinfo = Tables.ofFour();

            assertThat(Hash.inet_ehash_bucket(hashinfo, 0xfffffffe)).isSameAs(hashinfo.ehash[2]);
        }
    }

    @Nested
    class inet_bhashfn {
        @Test
        @DisplayName("agrees with the real kernel, given its number for the namespace")
        void vectors() {
            Vectors.each("inet_hashes", row -> {
                net.hash_mix = row.i32("in.net_hash_mix");

                assertThat(Hash.inet_bhashfn(net, row.i32("in.lport"), row.i32("in.hsize")))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.inet_bhashfn"));
            });
        }
    }

    @Nested
    class inet_lhashfn {
        @Test
        @DisplayName("agrees with the real kernel, given its number for the namespace")
        void vectors() {
            Vectors.each("inet_hashes", row -> {
                net.hash_mix = row.i32("in.net_hash_mix");

                assertThat(Hash.inet_lhashfn(net, row.i32("in.lport")))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.inet_lhashfn"));
            });
        }
    }

    @Nested
    class inet_sk_listen_hashfn {
        @Test
        @DisplayName("takes port and namespace from the socket")
        void from_the_socket() {
            inet_sock sk = new inet_sock();
            sk.skc_net = net;
            sk.skc_num = 80;
            net.hash_mix = 5;

            assertThat(Hash.inet_sk_listen_hashfn(sk)).isEqualTo(85 & 31);
        }
    }
}

/** Apart from the tests, because one of them has the name of the buckets' class. */
final class Tables {
    private Tables() {}

    static inet_hashinfo ofFour() {
        inet_hashinfo hashinfo = new inet_hashinfo();
        hashinfo.ehash_mask = 3;
        hashinfo.ehash = new inet_ehash_bucket[4];
        for (int i = 0; i < 4; i++) {
            hashinfo.ehash[i] = new inet_ehash_bucket();
        }
        return hashinfo;
    }
}
