// SPDX-License-Identifier: GPL-2.0-only
package inet_hashtables;

import static inet_hashtables.Lookup.sock_gen_put;
import static linux.interrupt.Softirq.in_softirq;
import static linux.skbuff.Dst.skb_dst_set_noref;
import static linux.skbuff.Free.kfree_skb;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Nodes.sock_hold;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static uapi.linux.in.In.IPPROTO_TCP;

import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.route.rtable;
import net.sock.sock_common;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.TcpTables;

@KernelTest
class InlinesTest {
    private final int laddr = ip("10.0.0.1");
    private final int faddr = ip("10.0.0.7");
    private TcpTables tcp;
    private tcp_sock listener;
    private tcp_sock child;

    @BeforeEach
    void tables() {
        tcp = new TcpTables();
        listener = tcp.listening(80);
        child = tcp.connected(listener, "10.0.0.1", 80, "10.0.0.7", 1000);
    }

    @AfterEach
    void end() {
        tcp.end();
    }

    private static <T extends sock_common> T put(T sk) {
        if (sk != null) {
            sock_gen_put(sk);
        }
        return sk;
    }

    @Nested
    class inet_lookup_listener {
        @Test
        @DisplayName("finds the listener also for who is connected")
        void found() {
            assertThat(put(Inlines.inet_lookup_listener(init_net, tcp.hashinfo, faddr, 1000, laddr, 80, 0)))
                    .isSameAs(listener);
        }
    }

    @Nested
    class inet_lookup_established {
        @Test
        @DisplayName("finds connections only")
        void found() {
            assertThat(put(Inlines.inet_lookup_established(init_net, tcp.hashinfo, faddr, 1000, laddr, 80, 0)))
                    .isSameAs(child);
            assertThat(Inlines.inet_lookup_established(init_net, tcp.hashinfo, faddr, 1001, laddr, 80, 0)).isNull();
        }
    }

    @Nested
    class __inet_lookup {
        @Test
        @DisplayName("the connection, else the listener, else null")
        void order() {
            assertThat(put(Inlines.__inet_lookup(init_net, tcp.hashinfo, faddr, 1000, laddr, 80, 0))).isSameAs(child);
            assertThat(put(Inlines.__inet_lookup(init_net, tcp.hashinfo, faddr, 1001, laddr, 80, 0)))
                    .isSameAs(listener);
            assertThat(Inlines.__inet_lookup(init_net, tcp.hashinfo, faddr, 1001, laddr, 81, 0)).isNull();
        }
    }

    @Nested
    class inet_lookup {
        @Test
        @DisplayName("the same, and bottom halves are on again")
        void found() {
            assertThat(put(Inlines.inet_lookup(init_net, tcp.hashinfo, faddr, 1000, laddr, 80, 0))).isSameAs(child);
            assertThat(in_softirq()).isFalse();
        }
    }

    @Nested
    class __inet_lookup_skb {
        @Test
        @DisplayName("what early demultiplexing has found is taken as it is")
        void early() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TCP);
            sock_hold(listener);
            skb.sk = listener;

            assertThat(put(Inlines.__inet_lookup_skb(tcp.hashinfo, skb, 1000, 80))).isSameAs(listener);

            assertThat(skb.sk).isNull();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("otherwise the addresses of the packet decide, in the namespace of its route")
        void by_addresses() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TCP);
            rtable rt = new rtable();
            rt.dev = init_net.loopback_dev;
            skb_dst_set_noref(skb, rt);

            assertThat(put(Inlines.__inet_lookup_skb(tcp.hashinfo, skb, 1000, 80))).isSameAs(child);
            assertThat(put(Inlines.__inet_lookup_skb(tcp.hashinfo, skb, 1001, 80))).isSameAs(listener);
            kfree_skb(skb);
        }
    }
}
