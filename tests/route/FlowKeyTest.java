// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.Free.kfree_skb;
import static net.flow.flowi.FLOWI_FLAG_ANYSRC;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.CcTrajectory.socket;
import static testing.Ipv4.ip;
import static testing.Ipv4.packet;
import static uapi.linux.in.In.IPPROTO_RAW;
import static uapi.linux.in.In.IPPROTO_TCP;

import linux.skbuff.sk_buff;
import net.flow.flowi4;
import net.inet_sock.ip_options;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class FlowKeyTest {
    private final flowi4 fl4 = new flowi4();
    private final raw_sock sk = new raw_sock();
    private sk_buff skb;

    @BeforeEach
    void network() {
        Ipv4.boot();
        skb = Ipv4.packet("10.0.0.1", "10.0.0.7", Ipv4.IPPROTO_TEST);
        skb.dev = Nic.up("eth0", "10.0.0.1/24").dev;
        skb.mark = 5;
        ip_hdr(skb).tos(0x1d);
        sk.skc_bound_dev_if = 9;
        sk.sk_mark = 6;
        sk.tos = 0x11;
        sk.sk_protocol = IPPROTO_TCP;
        sk.skc_daddr = ip("10.0.0.8");
        sk.inet_saddr = ip("10.0.0.2");
    }

    @AfterEach
    void free() {
        kfree_skb(skb);
    }

    @Nested
    class __build_flow_key {
        @Test
        @DisplayName("without a socket, the arguments and the header's addresses")
        void no_socket() {
            FlowKey.__build_flow_key(fl4, null, ip_hdr(skb), 3, 4, 5, 6, FLOWI_FLAG_ANYSRC);

            assertThat(fl4.flowic_oif).isEqualTo(3);
            assertThat(fl4.flowic_tos).isEqualTo(4);
            assertThat(fl4.flowic_proto).isEqualTo(5);
            assertThat(fl4.flowic_mark).isEqualTo(6);
            assertThat(fl4.flowic_flags).isEqualTo(FLOWI_FLAG_ANYSRC);
            assertThat(fl4.saddr).isEqualTo(ip("10.0.0.1"));
            assertThat(fl4.daddr).isEqualTo(ip("10.0.0.7"));
        }

        @Test
        @DisplayName("with a socket, its settings and the header's addresses")
        void socket() {
            FlowKey.__build_flow_key(fl4, sk, ip_hdr(skb), 3, 4, 5, 6, 0);

            assertThat(fl4.flowic_oif).isEqualTo(9);
            assertThat(fl4.flowic_tos).isEqualTo(0x10);
            assertThat(fl4.flowic_proto).isEqualTo(IPPROTO_TCP);
            assertThat(fl4.flowic_mark).isEqualTo(6);
            assertThat(fl4.daddr).isEqualTo(ip("10.0.0.7"));

            sk.hdrincl = true;
            FlowKey.__build_flow_key(fl4, sk, ip_hdr(skb), 3, 4, 5, 6, 0);
            assertThat(fl4.flowic_proto).isEqualTo(IPPROTO_RAW);
        }
    }

    @Nested
    class build_skb_flow_key {
        @Test
        @DisplayName("asks the packet")
        void packet() {
            FlowKey.build_skb_flow_key(fl4, skb, null);

            assertThat(fl4.flowic_oif).isEqualTo(skb.dev.ifindex);
            assertThat(fl4.flowic_tos).isEqualTo(0x1c);
            assertThat(fl4.flowic_proto).isEqualTo(Ipv4.IPPROTO_TEST);
            assertThat(fl4.flowic_mark).isEqualTo(5);
            assertThat(fl4.daddr).isEqualTo(ip("10.0.0.7"));
        }
    }

    @Nested
    class build_sk_flow_key {
        @Test
        @DisplayName("asks the socket")
        void socket() {
            FlowKey.build_sk_flow_key(fl4, sk);

            assertThat(fl4.flowic_oif).isEqualTo(9);
            assertThat(fl4.saddr).isEqualTo(ip("10.0.0.2"));
            assertThat(fl4.daddr).isEqualTo(ip("10.0.0.8"));
        }

        @Test
        @DisplayName("with a source route, its first hop counts")
        void source_route() {
            sk.inet_opt = new ip_options();
            sk.inet_opt.srr = 20;
            sk.inet_opt.faddr = ip("10.0.0.99");

            FlowKey.build_sk_flow_key(fl4, sk);

            assertThat(fl4.daddr).isEqualTo(ip("10.0.0.99"));
        }
    }

    @Nested
    class ip_rt_build_flow_key {
        @Test
        @DisplayName("asks the packet if there is one, else the socket")
        void either() {
            FlowKey.ip_rt_build_flow_key(fl4, sk, skb);
            assertThat(fl4.daddr).isEqualTo(ip("10.0.0.7"));

            FlowKey.ip_rt_build_flow_key(fl4, sk, null);
            assertThat(fl4.daddr).isEqualTo(ip("10.0.0.8"));
        }
    }
}
