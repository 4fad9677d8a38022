// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.types.Be.get32;
import static net.dst.Dst.dst_check;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.CcTrajectory.socket;
import static testing.Ipv4.ip;
import static uapi.linux.icmp.Icmp.ICMP_REDIRECT;
import static uapi.linux.icmp.Icmp.ICMP_REDIR_HOST;
import static uapi.linux.icmp.Icmp.ICMP_REDIR_HOSTTOS;
import static uapi.linux.icmp.Icmp.ICMP_REDIR_NET;
import static uapi.linux.icmp.Icmp.ICMP_REDIR_NETTOS;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.rtnetlink.Rt.RTCF_REDIRECTED;

import fib_frontend.IpRoute;
import linux.gfp.Gfp;
import linux.hrtimer.Clock;
import linux.skbuff.sk_buff;
import net.flow.flowi4;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class RedirectTest {
    private Nic eth0;
    private final flowi4 fl4 = new flowi4();

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        IpRoute.add(init_net, "default via 10.0.0.254");
        fl4.daddr = ip("192.0.2.1");
    }

    /** What {@code from} says about a packet to 192.0.2.1: {@code gw} is better. {@code data} is the header it quotes. */
    private sk_buff redirect(String from, String gw, int code) {
        sk_buff quoted = Ipv4.packet("10.0.0.1", "192.0.2.1", Ipv4.IPPROTO_TEST, new byte[8]);
        sk_buff skb = Ipv4.packet(
                from, "10.0.0.1", IPPROTO_ICMP, Ipv4.icmp(ICMP_REDIRECT, code, ip(gw), Ipv4.bytes(quoted)));
        skb_set_transport_header(skb, 20);
        skb_pull(skb, 28);
        skb.dev = eth0.dev;
        return skb;
    }

    private static int gateway() {
        rtable rt = Ipv4.route(init_net, "192.0.2.1");
        ip_rt_put(rt);
        return rt.rt_gateway;
    }

    @Nested
    class __ip_do_redirect {
        private void redirected(String from, String gw, int code) {
            rtable rt = Ipv4.route(init_net, "192.0.2.1");
            sk_buff skb = redirect(from, gw, code);
            Redirect.__ip_do_redirect(rt, skb, fl4, true);
            kfree_skb(skb);
            ip_rt_put(rt);
        }

        @ParameterizedTest
        @ValueSource(ints = {ICMP_REDIR_NET, ICMP_REDIR_HOST, ICMP_REDIR_NETTOS, ICMP_REDIR_HOSTTOS})
        @DisplayName("the gateway in use names a better one: packets to this host go there")
        void taken(int code) {
            redirected("10.0.0.254", "10.0.0.253", code);

            rtable rt = Ipv4.route(init_net, "192.0.2.1");
            assertThat(rt.rt_gateway).isEqualTo(ip("10.0.0.253"));
            assertThat(rt.rt_flags & RTCF_REDIRECTED).isNotZero();
            ip_rt_put(rt);
            rt = Ipv4.route(init_net, "192.0.2.2");
            assertThat(rt.rt_gateway).isEqualTo(ip("10.0.0.254"));
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("the entry in use is stale afterwards")
        void killed() {
            rtable rt = Ipv4.route(init_net, "192.0.2.1");
            sk_buff skb = redirect("10.0.0.254", "10.0.0.253", ICMP_REDIR_HOST);

            Redirect.__ip_do_redirect(rt, skb, fl4, true);

            assertThat(dst_check(rt, 0)).isNull();
            kfree_skb(skb);
            ip_rt_put(rt);
        }

        @ParameterizedTest
        @CsvSource({
            "10.0.0.7, 10.0.0.253", // not from the gateway in use
            "10.0.0.254, 10.0.0.254", // nothing new
            "10.0.0.254, 224.0.0.5",
            "10.0.0.254, 255.255.255.255",
            "10.0.0.254, 0.0.0.1",
            "10.0.0.254, 10.0.0.1", // ourselves
        })
        @DisplayName("anything else is ignored")
        void ignored(String from, String gw) {
            redirected(from, gw, ICMP_REDIR_HOST);

            assertThat(gateway()).isEqualTo(ip("10.0.0.254"));
        }

        @Test
        @DisplayName("an unknown code is ignored")
        void unknown_code() {
            redirected("10.0.0.254", "10.0.0.253", 4);

            assertThat(gateway()).isEqualTo(ip("10.0.0.254"));
        }

        @Test
        @DisplayName("a host takes none if both accept_redirects are off; a router needs both on")
        void accept_redirects() {
            init_net.sysctls.write("net.ipv4.conf.all.accept_redirects", "0");
            redirected("10.0.0.254", "10.0.0.253", ICMP_REDIR_HOST);
            assertThat(gateway()).as("eth0 still accepts").isEqualTo(ip("10.0.0.253"));

            init_net.sysctls.write("net.ipv4.conf.eth0.accept_redirects", "0");
            init_net.sysctls.write("net.ipv4.route.flush", "1");
            redirected("10.0.0.254", "10.0.0.253", ICMP_REDIR_HOST);
            assertThat(gateway()).isEqualTo(ip("10.0.0.254"));
        }

        @Test
        @DisplayName("without shared_media, the new gateway must be in the subnet, and a gateway of some route")
        void not_shared() {
            init_net.sysctls.write("net.ipv4.conf.all.shared_media", "0");
            init_net.sysctls.write("net.ipv4.conf.eth0.shared_media", "0");
            redirected("10.0.0.254", "10.9.0.253", ICMP_REDIR_HOST);
            assertThat(gateway()).isEqualTo(ip("10.0.0.254"));
            redirected("10.0.0.254", "10.0.0.253", ICMP_REDIR_HOST);
            assertThat(gateway()).isEqualTo(ip("10.0.0.254"));

            IpRoute.add(init_net, "198.51.100.0/24 via 10.0.0.253");
            redirected("10.0.0.254", "10.0.0.253", ICMP_REDIR_HOST);
            assertThat(gateway()).isEqualTo(ip("10.0.0.253"));
        }

        @Test
        @DisplayName("no memory for the neighbour: ignored")
        void no_memory() {
            rtable rt = Ipv4.route(init_net, "192.0.2.1");
            sk_buff skb = redirect("10.0.0.254", "10.0.0.253", ICMP_REDIR_HOST);
            Gfp.failNth(0);

            Redirect.__ip_do_redirect(rt, skb, fl4, true);

            assertThat(gateway()).isEqualTo(ip("10.0.0.254"));
            kfree_skb(skb);
            ip_rt_put(rt);
        }
    }

    @Nested
    class ip_do_redirect {
        @Test
        @DisplayName("dst_ops.redirect: finds out from the quoted header what the packet was")
        void from_header() {
            rtable rt = Ipv4.route(init_net, "192.0.2.1");
            sk_buff skb = redirect("10.0.0.254", "10.0.0.253", ICMP_REDIR_HOST);

            rt.ops.redirect.call(rt, null, skb);

            assertThat(gateway()).isEqualTo(ip("10.0.0.253"));
            kfree_skb(skb);
            ip_rt_put(rt);
        }
    }

    @Nested
    class ipv4_redirect {
        @Test
        @DisplayName("looks for the route itself")
        void looks() {
            sk_buff skb = redirect("10.0.0.254", "10.0.0.253", ICMP_REDIR_HOST);

            Redirect.ipv4_redirect(skb, init_net, 0, 0, IPPROTO_ICMP, 0);

            assertThat(gateway()).isEqualTo(ip("10.0.0.253"));
            kfree_skb(skb);
        }
    }

    @Nested
    class ipv4_sk_redirect {
        @Test
        @DisplayName("looks for the route of the socket")
        void socket() {
            raw_sock sk = new raw_sock();
            sk.skc_net = init_net;
            sk_buff skb = redirect("10.0.0.254", "10.0.0.253", ICMP_REDIR_HOST);

            Redirect.ipv4_sk_redirect(skb, sk);

            assertThat(gateway()).isEqualTo(ip("10.0.0.253"));
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_rt_send_redirect {
        /** A packet of 10.0.0.7 that should have gone to 10.0.0.254 itself. */
        private void send() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "192.0.2.1", Ipv4.IPPROTO_TEST);
            skb.dev = eth0.dev;
            assertThat(Input.ip_route_input(skb, ip("192.0.2.1"), ip("10.0.0.7"), 0, eth0.dev)).isZero();
            Ipv4.later(() -> Redirect.ip_rt_send_redirect(skb));
            kfree_skb(skb);
        }

        private void pass(int ms) {
            Clock.passTo(Clock.now() + ms * Clock.NSEC_PER_MSEC);
        }

        @BeforeEach
        void router() {
            init_net.sysctls.write("net.ipv4.ip_forward", "1");
        }

        @Test
        @DisplayName("nine times, each after twice as long; then not before 20 s of silence")
        void backs_off() {
            for (int i = 0; i < 60; i++) {
                send();
                pass(250);
            }
            assertThat(eth0.sent).hasSizeBetween(6, 9);
            int n = eth0.sent.size();
            pass(20_481);
            send();
            assertThat(eth0.sent).hasSize(n + 1);
            byte[] last = eth0.sent.get(n);
            assertThat(last[20]).isEqualTo((byte) ICMP_REDIRECT);
            assertThat(get32(last, 24)).isEqualTo(ip("10.0.0.254"));
        }

        @Test
        @DisplayName("never if send_redirects is off")
        void off() {
            init_net.sysctls.write("net.ipv4.conf.all.send_redirects", "0");
            init_net.sysctls.write("net.ipv4.conf.eth0.send_redirects", "0");

            send();

            assertThat(eth0.sent).isEmpty();
        }
    }
}
