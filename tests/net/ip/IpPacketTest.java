// SPDX-License-Identifier: GPL-2.0-only
package net.ip;

import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Dst.skb_dst_set_noref;
import static linux.skbuff.Free.kfree_skb;
import static net.checksum.Csum.ip_fast_csum;
import static net.flow.flowi.FLOWI_FLAG_ANYSRC;
import static net.ip.Globals.sysctl_local_reserved_ports;
import static net.ip.inet_skb_parm.IPSKB_FORWARDED;
import static net.ip.ip_reply_arg.IP_REPLY_ARG_NOSRCCHECK;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_LOCALROUTE;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.in.In.IP_PMTUDISC_DO;
import static uapi.linux.in.In.IP_PMTUDISC_DONT;
import static uapi.linux.in.In.IP_PMTUDISC_INTERFACE;
import static uapi.linux.in.In.IP_PMTUDISC_PROBE;
import static uapi.linux.in.In.IP_PMTUDISC_WANT;
import static uapi.linux.socket.SocketOpt.AF_INET;

import fib_frontend.IpRoute;
import java.util.ArrayList;
import java.util.List;
import linux.bug.Bug;
import linux.skbuff.sk_buff;
import net.route.rtable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import raw.raw_sock;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;
import uapi.linux.ip.iphdr;

@KernelTest
class IpPacketTest {
    private final raw_sock sk = new raw_sock();
    private final List<sk_buff> packets = new ArrayList<>();

    @BeforeEach
    void network() {
        Ipv4.boot();
        Nic.up("eth0", "10.0.0.1/24");
        sk.skc_family = AF_INET;
    }

    @AfterEach
    void free() {
        packets.forEach(skb -> kfree_skb(skb));
    }

    private sk_buff packet(int frag_off) {
        sk_buff skb = Ipv4.packet("10.0.0.1", "10.0.0.7", Ipv4.IPPROTO_TEST, new byte[4], frag_off);
        packets.add(skb);
        return skb;
    }

    private static rtable route(String more) {
        IpRoute.replace(init_net, "192.0.2.0/24 via 10.0.0.254 " + more);
        rtable rt = Ipv4.route(init_net, "192.0.2.1");
        ip_rt_put(rt);
        return rt;
    }

    @Nested
    class ip_hdrlen {
        @Test
        @DisplayName("in bytes, with options")
        void bytes() {
            assertThat(IpPacket.ip_hdrlen(packet(0))).isEqualTo(24);
        }
    }

    @Nested
    class get_rttos {
        @Test
        @DisplayName("the message's type of service, or the socket's; without the bits that do not count")
        void either() {
            ipcm_cookie ipc = new ipcm_cookie();
            sk.tos = 0x1f;
            ipc.tos = -1;
            assertThat(IpPacket.get_rttos(ipc, sk)).isEqualTo(0x1e);
            ipc.tos = 0xe9;
            assertThat(IpPacket.get_rttos(ipc, sk)).isEqualTo(0x08);
        }
    }

    @Nested
    class get_rtconn_flags {
        @Test
        @DisplayName("the same, and whether only the link will do")
        void localroute() {
            ipcm_cookie ipc = new ipcm_cookie();
            ipc.tos = 0x10;
            sock_set_flag(sk, SOCK_LOCALROUTE);
            assertThat(IpPacket.get_rtconn_flags(ipc, sk)).isEqualTo(0x11);
            ipc.tos = -1;
            sk.tos = 0x08;
            assertThat(IpPacket.get_rtconn_flags(ipc, sk)).isEqualTo(0x09);
        }
    }

    @Nested
    class ip_reply_arg_flowi_flags {
        @Test
        @DisplayName("a transparent proxy answers from addresses that are not its own")
        void anysrc() {
            ip_reply_arg arg = new ip_reply_arg();
            assertThat(IpPacket.ip_reply_arg_flowi_flags(arg)).isZero();
            arg.flags = IP_REPLY_ARG_NOSRCCHECK;
            assertThat(IpPacket.ip_reply_arg_flowi_flags(arg)).isEqualTo(FLOWI_FLAG_ANYSRC);
        }
    }

    @Nested
    class inet_is_reserved_local_port {
        @Test
        @DisplayName("none at first")
        void reserved() {
            assertThat(IpPacket.inet_is_reserved_local_port(8080)).isFalse();
            sysctl_local_reserved_ports.set(8080);
            assertThat(IpPacket.inet_is_reserved_local_port(8080)).isTrue();
        }
    }

    @Nested
    class ip_is_fragment {
        @ParameterizedTest
        @CsvSource({"0, false", "0x4000, false", "0x2000, true", "1, true", "0x3fff, true"})
        @DisplayName("more to come, or not the first")
        void fragment(String frag_off, boolean is) {
            assertThat(IpPacket.ip_is_fragment(ip_hdr(packet(Integer.decode(frag_off))))).isEqualTo(is);
        }
    }

    @Nested
    class ip_decrease_ttl {
        @Test
        @DisplayName("the checksum stays right, whatever it is")
        void checksum() {
            for (int id = 0; id <= 0xffff; id += 13) {
                sk_buff skb = packet(0);
                iphdr iph = ip_hdr(skb);
                iph.id(id);
                Ipv4.sum(skb);

                assertThat(IpPacket.ip_decrease_ttl(iph)).isEqualTo(63);

                assertThat(ip_fast_csum(iph.b, iph.at, iph.ihl())).isZero();
                packets.remove(skb);
                kfree_skb(skb);
            }
        }
    }

    @Nested
    class ip_dont_fragment {
        @Test
        @DisplayName("want: unless the route's MTU is locked; do: always; dont: never")
        void modes() {
            rtable free = route("");
            rtable locked = route("mtu lock 1400");

            sk.pmtudisc = IP_PMTUDISC_WANT;
            assertThat(IpPacket.ip_dont_fragment(sk, free)).isTrue();
            assertThat(IpPacket.ip_dont_fragment(sk, locked)).isFalse();
            sk.pmtudisc = IP_PMTUDISC_DO;
            assertThat(IpPacket.ip_dont_fragment(sk, locked)).isTrue();
            sk.pmtudisc = IP_PMTUDISC_DONT;
            assertThat(IpPacket.ip_dont_fragment(sk, free)).isFalse();
        }
    }

    @Nested
    class ip_sk_accept_pmtu {
        @Test
        @DisplayName("all but those that only believe the device")
        void modes() {
            sk.pmtudisc = IP_PMTUDISC_PROBE;
            assertThat(IpPacket.ip_sk_accept_pmtu(sk)).isTrue();
            sk.pmtudisc = IP_PMTUDISC_INTERFACE;
            assertThat(IpPacket.ip_sk_accept_pmtu(sk)).isFalse();
        }
    }

    @Nested
    class ip_sk_use_pmtu {
        @Test
        @DisplayName("not those that probe")
        void modes() {
            sk.pmtudisc = IP_PMTUDISC_DO;
            assertThat(IpPacket.ip_sk_use_pmtu(sk)).isTrue();
            sk.pmtudisc = IP_PMTUDISC_PROBE;
            assertThat(IpPacket.ip_sk_use_pmtu(sk)).isFalse();
        }
    }

    @Nested
    class ip_dst_mtu_maybe_forward {
        @Test
        @DisplayName("a router uses the device's MTU, unless it is told otherwise or the route's is locked")
        void router() {
            rtable rt = route("mtu 1400");
            assertThat(IpPacket.ip_dst_mtu_maybe_forward(rt, false)).isEqualTo(1400);
            assertThat(IpPacket.ip_dst_mtu_maybe_forward(rt, true)).isEqualTo(1500);

            init_net.ipv4.sysctl_ip_fwd_use_pmtu = 1;
            assertThat(IpPacket.ip_dst_mtu_maybe_forward(rt, true)).isEqualTo(1400);
            init_net.ipv4.sysctl_ip_fwd_use_pmtu = 0;
            assertThat(IpPacket.ip_dst_mtu_maybe_forward(route("mtu lock 1300"), true)).isEqualTo(1300);
        }

        @Test
        @DisplayName("no packet is longer than 65535 bytes")
        void limit() {
            rtable rt = Ipv4.route(init_net, "127.0.0.1");

            assertThat(IpPacket.ip_dst_mtu_maybe_forward(rt, true)).isEqualTo(65535);
            ip_rt_put(rt);
        }
    }

    @Nested
    class ip_skb_dst_mtu {
        @Test
        @DisplayName("for a socket that probes, the device's; else the path's")
        void socket() {
            sk_buff skb = packet(0);
            skb_dst_set_noref(skb, route("mtu 1400"));
            assertThat(IpPacket.ip_skb_dst_mtu(skb)).isEqualTo(1400);

            skb.sk = sk;
            sk.pmtudisc = IP_PMTUDISC_WANT;
            assertThat(IpPacket.ip_skb_dst_mtu(skb)).isEqualTo(1400);
            sk.pmtudisc = IP_PMTUDISC_PROBE;
            assertThat(IpPacket.ip_skb_dst_mtu(skb)).isEqualTo(1500);
            skb.sk = null;
        }

        @Test
        @DisplayName("for a packet that goes through us, the device's")
        void forwarded() {
            sk_buff skb = packet(0);
            skb_dst_set_noref(skb, route("mtu 1400"));
            IPCB(skb).flags |= IPSKB_FORWARDED;

            assertThat(IpPacket.ip_skb_dst_mtu(skb)).isEqualTo(1500);
        }
    }

    @Nested
    class inet_reset_saddr {
        @Test
        @DisplayName("both addresses")
        void both() {
            sk.inet_saddr = 1;
            sk.skc_rcv_saddr = 1;

            IpPacket.inet_reset_saddr(sk);

            assertThat(sk.inet_saddr).isZero();
            assertThat(sk.skc_rcv_saddr).isZero();
        }
    }

    @Nested
    class sk_mc_loop {
        @Test
        @DisplayName("as the socket says; without a socket, yes; of another family, yes and a warning")
        void loop() {
            assertThat(IpPacket.sk_mc_loop(null)).isTrue();
            assertThat(IpPacket.sk_mc_loop(sk)).isFalse();
            sk.mc_loop = true;
            assertThat(IpPacket.sk_mc_loop(sk)).isTrue();

            sk.skc_family = 99;
            assertThat(IpPacket.sk_mc_loop(sk)).isTrue();
            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
        }
    }

    @Nested
    class inet_compute_pseudo {
        @Test
        @DisplayName("addresses, protocol and length of what stands behind the IP header (RFC 793, section 3.1)")
        void sum() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "10.0.0.1", Ipv4.IPPROTO_TEST, new byte[30]);
            linux.skbuff.Data.__skb_pull(skb, 20);

            assertThat(net.checksum.Csum.csum_fold(IpPacket.inet_compute_pseudo(skb, 6)))
                    .isEqualTo(~(0x0a00 + 0x0007 + 0x0a00 + 0x0001 + 6 + 30) & 0xffff);
            linux.skbuff.Free.kfree_skb(skb);
        }
    }
}
