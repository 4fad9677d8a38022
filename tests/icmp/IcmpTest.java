// SPDX-License-Identifier: GPL-2.0-only
package icmp;

import static ip_options.IpOptions.ip_options_compile;
import static linux.err.Err.IS_ERR;
import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.ENETUNREACH;
import static linux.interrupt.Softirq.in_softirq;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.interrupt.Softirq.tasklet_init;
import static linux.interrupt.Softirq.tasklet_schedule;
import static linux.ip.IpHdr.ip_hdr;
import static linux.netdevice.Flags.dev_set_mtu;
import static linux.sched.Sched.msleep;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Data.skb_tail_pointer;
import static linux.skbuff.Free.kfree_skb;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial;
import static net.checksum.Csum.ip_compute_csum;
import static net.ip.IpPacket.IP_MF;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.IPPROTO_TEST;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_ECHO;
import static uapi.linux.icmp.Icmp.ICMP_ECHOREPLY;
import static uapi.linux.icmp.Icmp.ICMP_EXC_TTL;
import static uapi.linux.icmp.Icmp.ICMP_FRAG_NEEDED;
import static uapi.linux.icmp.Icmp.ICMP_PORT_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_TIME_EXCEEDED;
import static uapi.linux.icmp.Icmp.NR_ICMP_TYPES;
import static uapi.linux.if_packet.IfPacket.PACKET_BROADCAST;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.ip.Ip.IPOPT_LSRR;
import static uapi.linux.ip.Ip.IPOPT_RR;
import static uapi.linux.snmp.Snmp.ICMP_MIB_OUTERRORS;
import static uapi.linux.snmp.Snmp.ICMP_MIB_OUTMSGS;

import java.util.Arrays;
import java.util.List;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.interrupt.tasklet_struct;
import linux.skbuff.sk_buff;
import net.flow.flowi4;
import net.ip.ipcm_cookie;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import net.route.rtable;
import net.sock.sock;
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
import testing.Skbs;
import uapi.linux.ip.iphdr;

/** What 10.0.0.1 (eth0) and 10.1.0.1 (eth1) tell others. */
@KernelTest
class IcmpTest {
    private static final byte[] DATA = Skbs.count(1, 40);

    private Nic eth0;
    private Nic eth1;

    @BeforeEach
    void network() {
        eth0 = Nic.up("eth0", "10.0.0.1/24");
        eth1 = Nic.up("eth1", "10.1.0.1/24");
    }

    private sk_buff in(sk_buff skb) {
        return Pings.routed(eth0, skb);
    }

    private sk_buff packet() {
        return in(Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST, DATA));
    }

    private static rtable out(String daddr, flowi4 fl4) {
        rtable rt = Ipv4.route(init_net, fl4, daddr);
        assertThat(IS_ERR(rt)).isFalse();
        return rt;
    }

    @Nested
    class icmp_sk {
        @Test
        @DisplayName("each namespace has its own socket")
        void each() {
            net other = NetNs.create("other");

            assertThat(Icmp.icmp_sk(init_net)).isNotNull().isSameAs(init_net.ipv4.icmp_sk);
            assertThat(Icmp.icmp_sk(other)).isSameAs(other.ipv4.icmp_sk).isNotSameAs(init_net.ipv4.icmp_sk);
        }
    }

    @Nested
    class icmp_xmit_lock {
        @Test
        @DisplayName("gives the socket, with bottom halves off")
        void locks() {
            assertThat(Icmp.icmp_xmit_lock(init_net)).isSameAs(init_net.ipv4.icmp_sk);

            assertThat(in_softirq()).isTrue();
            local_bh_enable();
        }
    }

    @Nested
    class icmp_xmit_unlock {
        @Test
        @DisplayName("allows bottom halves again; what was raised meanwhile runs")
        void unlocks() {
            sock sk = Icmp.icmp_xmit_lock(init_net);
            int[] ran = new int[1];
            tasklet_struct t = new tasklet_struct();
            tasklet_init(t, data -> ran[0]++, null);
            tasklet_schedule(t);
            assertThat(ran[0]).isZero();

            Icmp.icmp_xmit_unlock(sk);

            assertThat(in_softirq()).isFalse();
            assertThat(ran[0]).isEqualTo(1);
        }
    }

    @Nested
    class icmpv4_xrlim_allow {
        private final flowi4 fl4 = new flowi4();

        private int allowed(String daddr, int type, int code, int tries) {
            rtable rt = out(daddr, fl4);
            int n = 0;
            for (int i = 0; i < tries; i++) {
                n += Icmp.icmpv4_xrlim_allow(init_net, rt, fl4, type, code) ? 1 : 0;
            }
            ip_rt_put(rt);
            return n;
        }

        @Test
        @DisplayName("six at once, then one a second; each host has its own account")
        void six() {
            assertThat(allowed("10.0.0.7", ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 20)).isEqualTo(6);
            assertThat(allowed("10.0.0.8", ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 20)).isEqualTo(6);

            msleep(2500);
            assertThat(allowed("10.0.0.7", ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 20)).isEqualTo(2);
        }

        @Test
        @DisplayName("path MTU discovery is not held up")
        void frag_needed() {
            assertThat(allowed("10.0.0.7", ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 20)).isEqualTo(20);
            assertThat(allowed("10.0.0.7", ICMP_TIME_EXCEEDED, ICMP_FRAG_NEEDED, 20)).isEqualTo(6);
        }

        @Test
        @DisplayName("neither are types that are not in icmp_ratemask, or that nobody knows")
        void mask() {
            assertThat(allowed("10.0.0.7", ICMP_ECHOREPLY, 0, 20)).isEqualTo(20);
            assertThat(allowed("10.0.0.7", NR_ICMP_TYPES + 1, 0, 20)).isEqualTo(20);

            init_net.ipv4.sysctl_icmp_ratemask = 1 << ICMP_ECHOREPLY;
            assertThat(allowed("10.0.0.7", ICMP_ECHOREPLY, 0, 20)).isEqualTo(6);
            assertThat(allowed("10.0.0.7", ICMP_DEST_UNREACH, 0, 20)).isEqualTo(20);
        }

        @Test
        @DisplayName("nor messages to ourselves")
        void loopback() {
            assertThat(allowed("127.0.0.1", ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 20)).isEqualTo(20);
        }

        @Test
        @DisplayName("icmp_ratelimit says how long a message takes to save up")
        void rate() {
            init_net.ipv4.sysctl_icmp_ratelimit = 100;
            assertThat(allowed("10.0.0.7", ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 20)).isEqualTo(6);
            msleep(350);
            assertThat(allowed("10.0.0.7", ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 20)).isEqualTo(3);
        }
    }

    @Nested
    class icmp_out_count {
        @Test
        @DisplayName("counts the message, and its type")
        void counts() {
            Icmp.icmp_out_count(init_net, 3);
            Icmp.icmp_out_count(init_net, 3);
            Icmp.icmp_out_count(init_net, 0);

            assertThat(Pings.mib(ICMP_MIB_OUTMSGS)).isEqualTo(3);
            assertThat(init_net.mib.icmpmsg_statistics[256 + 3]).isEqualTo(2);
            assertThat(init_net.mib.icmpmsg_statistics[256]).isEqualTo(1);
        }
    }

    @Nested
    class icmp_glue_bits {
        @Test
        @DisplayName("copies what is quoted, from its beginning on, and adds up its sum where it stands")
        void copies() {
            sk_buff quoted = Skbs.everything();
            sk_buff skb = Skbs.linear(0);
            icmp_bxm param = new icmp_bxm();
            param.skb = quoted;
            param.offset = 3;
            byte[] to = new byte[50];

            assertThat(Icmp.icmp_glue_bits(param, to, 2, 0, 7, 0, skb)).isZero();
            assertThat(Icmp.icmp_glue_bits(param, to, 9, 7, 30, 7, skb)).isZero();

            assertThat(Arrays.copyOfRange(to, 2, 39)).isEqualTo(Skbs.count(3, 37));
            assertThat(csum_fold(skb.csum)).isEqualTo(csum_fold(csum_partial(to, 2, 37, 0)));
            kfree_skb(quoted);
            kfree_skb(skb);
        }
    }

    @Nested
    class icmp_push_reply {
        private int push(icmp_bxm param) {
            flowi4 fl4 = new flowi4();
            Ref<rtable> rt = new Ref<>(out("10.0.0.7", fl4));
            fl4.flowic_proto = IPPROTO_ICMP;
            ipcm_cookie ipc = new ipcm_cookie();
            ipc.addr = fl4.daddr;
            ipc.tos = -1;
            sock sk = Icmp.icmp_xmit_lock(init_net);
            Icmp.icmp_push_reply(param, fl4, ipc, rt);
            Icmp.icmp_xmit_unlock(sk);
            if (rt.val != null) {
                ip_rt_put(rt.val);
            }
            return eth0.sent.size();
        }

        private icmp_bxm param(sk_buff quoted, int len) {
            icmp_bxm param = new icmp_bxm();
            param.skb = quoted;
            param.data_len = len;
            param.head_len = 8;
            param.icmph.type(ICMP_ECHOREPLY);
            param.icmph.code(5);
            param.icmph.gateway(0x01020304);
            return param;
        }

        @Test
        @DisplayName("header and data leave with one checksum over both")
        void sent() {
            sk_buff quoted = Skbs.linear(33);

            push(param(quoted, 33));

            assertThat(Pings.sent(eth0)).singleElement().satisfies(m -> {
                assertThat(m.code()).isEqualTo(5);
                assertThat(m.info()).isEqualTo(0x01020304);
                assertThat(m.data()).isEqualTo(Skbs.count(0, 33));
            });
            assertThat(Pings.mib(ICMP_MIB_OUTMSGS)).isEqualTo(1);
            kfree_skb(quoted);
        }

        @Test
        @DisplayName("larger than the link: the sum is in the first fragment, over all of them")
        void large() {
            sk_buff quoted = Skbs.linear(3001);

            assertThat(push(param(quoted, 3001))).isEqualTo(3);

            byte[] whole = new byte[8 + 3001];
            int at = 0;
            for (byte[] p : eth0.sent) {
                System.arraycopy(p, 20, whole, at, p.length - 20);
                at += p.length - 20;
            }
            assertThat(at).isEqualTo(whole.length);
            assertThat(ip_compute_csum(whole, 0, whole.length)).isZero();
            assertThat(Arrays.copyOfRange(whole, 8, whole.length)).isEqualTo(Skbs.count(0, 3001));
            kfree_skb(quoted);
        }

        @Test
        @DisplayName("no memory: an error is counted, and nothing stays in the queue")
        void no_memory() {
            sk_buff quoted = Skbs.linear(3001);
            Gfp.inject((gfp, i) -> i > 2);

            assertThat(push(param(quoted, 3001))).isZero();

            assertThat(Pings.mib(ICMP_MIB_OUTERRORS)).isEqualTo(1);
            assertThat(Icmp.icmp_sk(init_net).sk_write_queue.qlen).isZero();
            kfree_skb(quoted);
        }
    }

    @Nested
    class icmp_reply {
        private void reply(sk_buff skb, int type) {
            icmp_bxm param = new icmp_bxm();
            param.icmph.type(type);
            param.icmph.gateway(0x00070001);
            param.icmph.checksum(0xdead);
            param.skb = skb;
            param.data_len = skb.len;
            param.head_len = 8;
            Icmp.icmp_reply(param, skb);
            kfree_skb(skb);
        }

        private sk_buff ping(String daddr, int tos, byte... options) {
            sk_buff skb = Ipv4.packet("10.0.0.7", daddr, IPPROTO_ICMP, options, 0,
                    Ipv4.icmp(ICMP_ECHO, 0, 0x00070001, DATA));
            ip_hdr(skb).tos(tos);
            return Pings.atData(eth0, Ipv4.sum(skb));
        }

        @Test
        @DisplayName("goes back to the sender, from the address that he has asked, with his type of service")
        void back() {
            reply(ping("10.1.0.1", 0x10), ICMP_ECHOREPLY);

            assertThat(Pings.sent(eth0)).singleElement().satisfies(m -> {
                assertThat(m.src()).isEqualTo("10.1.0.1");
                assertThat(m.dst()).isEqualTo("10.0.0.7");
                assertThat(m.tos()).isEqualTo(0x10);
                assertThat(m.data()).isEqualTo(DATA);
            });
            assertThat(in_softirq()).isFalse();
        }

        @Test
        @DisplayName("the answer to a broadcast comes from the address of the device")
        void broadcast() {
            reply(ping("10.0.0.255", 0), ICMP_ECHOREPLY);

            assertThat(Pings.sent(eth0)).singleElement().satisfies(m -> assertThat(m.src()).isEqualTo("10.0.0.1"));
        }

        @Test
        @DisplayName("a route that was recorded comes back with the answer")
        void options() {
            sk_buff skb = ping("10.0.0.1", 0, (byte) IPOPT_RR, (byte) 7, (byte) 4, (byte) 0, (byte) 0, (byte) 0,
                    (byte) 0, (byte) 0);
            IPCB(skb).opt.optlen = 8;
            assertThat(ip_options_compile(init_net, IPCB(skb).opt, skb)).isZero();

            reply(skb, ICMP_ECHOREPLY);

            assertThat(new iphdr(eth0.sent.get(0), 0).ihl()).isEqualTo(7);
            assertThat(eth0.sent.get(0)[20]).isEqualTo((byte) IPOPT_RR);
            assertThat(Pings.sent(eth0).get(0).data()).isEqualTo(DATA);
        }

        @Test
        @DisplayName("with a source route the answer takes the way back")
        void source_route() {
            sk_buff skb = ping("10.0.0.1", 0, (byte) IPOPT_LSRR, (byte) 7, (byte) 8, (byte) 10, (byte) 1, (byte) 0,
                    (byte) 9, (byte) 0);
            IPCB(skb).opt.optlen = 8;
            assertThat(ip_options_compile(init_net, IPCB(skb).opt, skb)).isZero();

            reply(skb, ICMP_ECHOREPLY);

            assertThat(eth0.sent).isEmpty();
            assertThat(Pings.sent(eth1)).singleElement()
                    .satisfies(m -> assertThat(m.dst()).isEqualTo("10.1.0.9"));
        }

        @Test
        @DisplayName("no way back: nothing is sent")
        void no_route() {
            sk_buff skb = ping("10.0.0.1", 0);
            ip_hdr(skb).saddr(Ipv4.ip("192.0.2.1"));

            reply(skb, ICMP_ECHOREPLY);

            assertThat(eth0.sent).isEmpty();
            assertThat(in_softirq()).isFalse();
        }

        @Test
        @DisplayName("answers are limited too, if icmp_ratemask says so")
        void limited() {
            init_net.ipv4.sysctl_icmp_ratemask = 1 << ICMP_ECHOREPLY;
            for (int i = 0; i < 10; i++) {
                reply(ping("10.0.0.1", 0), ICMP_ECHOREPLY);
            }
            assertThat(eth0.sent).hasSize(6);
        }
    }

    @Nested
    class icmp_route_lookup {
        @Test
        @DisplayName("the route to the sender, for an ICMP message of this type")
        void sender() {
            sk_buff skb = packet();
            flowi4 fl4 = new flowi4();

            rtable rt = Icmp.icmp_route_lookup(init_net, fl4, skb, ip_hdr(skb), Ipv4.ip("10.1.0.1"), 0xc8,
                    ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, new icmp_bxm());

            assertThat(rt.dev).isSameAs(eth0.dev);
            assertThat(fl4.daddr).isEqualTo(Ipv4.ip("10.0.0.7"));
            assertThat(fl4.saddr).isEqualTo(Ipv4.ip("10.1.0.1"));
            assertThat(fl4.flowic_tos & 0x1e).isEqualTo(0x08);
            assertThat(fl4.flowic_proto).isEqualTo(IPPROTO_ICMP);
            assertThat(fl4.fl4_icmp_type).isEqualTo(ICMP_DEST_UNREACH);
            assertThat(fl4.fl4_icmp_code).isEqualTo(ICMP_PORT_UNREACH);
            ip_rt_put(rt);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("with a source route, that to its first station")
        void source_route() {
            sk_buff skb = packet();
            icmp_bxm param = new icmp_bxm();
            param.replyopts.srr = 20;
            param.replyopts.faddr = Ipv4.ip("10.1.0.9");

            rtable rt = Icmp.icmp_route_lookup(init_net, new flowi4(), skb, ip_hdr(skb), 0, 0, 3, 3, param);

            assertThat(rt.dev).isSameAs(eth1.dev);
            ip_rt_put(rt);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("there is none: an error pointer")
        void none() {
            sk_buff skb = packet();
            ip_hdr(skb).saddr(Ipv4.ip("192.0.2.1"));

            rtable rt = Icmp.icmp_route_lookup(init_net, new flowi4(), skb, ip_hdr(skb), 0, 0, 3, 3, new icmp_bxm());

            assertThat(IS_ERR(rt)).isTrue();
            assertThat(PTR_ERR(rt)).isEqualTo(-ENETUNREACH);
            kfree_skb(skb);
        }
    }

    @Nested
    class icmp_send {
        private List<Pings.Message> send(sk_buff skb, int type, int code, int info) {
            Icmp.icmp_send(skb, type, code, info);
            kfree_skb(skb);
            assertThat(in_softirq()).isFalse();
            return Pings.sent(eth0);
        }

        private List<Pings.Message> unreachable(sk_buff skb) {
            return send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
        }

        @Test
        @DisplayName("tells the sender, and quotes the packet from its IP header on")
        void error() {
            sk_buff skb = Ipv4.packet("10.0.0.7", "10.1.0.1", IPPROTO_TEST, DATA);
            ip_hdr(skb).tos(0x1b);
            Ipv4.sum(skb);
            byte[] bytes = Skbs.bytes(skb);
            __skb_pull(in(skb), 20);

            assertThat(send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1400)).singleElement().satisfies(m -> {
                assertThat(m.src()).isEqualTo("10.1.0.1");
                assertThat(m.dst()).isEqualTo("10.0.0.7");
                assertThat(m.tos()).as("tos of the packet, precedence: internetwork control").isEqualTo(0xda);
                assertThat(m.type()).isEqualTo(ICMP_DEST_UNREACH);
                assertThat(m.code()).isEqualTo(ICMP_FRAG_NEEDED);
                assertThat(m.info()).isEqualTo(1400);
                assertThat(m.data()).isEqualTo(bytes);
            });
        }

        @Test
        @DisplayName("not more than 576 bytes in all, and never more than the link takes at once")
        void room() {
            assertThat(unreachable(in(Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST, Skbs.count(0, 1400)))))
                    .singleElement().satisfies(m -> assertThat(m.data()).hasSize(576 - 20 - 8));

            dev_set_mtu(eth0.dev, 300);
            assertThat(unreachable(in(Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST, Skbs.count(0, 1400)))))
                    .singleElement().satisfies(m -> assertThat(m.data()).hasSize(300 - 20 - 8));
        }

        @Test
        @DisplayName("a packet without a route cannot be answered")
        void no_route() {
            assertThat(unreachable(Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST, DATA))).isEmpty();
        }

        @Test
        @DisplayName("nor one whose IP header is not in place")
        void no_header() {
            sk_buff skb = packet();
            skb.network_header = skb_tail_pointer(skb) - 19;
            assertThat(unreachable(skb)).isEmpty();
        }

        @Test
        @DisplayName("silence about what was not meant for us alone: on the link, by its address, or by its route")
        void broadcasts() {
            sk_buff skb = packet();
            skb.pkt_type = PACKET_BROADCAST;
            assertThat(unreachable(skb)).isEmpty();

            assertThat(unreachable(in(Ipv4.packet("10.0.0.7", "10.0.0.255", IPPROTO_TEST, DATA)))).isEmpty();
            assertThat(unreachable(in(Ipv4.packet("10.0.0.7", "224.0.0.1", IPPROTO_TEST, DATA)))).isEmpty();
        }

        @Test
        @DisplayName("only the first of several fragments is answered")
        void fragments() {
            assertThat(unreachable(in(Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST, new byte[0], 5, DATA))))
                    .isEmpty();
            assertThat(unreachable(in(Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST, new byte[0], IP_MF, DATA))))
                    .hasSize(1);
        }

        @ParameterizedTest
        @CsvSource({"3, false", "4, false", "11, false", "12, false", "5, false", "19, false", "255, false", "8, true",
                "0, true", "13, true"})
        @DisplayName("no error about an error, nor about what may be one; about a ping")
        void about(int type, boolean answered) {
            sk_buff skb = in(Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_ICMP, Ipv4.icmp(type, 0, 0, DATA)));
            assertThat(unreachable(skb)).hasSize(answered ? 1 : 0);
        }

        @Test
        @DisplayName("an ICMP message without a type may be an error too")
        void about_nothing() {
            assertThat(unreachable(in(Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_ICMP)))).isEmpty();
        }

        @Test
        @DisplayName("what is no error may be sent about an error")
        void no_error() {
            sk_buff skb = in(Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_ICMP, Ipv4.icmp(3, 0, 0, DATA)));
            ip_hdr(skb).tos(0x18);
            assertThat(send(skb, ICMP_ECHOREPLY, 0, 0)).singleElement()
                    .satisfies(m -> assertThat(m.tos()).isEqualTo(0x18));
        }

        @Test
        @DisplayName("no memory: nothing, and no harm")
        void no_memory() {
            sk_buff skb = packet();
            Gfp.failNth(0);
            assertThat(unreachable(skb)).isEmpty();
        }

        @Test
        @DisplayName("the seventh within a second is not sent; the next host's is")
        void limited() {
            for (int i = 0; i < 6; i++) {
                assertThat(unreachable(packet())).hasSize(1);
            }
            assertThat(unreachable(packet())).isEmpty();
            assertThat(unreachable(in(Ipv4.packet("10.0.0.8", "10.0.0.1", IPPROTO_TEST, DATA)))).hasSize(1);
        }

        @ParameterizedTest
        @ValueSource(strings = {"0", "1"})
        @DisplayName("about a packet for somebody else: from the address towards its sender, or that of the device it came by")
        void source(String inbound) {
            assertThat(init_net.sysctls.write("net.ipv4.ip_forward", "1")).isZero();
            init_net.sysctls.write("net.ipv4.icmp_errors_use_inbound_ifaddr", inbound);
            init_net.sysctls.write("net.ipv4.conf.all.rp_filter", "0");
            // It comes by the wrong device: 10.0.0.7 is reached by eth0.
            sk_buff skb = Pings.routed(eth1, Ipv4.packet("10.0.0.7", "10.1.0.9", IPPROTO_TEST, DATA));

            assertThat(send(skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0)).singleElement()
                    .satisfies(m -> assertThat(m.src()).isEqualTo(inbound.equals("1") ? "10.1.0.1" : "10.0.0.1"));
        }

        @Test
        @DisplayName("no way back to the sender: nothing")
        void no_way_back() {
            sk_buff skb = packet();
            ip_hdr(skb).saddr(Ipv4.ip("192.0.2.1"));
            assertThat(unreachable(skb)).isEmpty();
        }

        @Test
        @DisplayName("options of the packet that cannot be sent back: nothing")
        void options() {
            sk_buff skb = in(Ipv4.packet("10.0.0.7", "10.0.0.1", IPPROTO_TEST,
                    new byte[] {(byte) IPOPT_RR, 7, 5, 0, 0, 0, 0, 0}, 0, DATA));
            IPCB(skb).opt.optlen = 8;
            IPCB(skb).opt.rr = 20;
            IPCB(skb).opt.rr_needaddr = true;
            assertThat(unreachable(skb)).isEmpty();
        }
    }
}
