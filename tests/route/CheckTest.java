// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.ENETUNREACH;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static net.dst.Dst.dst_check;
import static net.dst.Dst.dst_hold;
import static net.dst.dst_entry.DST_OBSOLETE_DEAD;
import static net.dst.dst_entry.DST_OBSOLETE_KILL;
import static net.neighbour.Neigh.neigh_release;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.rt_genid_bump_ipv4;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_HOST_UNREACH;
import static uapi.linux.rtnetlink.Rt.RTCF_REDIRECTED;

import devinet.IpAddr;
import fib_frontend.IpRoute;
import linux.bug.Bug;
import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import net.neighbour.neighbour;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class CheckTest {
    private Nic eth0;

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0", "10.0.0.1/24");
    }

    @Nested
    class rt_is_expired {
        @Test
        @DisplayName("an entry is stale as soon as the namespace's number changes")
        void genid() {
            rtable rt = Ipv4.route(init_net, "10.0.0.7");
            assertThat(Check.rt_is_expired(rt)).isFalse();

            rt_genid_bump_ipv4(init_net);

            assertThat(Check.rt_is_expired(rt)).isTrue();
            ip_rt_put(rt);
        }
    }

    @Nested
    class rt_cache_flush {
        @Test
        @DisplayName("makes every entry of this namespace stale, and of no other")
        void one_namespace() {
            net other = NetNs.create("other");
            Nic.up(other, "eth0", "10.0.0.2/24");
            rtable here = Ipv4.route(init_net, "10.0.0.7");
            rtable there = Ipv4.route(other, "10.0.0.7");

            Check.rt_cache_flush(init_net);

            assertThat(dst_check(here, 0)).isNull();
            assertThat(dst_check(there, 0)).isSameAs(there);
            ip_rt_put(here);
            ip_rt_put(there);
        }
    }

    @Nested
    class ipv4_dst_check {
        @Test
        @DisplayName("a route is good until an address is added")
        void address_added() {
            rtable rt = Ipv4.route(init_net, "10.0.0.7");
            assertThat(Check.ipv4_dst_check(rt, 0)).isSameAs(rt);

            IpAddr.add(eth0.dev, "10.0.7.1/24");

            assertThat(Check.ipv4_dst_check(rt, 0)).isNull();
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("or removed")
        void address_removed() {
            rtable rt = Ipv4.route(init_net, "10.0.0.7");

            IpAddr.del(eth0.dev, "10.0.0.1/24");

            assertThat(Check.ipv4_dst_check(rt, 0)).isNull();
            ip_rt_put(rt);
            assertThat(PTR_ERR(Ipv4.route(init_net, "10.0.0.7"))).isEqualTo(-ENETUNREACH);
        }

        @Test
        @DisplayName("or the device goes down")
        void device_down() {
            rtable rt = Ipv4.route(init_net, "10.0.0.7");

            IpAddr.linkDown(eth0.dev);

            assertThat(Check.ipv4_dst_check(rt, 0)).isNull();
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("or ICMP has taught something about the next hop")
        void killed() {
            rtable rt = Ipv4.route(init_net, "10.0.0.7");

            rt.obsolete = DST_OBSOLETE_KILL;

            assertThat(Check.ipv4_dst_check(rt, 0)).isNull();
            ip_rt_put(rt);
        }
    }

    @Nested
    class ipv4_neigh_lookup {
        @Test
        @DisplayName("the gateway if there is one")
        void gateway() {
            IpRoute.add(init_net, "default via 10.0.0.254");
            rtable rt = Ipv4.route(init_net, "192.0.2.1");

            neighbour n = Check.ipv4_neigh_lookup(rt, null, ip("192.0.2.1"));

            assertThat(n.primary_key).isEqualTo(ip("10.0.0.254"));
            neigh_release(n);
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("else the receiver of the packet, or without one the address that was given")
        void receiver() {
            rtable rt = Ipv4.route(init_net, "10.0.0.7");
            sk_buff skb = Ipv4.packet("10.0.0.1", "10.0.0.8", Ipv4.IPPROTO_TEST);

            neighbour packet = Check.ipv4_neigh_lookup(rt, skb, 0);
            neighbour given = Check.ipv4_neigh_lookup(rt, null, ip("10.0.0.9"));

            assertThat(packet.primary_key).isEqualTo(ip("10.0.0.8"));
            assertThat(given.primary_key).isEqualTo(ip("10.0.0.9"));
            assertThat(Check.ipv4_neigh_lookup(rt, null, ip("10.0.0.9"))).isSameAs(given);
            neigh_release(given);
            neigh_release(given);
            neigh_release(packet);
            kfree_skb(skb);
            ip_rt_put(rt);
        }
    }

    @Nested
    class ipv4_negative_advice {
        @Test
        @DisplayName("an ordinary route is kept")
        void kept() {
            rtable rt = Ipv4.route(init_net, "10.0.0.7");

            assertThat(Check.ipv4_negative_advice(rt)).isSameAs(rt);

            ip_rt_put(rt);
        }

        @Test
        @DisplayName("a redirected one is given up, and one with a path MTU that was learnt")
        void given_up() {
            rtable rt = Ipv4.route(init_net, "10.0.0.7");
            rt.rt_flags |= RTCF_REDIRECTED;
            assertThat(Check.ipv4_negative_advice(rt)).isNull();
            assertThat(rt.__refcnt).isZero();
            rt.rt_flags &= ~RTCF_REDIRECTED;

            dst_hold(rt);
            rt.expires = 1;
            assertThat(Check.ipv4_negative_advice(rt)).isNull();
            assertThat(rt.__refcnt).isZero();
        }

        @Test
        @DisplayName("a dead one too; none at all stays none")
        void dead() {
            rtable rt = Ipv4.route(init_net, "10.0.0.7");
            IpAddr.del(eth0.dev, "10.0.0.1/24");
            assertThat(rt.obsolete).isEqualTo(DST_OBSOLETE_DEAD);

            assertThat(Check.ipv4_negative_advice(rt)).isNull();
            assertThat(Check.ipv4_negative_advice(null)).isNull();
        }
    }

    @Nested
    class ipv4_link_failure {
        @Test
        @DisplayName("what was learnt about the path ends now; the sender is told")
        void expires() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "10.0.0.1", Ipv4.IPPROTO_TEST);
            skb.dev = eth0.dev;
            Input.ip_route_input(skb, ip("10.0.0.1"), ip("10.0.0.7"), 0, eth0.dev);
            rtable rt = skb_rtable(skb);

            Ipv4.later(() -> Check.ipv4_link_failure(skb));

            assertThat(rt.expires).isEqualTo(Jiffies.jiffies);
            assertThat(eth0.sent).hasSize(1);
            assertThat(eth0.sent.get(0)[20]).isEqualTo((byte) ICMP_DEST_UNREACH);
            assertThat(eth0.sent.get(0)[21]).isEqualTo((byte) ICMP_HOST_UNREACH);
            kfree_skb(skb);
        }
    }

    @Nested
    class ip_rt_bug {
        @Test
        @DisplayName("a packet must not leave by a route for packets that come in: warns and drops it")
        void warns() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "10.0.0.1", Ipv4.IPPROTO_TEST);

            assertThat(Check.ip_rt_bug(skb)).isZero();

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
        }
    }
}
