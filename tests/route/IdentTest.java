// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.Free.kfree_skb;
import static net.ip.IpPacket.IP_DF;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;

import linux.hrtimer.Clock;
import linux.skbuff.sk_buff;
import net.inet_sock.inet_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;

@KernelTest
class IdentTest {
    @BeforeEach
    void network() {
        Ipv4.boot();
    }

    private static int id(sk_buff skb) {
        return ip_hdr(skb).id();
    }

    @Nested
    class ip_idents_reserve {
        @Test
        @DisplayName("hands out ids one behind the other")
        void counts() {
            int first = Ident.ip_idents_reserve(17, 3);

            assertThat(Ident.ip_idents_reserve(17, 1)).isEqualTo(first + 3);
            assertThat(Ident.ip_idents_reserve(17 + 2048, 1)).as("the same counter").isEqualTo(first + 4);
            assertThat(Ident.ip_idents_reserve(18, 1)).isNotEqualTo(first + 5);
        }

        @Test
        @DisplayName("after a pause of n jiffies jumps by less than n")
        void jumps() {
            int first = Ident.ip_idents_reserve(17, 1);
            Clock.passTo(Clock.now() + 1000 * Clock.NSEC_PER_MSEC);

            assertThat(Ident.ip_idents_reserve(17, 1)).isBetween(first + 1, first + 1000);
        }

        @Test
        @DisplayName("a hash with the highest bit set is a large number, not a negative one")
        void unsigned() {
            int index = Integer.remainderUnsigned(0x80000001, 2048);
            int first = Ident.ip_idents_reserve(0x80000001, 1);

            assertThat(Ident.ip_idents_reserve(index, 1)).isEqualTo(first + 1);
        }
    }

    @Nested
    class __ip_select_ident {
        @Test
        @DisplayName("packets between the same two hosts are counted together")
        void by_addresses() {
            sk_buff a = Ipv4.packet("10.0.0.1", "10.0.0.7", Ipv4.IPPROTO_TEST);
            sk_buff b = Ipv4.packet("10.0.0.1", "10.0.0.7", Ipv4.IPPROTO_TEST);

            Ident.__ip_select_ident(ip_hdr(a), 2);
            Ident.__ip_select_ident(ip_hdr(b), 1);

            assertThat(id(b)).isEqualTo(id(a) + 2 & 0xffff);
            kfree_skb(a);
            kfree_skb(b);
        }
    }

    @Nested
    class ip_select_ident_segs {
        @Test
        @DisplayName("with DF and a connected socket, the socket's own number")
        void connected() {
            sk_buff skb = Ipv4.packet("10.0.0.1", "10.0.0.7", Ipv4.IPPROTO_TEST, new byte[0], IP_DF);
            inet_sock sk = new raw_sock();
            sk.skc_daddr = ip("10.0.0.7");
            sk.inet_id = 0xffff;

            Ident.ip_select_ident_segs(skb, sk, 3);

            assertThat(id(skb)).isEqualTo(0xffff);
            assertThat(sk.inet_id).isEqualTo(2);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("with DF and no connection, 0: the packet is never put together")
        void df() {
            sk_buff skb = Ipv4.packet("10.0.0.1", "10.0.0.7", Ipv4.IPPROTO_TEST, new byte[0], IP_DF);

            Ident.ip_select_ident_segs(skb, null, 1);

            assertThat(id(skb)).isZero();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a packet that may be fragmented gets a real id, even with DF if local_df is set")
        void fragmentable() {
            sk_buff skb = Ipv4.packet("10.0.0.1", "10.0.0.7", Ipv4.IPPROTO_TEST, new byte[0], IP_DF);
            skb.local_df = true;

            Ident.ip_select_ident_segs(skb, null, 1);
            int first = id(skb);
            Ident.ip_select_ident_segs(skb, null, 1);

            assertThat(id(skb)).isEqualTo(first + 1 & 0xffff);
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_select_ident {
        @Test
        @DisplayName("takes one id")
        void one() {
            sk_buff skb = Ipv4.packet("10.0.0.1", "10.0.0.7", Ipv4.IPPROTO_TEST);

            Ident.ip_select_ident(skb, null);
            int first = id(skb);
            Ident.ip_select_ident(skb, null);

            assertThat(id(skb)).isEqualTo(first + 1 & 0xffff);
            kfree_skb(skb);
        }
    }
}
