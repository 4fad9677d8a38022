// SPDX-License-Identifier: GPL-2.0-only
package inet_hashtables;

import static net.inet_sock.Hash.__inet_ehashfn;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;

import net.inet_sock.inet_sock;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class HashTest {
    private final int laddr = ip("10.0.0.1");
    private final int faddr = ip("10.0.0.7");

    @Nested
    class inet_ehashfn {
        @Test
        @DisplayName("draws a secret at the first call and keeps it: the hash is that of the header under it")
        void secret() {
            Hash.___done.val = false;
            int hash = Hash.inet_ehashfn(init_net, laddr, 80, faddr, 1234);
            int secret = Hash.inet_ehash_secret[0];

            assertThat(Hash.inet_ehashfn(init_net, laddr, 80, faddr, 1234)).isEqualTo(hash);
            assertThat(hash).isEqualTo(__inet_ehashfn(laddr, 80, faddr, 1234, secret));
            assertThat(Hash.inet_ehash_secret[0]).isEqualTo(secret).isNotZero();
        }

        @Test
        @DisplayName("the same connection of another namespace has another hash")
        void namespace() {
            net other = NetNs.create("other");

            assertThat(Hash.inet_ehashfn(other, laddr, 80, faddr, 1234))
                    .isNotEqualTo(Hash.inet_ehashfn(init_net, laddr, 80, faddr, 1234));
        }
    }

    @Nested
    class inet_sk_ehashfn {
        @Test
        @DisplayName("is the hash under which a packet from the peer will be looked up")
        void same() {
            inet_sock sk = new inet_sock();
            sk.skc_net = init_net;
            sk.skc_rcv_saddr = laddr;
            sk.skc_num = 80;
            sk.skc_daddr = faddr;
            sk.skc_dport = 1234;

            assertThat(Hash.inet_sk_ehashfn(sk)).isEqualTo(Hash.inet_ehashfn(init_net, laddr, 80, faddr, 1234));
        }
    }
}
