// SPDX-License-Identifier: GPL-2.0-only
package fib_frontend;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.EXDEV;
import static linux.netdevice.Netdev.LOOPBACK_IFINDEX;
import static linux.printk.Printk.pI4;
import static linux.skbuff.Free.kfree_skb;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static route.Input.ip_route_input;
import static testing.Ipv4.ip;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_UNICAST;

import java.util.ArrayList;
import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class SourceTest {
    private Nic eth0;
    private Nic eth1;

    @BeforeEach
    void network() {
        Ipv4.boot();
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        eth1 = Nic.up("eth1", "10.1.0.1/24");
    }

    @Nested
    class inet_addr_type {
        @ParameterizedTest
        @CsvSource({"10.0.0.1, 2", "10.1.0.1, 2", "127.0.0.1, 2", "127.1.2.3, 2", "10.0.0.255, 3", "10.0.0.0, 3",
            "255.255.255.255, 3", "0.0.0.0, 3", "224.0.0.1, 5", "10.0.0.7, 1", "192.0.2.1, 1"})
        @DisplayName("ours is 2, a broadcast 3, a group 5, everybody else 1")
        void types(String addr, int type) {
            assertThat(Source.inet_addr_type(init_net, ip(addr))).isEqualTo(type);
        }

        @Test
        @DisplayName("another namespace has other addresses")
        void namespace() {
            assertThat(Source.inet_addr_type(NetNs.create("other"), ip("10.0.0.1"))).isEqualTo(RTN_UNICAST);
        }
    }

    @Nested
    class inet_dev_addr_type {
        @Test
        @DisplayName("only this device counts")
        void device() {
            assertThat(Source.inet_dev_addr_type(init_net, eth0.dev, ip("10.0.0.1"))).isEqualTo(RTN_LOCAL);
            assertThat(Source.inet_dev_addr_type(init_net, eth1.dev, ip("10.0.0.1"))).isEqualTo(RTN_UNICAST);
        }
    }

    @Nested
    class __inet_dev_addr_type {
        @Test
        @DisplayName("as long as there is no local table, everything is a broadcast")
        void no_table() {
            net bare = new net("bare");
            bare.ipv4.fib_table_hash = new ArrayList<>();

            assertThat(Source.__inet_dev_addr_type(bare, null, ip("10.0.0.1"))).isEqualTo(RTN_BROADCAST);
        }
    }

    @Nested
    class fib_compute_spec_dst {
        /** Our address for an answer to such a packet. */
        private String answerFrom(String saddr, String daddr) {
            sk_buff skb = Ipv4.packet(saddr, daddr, Ipv4.IPPROTO_TEST);
            skb.dev = eth0.dev;
            assertThat(ip_route_input(skb, ip(daddr), ip(saddr), 0, eth0.dev)).isZero();
            int spec = Source.fib_compute_spec_dst(skb);
            kfree_skb(skb);
            return pI4(spec);
        }

        @Test
        @DisplayName("the one that the packet was for")
        void unicast() {
            assertThat(answerFrom("10.0.0.7", "10.1.0.1")).isEqualTo("10.1.0.1");
        }

        @Test
        @DisplayName("of a broadcast, the one that we would send to its sender from")
        void broadcast() {
            assertThat(answerFrom("10.0.0.7", "255.255.255.255")).isEqualTo("10.0.0.1");
            assertThat(answerFrom("10.1.0.7", "10.0.0.255")).isEqualTo("10.1.0.1");
        }

        @Test
        @DisplayName("without a route back, one of the device")
        void no_route() {
            assertThat(answerFrom("192.0.2.1", "255.255.255.255")).isEqualTo("10.0.0.1");
        }

        @Test
        @DisplayName("the sender has no address yet: one of the device")
        void nobody() {
            assertThat(answerFrom("0.0.0.0", "255.255.255.255")).isEqualTo("10.0.0.1");
        }
    }

    @Nested
    class __fib_validate_source {
        private final IntRef itag = new IntRef(5);

        private int validate(Nic nic, String src, int rpf) {
            return Source.__fib_validate_source(
                    null, ip(src), ip("10.0.0.1"), 0, 0, nic.dev, rpf, nic.dev.ip_ptr, itag);
        }

        @Test
        @DisplayName("1: from a neighbour; 0: from behind a gateway")
        void right_device() {
            IpRoute.add(init_net, "192.0.2.0/24 via 10.0.0.254");
            assertThat(validate(eth0, "10.0.0.7", 1)).isOne();
            assertThat(validate(eth0, "192.0.2.1", 1)).isZero();
        }

        @ParameterizedTest
        @CsvSource({"0, 0", "1, -18", "2, 0"})
        @DisplayName("by another device than the answer: strict refuses, loose does not")
        void wrong_device(int rpf, int ret) {
            assertThat(validate(eth1, "10.0.0.7", rpf)).isEqualTo(ret);
        }

        @ParameterizedTest
        @CsvSource({"0, 0", "1, -18", "2, -18"})
        @DisplayName("no way back at all: strict and loose refuse")
        void no_route(int rpf, int ret) {
            assertThat(validate(eth0, "192.0.2.1", rpf)).isEqualTo(ret);
        }

        @ParameterizedTest
        @ValueSource(strings = {"10.0.0.1", "10.1.0.1", "10.0.0.255"})
        @DisplayName("our own address or a broadcast as a source: -EINVAL")
        void impossible(String src) {
            assertThat(validate(eth0, src, 1)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("our own address may be allowed")
        void accept_local() {
            init_net.sysctls.write("net.ipv4.conf.all.accept_local", "1");

            assertThat(validate(eth0, "10.1.0.1", 0)).isNotNegative();
        }

        @Test
        @DisplayName("a device without an address: who knows; strict refuses")
        void no_address() {
            Nic eth2 = Nic.up("eth2");

            assertThat(validate(eth2, "10.0.0.7", 0)).isZero();
            assertThat(itag.val).isZero();
            assertThat(validate(eth2, "10.0.0.7", 1)).isEqualTo(-EXDEV);
        }

        @Test
        @DisplayName("another way by that device exists: a neighbour there after all")
        void other_way() {
            IpRoute.append(init_net, "10.0.0.0/24 dev eth1");

            assertThat(validate(eth1, "10.0.0.7", 2)).isOne();
        }
    }

    @Nested
    class fib_validate_source {
        private int validate(int oif) {
            return Source.fib_validate_source(
                    null, ip("10.0.0.1"), ip("10.0.0.9"), 0, oif, eth0.dev, eth0.dev.ip_ptr, new IntRef());
        }

        @Test
        @DisplayName("without rp_filter nothing is looked at, not even our own address")
        void off() {
            assertThat(validate(LOOPBACK_IFINDEX)).isZero();
        }

        @Test
        @DisplayName("unless a redirect may be due")
        void redirect() {
            assertThat(validate(eth0.dev.ifindex)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("the device's or all's, whichever is stricter")
        void on() {
            init_net.sysctls.write("net.ipv4.conf.eth0.rp_filter", "1");

            assertThat(validate(LOOPBACK_IFINDEX)).isEqualTo(-EINVAL);
        }
    }
}
