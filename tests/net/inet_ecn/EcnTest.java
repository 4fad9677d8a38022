// SPDX-License-Identifier: GPL-2.0-only
package net.inet_ecn;

import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.packet;
import static uapi.linux.if_ether.IfEther.ETH_P_ARP;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;

import linux.skbuff.sk_buff;
import net.inet_sock.inet_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import uapi.linux.ip.iphdr;

@KernelTest
class EcnTest {
    private final inet_sock sk = new inet_sock();

    /** A header with the TOS byte and a right checksum. */
    private static iphdr header(int tos, int id) {
        iphdr iph = new iphdr(new byte[20], 0);
        iph.version(4);
        iph.ihl(5);
        iph.tos(tos);
        iph.id(id);
        iph.tot_len(1500);
        iph.saddr(0x0a000001);
        iph.daddr(0x0a000002);
        iph.check(~sum(iph) & 0xffff);
        return iph;
    }

    /** The folded sum of a header; 0xffff for one with a right checksum. */
    private static int sum(iphdr iph) {
        int sum = 0;
        for (int i = 0; i < 20; i += 2) {
            sum += (iph.b[i] & 0xff) << 8 | iph.b[i + 1] & 0xff;
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return sum;
    }

    @Nested
    class INET_ECN_is_ce {
        @Test
        @DisplayName("both bits, whatever the rest of the byte")
        void both() {
            assertThat(Ecn.INET_ECN_is_ce(0xb8 | 3)).isTrue();
            assertThat(Ecn.INET_ECN_is_ce(0xb8 | 2)).isFalse();
            assertThat(Ecn.INET_ECN_is_ce(0xb8 | 1)).isFalse();
        }
    }

    @Nested
    class INET_ECN_is_not_ect {
        @Test
        @DisplayName("neither bit")
        void neither() {
            assertThat(Ecn.INET_ECN_is_not_ect(0xb8)).isTrue();
            assertThat(Ecn.INET_ECN_is_not_ect(1)).isFalse();
            assertThat(Ecn.INET_ECN_is_not_ect(2)).isFalse();
        }
    }

    @Nested
    class INET_ECN_is_capable {
        @Test
        @DisplayName("ECT(0) and CE are, ECT(1) is not taken for it")
        void ect0() {
            assertThat(Ecn.INET_ECN_is_capable(2)).isTrue();
            assertThat(Ecn.INET_ECN_is_capable(3)).isTrue();
            assertThat(Ecn.INET_ECN_is_capable(1)).isFalse();
        }
    }

    @Nested
    class INET_ECN_xmit {
        @Test
        @DisplayName("adds ECT(0) to the socket's TOS")
        void added() {
            sk.tos = 0x10;

            Ecn.INET_ECN_xmit(sk);

            assertThat(sk.tos).isEqualTo(0x12);
        }
    }

    @Nested
    class INET_ECN_dontxmit {
        @Test
        @DisplayName("takes both bits from the socket's TOS")
        void taken() {
            sk.tos = 0x13;

            Ecn.INET_ECN_dontxmit(sk);

            assertThat(sk.tos).isEqualTo(0x10);
        }
    }

    @Nested
    class IP_ECN_set_ce {
        @Test
        @DisplayName("marks ECT packets, and the checksum stays right whatever it was")
        void marked() {
            for (int ect = 1; ect <= 2; ect++) {
                for (int id = 0; id < 0x10000; id++) {
                    iphdr iph = header(0x28 | ect, id);

                    assertThat(Ecn.IP_ECN_set_ce(iph)).isOne();

                    assertThat(iph.tos()).isEqualTo(0x2b);
                    assertThat(sum(iph)).isEqualTo(0xffff);
                }
            }
        }

        @Test
        @DisplayName("a packet that is marked already stays so")
        void marked_already() {
            iphdr iph = header(3, 1);
            int check = iph.check();

            assertThat(Ecn.IP_ECN_set_ce(iph)).isOne();
            assertThat(iph.check()).isEqualTo(check);
        }

        @Test
        @DisplayName("one whose sender does not know ECN cannot be marked")
        void not_ect() {
            iphdr iph = header(0x28, 1);

            assertThat(Ecn.IP_ECN_set_ce(iph)).isZero();
            assertThat(iph.tos()).isEqualTo(0x28);
        }
    }

    @Nested
    class IP_ECN_clear {
        @Test
        @DisplayName("takes both bits from the header")
        void taken() {
            iphdr iph = header(0x2b, 1);

            Ecn.IP_ECN_clear(iph);

            assertThat(iph.tos()).isEqualTo(0x28);
        }
    }

    @Nested
    class INET_ECN_set_ce {
        private final sk_buff skb = new sk_buff();

        @BeforeEach
        void packet() {
            skb.head = new byte[60];
            System.arraycopy(header(2, 7).b, 0, skb.head, 14, 20);
            skb.network_header = 14;
            skb.tail = 34;
            skb.protocol = ETH_P_IP;
        }

        @Test
        @DisplayName("marks the packet's IP header")
        void marked() {
            assertThat(Ecn.INET_ECN_set_ce(skb)).isOne();
            assertThat(new iphdr(skb.head, 14).tos()).isEqualTo(3);
        }

        @Test
        @DisplayName("not a header that is not all there")
        void too_short() {
            skb.tail = 33;

            assertThat(Ecn.INET_ECN_set_ce(skb)).isZero();
            assertThat(new iphdr(skb.head, 14).tos()).isEqualTo(2);
        }

        @Test
        @DisplayName("not a packet of another protocol")
        void other_protocol() {
            skb.protocol = ETH_P_ARP;

            assertThat(Ecn.INET_ECN_set_ce(skb)).isZero();
        }
    }
}
