// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static inet_connection_sock.SynQueue.inet_csk_route_req;
import static inet_hashtables.Lookup.__inet_lookup_established;
import static ip_options.IpOptions.ip_options_compile;
import static linux.gfp.Gfp.fails;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.Cb.IPCB;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.syscalls.FileCalls.sys_close;
import static net.dst.Garbage.dst_release;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Alloc.liveSockets;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Nodes.sock_put;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp.Sysctls.sysctl_tcp_syncookies;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static org.assertj.core.api.Assertions.assertThat;
import static route.Input.ip_route_input_noref;
import static testing.FakeDevice.made;
import static testing.MptcpTrajectory.connection;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.HOST;
import static testing.ScriptedPeer.PEER;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.sk;
import static uapi.linux.rtnetlink.Rt.RTCF_BROADCAST;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENDROPS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENOVERFLOWS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SYNCOOKIESFAILED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPREQQFULLDOCOOKIES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPREQQFULLDROP;

import linux.compiler.BoolRef;
import linux.gfp.Gfp;
import linux.jiffies.Jiffies;
import linux.printk.Printk;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.flow.flowi4;
import net.inet_sock.ip_options;
import net.request_sock.listen_sock;
import net.request_sock.request_sock;
import net.sock.sock;
import net.sock.sock_common;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.ScriptedPeer;

@KernelTest
class ListenTest {
    private ScriptedPeer peer;

    @BeforeEach
    void begin() {
        peer = new ScriptedPeer();
    }

    @AfterEach
    void end() {
        peer.end();
    }

    private static long mib(int field) {
        return init_net.mib.net_statistics[field];
    }

    private static final byte[] RECORD_ROUTE = {7, 7, 4, 0, 0, 0, 0, 0};

    /** A segment of the peer as {@code tcp_v4_rcv} hands it on. */
    private sk_buff routed(int flags) {
        sk_buff skb = peer.segment(flags);
        skb.dev = peer.nic.dev;
        skb.skb_iif = peer.nic.dev.ifindex;
        local_bh_disable();
        assertThat(ip_route_input_noref(skb, Ipv4.ip(HOST), Ipv4.ip(PEER), 0, peer.nic.dev)).isZero();
        local_bh_enable();
        if (peer.ipOptions.length != 0) {
            ip_options opt = IPCB(skb).opt;
            opt.optlen = peer.ipOptions.length;
            assertThat(ip_options_compile(init_net, opt, skb)).isZero();
        }
        skb_pull(skb, ip_hdr(skb).ihl() * 4);
        skb_reset_transport_header(skb);
        return skb;
    }

    /** A request that waits in the listener's queue. */
    private tcp_request_sock request(int listener) {
        peer.options = ScriptedPeer.MSS_OPTION;
        peer.send(SYN);
        peer.options = new byte[0];
        peer.ack = peer.next().seq() + 1;
        listen_sock lopt = sk(listener).icsk_accept_queue.listen_opt;
        for (request_sock req : lopt.syn_table) {
            if (req != null) {
                return (tcp_request_sock) req;
            }
        }
        throw new AssertionError("no request");
    }

    @Nested
    class tcp_v4_send_synack {
        @Test
        @DisplayName("looks the route up if nobody has, and notes when the first one was sent")
        void sent() {
            int l = peer.listener(80);
            tcp_request_sock req = request(l);
            req.snt_synack = 0;
            ScriptedPeer.later(10);

            assertThat(Listen.tcp_v4_send_synack(sk(l), null, null, req, 3, null)).isZero();

            ScriptedPeer.Segment synack = peer.next();
            assertThat(synack.flags()).isEqualTo(SYN | ACK);
            assertThat(synack.seq()).isEqualTo(req.snt_isn);
            assertThat(synack.ack()).isEqualTo(peer.seq);
            assertThat(synack.daddr()).isEqualTo(Ipv4.ip(PEER));
            assertThat(synack.intact()).isTrue();
            assertThat(req.snt_synack).isEqualTo((int) Jiffies.jiffies);
        }

        @Test
        @DisplayName("a second one does not change when the first was sent")
        void again() {
            int l = peer.listener(80);
            tcp_request_sock req = request(l);
            int first = req.snt_synack;
            ScriptedPeer.later(10);

            Listen.tcp_v4_send_synack(sk(l), null, null, req, 0, null);

            assertThat(req.snt_synack).isEqualTo(first).isNotZero();
        }

        @Test
        @DisplayName("-1 without a route, or without memory")
        void fails() {
            int l = peer.listener(80);
            tcp_request_sock req = request(l);
            Gfp.failNth(0);
            assertThat(Listen.tcp_v4_send_synack(sk(l), null, null, req, 0, null)).isEqualTo(-1);
            assertThat(peer.rest()).isEmpty();

            req.skc_daddr = Ipv4.ip("192.0.2.1");
            assertThat(Listen.tcp_v4_send_synack(sk(l), null, null, req, 0, null)).isEqualTo(-1);
            req.skc_daddr = Ipv4.ip(PEER);
        }
    }

    @Nested
    class tcp_v4_reqsk_destructor {
        @Test
        @DisplayName("lets go of the IP options")
        void options() {
            tcp_request_sock req = new tcp_request_sock();
            req.opt = new ip_options();

            Listen.tcp_v4_reqsk_destructor(req);

            assertThat(req.opt).isNull();
        }
    }

    @Nested
    class tcp_syn_flood_action {
        private String log() {
            return String.join("\n", Printk.dmesg().stream().map(Object::toString).toList());
        }

        @ParameterizedTest(name = "tcp_syncookies {0}")
        @CsvSource({"0, false, Dropping request", "1, true, Sending cookies"})
        @DisplayName("counts, and says once what is done about it")
        void said_once(int cookies, boolean want, String msg) {
            int l = peer.listener(80);
            sysctl_tcp_syncookies = cookies;
            sk_buff skb = routed(SYN);

            assertThat(Listen.tcp_syn_flood_action(sk(l), skb, "TCP")).isEqualTo(want);
            assertThat(Listen.tcp_syn_flood_action(sk(l), skb, "TCP")).isEqualTo(want);

            assertThat(log()).containsOnlyOnce(
                    "TCP: TCP: Possible SYN flooding on port 80. " + msg + ".  Check SNMP counters.");
            assertThat(mib(want ? LINUX_MIB_TCPREQQFULLDOCOOKIES : LINUX_MIB_TCPREQQFULLDROP)).isEqualTo(2);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("who wants cookies always is not told")
        void always() {
            int l = peer.listener(80);
            sysctl_tcp_syncookies = 2;
            sk_buff skb = routed(SYN);

            assertThat(Listen.tcp_syn_flood_action(sk(l), skb, "TCP")).isTrue();

            assertThat(log()).doesNotContain("flooding");
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_v4_save_options {
        @Test
        @DisplayName("null without options")
        void none() {
            sk_buff skb = routed(SYN);

            assertThat(Listen.tcp_v4_save_options(skb)).isNull();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("a source route is turned round")
        void source_route() {
            peer.ipOptions = new byte[] {(byte) 131, 11, 12, 10, 0, 0, 5, 10, 0, 0, 6, 0};
            sk_buff skb = routed(SYN);

            ip_options opt = Listen.tcp_v4_save_options(skb);

            assertThat(opt.srr).isNotZero();
            assertThat(opt.faddr).isEqualTo(Ipv4.ip("10.0.0.6"));
            kfree_skb(skb);
        }

        @Test
        @DisplayName("without memory the connection goes on without them")
        void no_memory() {
            peer.ipOptions = RECORD_ROUTE;
            sk_buff skb = routed(SYN);

            Gfp.failNth(0);
            assertThat(Listen.tcp_v4_save_options(skb)).isNull();
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_v4_init_req {
        @Test
        @DisplayName("takes addresses and options from the SYN, and whether the listener is transparent")
        void taken() {
            int l = peer.listener(80);
            sk(l).transparent = true;
            peer.ipOptions = RECORD_ROUTE;
            sk_buff skb = routed(SYN);
            tcp_request_sock req = new tcp_request_sock();

            assertThat(Listen.tcp_v4_init_req(req, sk(l), skb)).isZero();

            assertThat(req.skc_rcv_saddr).isEqualTo(Ipv4.ip(HOST));
            assertThat(req.skc_daddr).isEqualTo(Ipv4.ip(PEER));
            assertThat(req.no_srccheck).isTrue();
            assertThat(req.opt.rr).isEqualTo(20);
            sk(l).transparent = false;
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_v4_route_req {
        @Test
        @DisplayName("strict: the route leads to the peer itself")
        void strict() {
            int l = peer.listener(80);
            tcp_request_sock req = request(l);
            BoolRef strict = new BoolRef();

            dst_entry dst = Listen.tcp_v4_route_req(sk(l), new flowi4(), req, strict);

            assertThat(dst.dev).isSameAs(peer.nic.dev);
            assertThat(strict.val).isTrue();
            dst_release(dst);
        }

        @Test
        @DisplayName("with a source route it leads to the first hop only")
        void source_route() {
            int l = peer.listener(80);
            tcp_request_sock req = request(l);
            req.opt = new ip_options();
            req.opt.srr = 20;
            req.opt.faddr = Ipv4.ip("10.0.0.5");
            BoolRef strict = new BoolRef();
            strict.val = true;

            dst_release(Listen.tcp_v4_route_req(sk(l), new flowi4(), req, strict));

            assertThat(strict.val).isFalse();
            req.opt = null;
            dst_release(Listen.tcp_v4_route_req(sk(l), new flowi4(), req, null));
        }
    }

    @Nested
    class tcp_v4_conn_request {
        @Test
        @DisplayName("a SYN makes a request and a SYN/ACK")
        void request() {
            int l = peer.listener(80);

            peer.send(SYN);

            assertThat(peer.next().flags()).isEqualTo(SYN | ACK);
            assertThat(sk(l).icsk_accept_queue.listen_opt.qlen).isEqualTo(1);
        }

        @Test
        @DisplayName("one that was sent to many is dropped")
        void broadcast() {
            int l = peer.listener(80);
            sk_buff skb = routed(SYN);
            skb_rtable(skb).rt_flags |= RTCF_BROADCAST;

            assertThat(Listen.tcp_v4_conn_request(sk(l), skb)).isZero();

            skb_rtable(skb).rt_flags &= ~RTCF_BROADCAST;
            assertThat(mib(LINUX_MIB_LISTENDROPS)).isEqualTo(1);
            assertThat(peer.rest()).isEmpty();
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_v4_syn_recv_sock {
        @Test
        @DisplayName("the socket has the addresses, the route and the MSS of the connection, and is found from now on")
        void made() {
            int l = peer.listener(80);
            sk(l).rx_opt.user_mss = 700;
            peer.ttl = 33;
            peer.tos = 8;
            peer.handshake(ScriptedPeer.MSS_OPTION);

            tcp_sock tp = sk(peer.accept(l));

            assertThat(tp.skc_daddr).isEqualTo(Ipv4.ip(PEER));
            assertThat(tp.skc_rcv_saddr).isEqualTo(Ipv4.ip(HOST));
            assertThat(tp.inet_saddr).isEqualTo(Ipv4.ip(HOST));
            assertThat(tp.sk_gso_type).isEqualTo(SKB_GSO_TCPV4);
            assertThat(tp.mc_ttl).isEqualTo(33);
            assertThat(tp.rcv_tos).isEqualTo(8);
            assertThat(tp.mc_index).isEqualTo(peer.nic.dev.ifindex);
            assertThat(tp.advmss).isEqualTo(700);
            assertThat(tp.icsk_pmtu_cookie).isEqualTo(1500);
            assertThat(tp.sk_dst_cache).isNotNull();
            assertThat(tp.sk_rx_dst).isNotNull();
            assertThat(tp.rx_dst_ifindex).isEqualTo(peer.nic.dev.ifindex);
            assertThat(tp.icsk_bind_hash).isSameAs(sk(l).icsk_bind_hash);
            sock_common found = __inet_lookup_established(init_net, tcp_hashinfo, Ipv4.ip(PEER), 40000,
                    Ipv4.ip(HOST), 80, peer.nic.dev.ifindex);
            assertThat(found).isSameAs(tp);
            sock_put(tp);
        }

        @Test
        @DisplayName("IP options of the SYN are the socket's afterwards")
        void options() {
            int l = peer.listener(80);
            peer.ipOptions = RECORD_ROUTE;
            peer.handshake(ScriptedPeer.MSS_OPTION);

            tcp_sock tp = sk(peer.accept(l));

            assertThat(tp.inet_opt.rr).isEqualTo(20);
            assertThat(tp.icsk_ext_hdr_len).isEqualTo(8);
            assertThat(tp.mss_cache).isEqualTo(1452);
        }

        @Test
        @DisplayName("with a full accept queue there is none")
        void overflow() {
            int l = peer.listener(80);
            tcp_request_sock req = request(l);
            sk(l).sk_ack_backlog = sk(l).sk_max_ack_backlog + 1;
            sk_buff skb = routed(ACK);

            assertThat(Listen.tcp_v4_syn_recv_sock(sk(l), skb, req, null)).isNull();

            sk(l).sk_ack_backlog = 0;
            assertThat(mib(LINUX_MIB_LISTENOVERFLOWS)).isEqualTo(1);
            assertThat(mib(LINUX_MIB_LISTENDROPS)).isEqualTo(1);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("nor without memory; a route that was passed is put back")
        void no_memory() {
            int l = peer.listener(80);
            tcp_request_sock req = request(l);
            sk_buff skb = routed(ACK);
            dst_entry dst = inet_csk_route_req(sk(l), new flowi4(), req);
            int refs = dst.__refcnt;

            Gfp.failNth(0);
            assertThat(Listen.tcp_v4_syn_recv_sock(sk(l), skb, req, dst)).isNull();

            assertThat(dst.__refcnt).isEqualTo(refs - 1);
            assertThat(mib(LINUX_MIB_LISTENDROPS)).isEqualTo(1);
            kfree_skb(skb);
        }

        @Test
        @DisplayName("without a route the new socket is closed again")
        void no_route() {
            int l = peer.listener(80);
            tcp_request_sock req = request(l);
            sk_buff skb = routed(ACK);
            req.skc_daddr = Ipv4.ip("192.0.2.1");
            int sockets = liveSockets().size();

            local_bh_disable();
            assertThat(Listen.tcp_v4_syn_recv_sock(sk(l), skb, req, null)).isNull();
            local_bh_enable();

            req.skc_daddr = Ipv4.ip(PEER);
            assertThat(liveSockets()).hasSize(sockets);
            assertThat(mib(LINUX_MIB_LISTENDROPS)).isEqualTo(1);
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_v4_hnd_req {
        private sock ask(int listener, int flags) {
            sk_buff skb = routed(flags);
            TCP_SKB_CB(skb).seq = peer.seq;
            TCP_SKB_CB(skb).end_seq = peer.seq;
            TCP_SKB_CB(skb).ack_seq = peer.ack;
            sock sk = Listen.tcp_v4_hnd_req(sk(listener), skb);
            kfree_skb(skb);
            return sk;
        }

        @Test
        @DisplayName("the third ACK of a request leads to its new socket")
        void request_becomes_socket() {
            int l = peer.listener(80);
            request(l);
            local_bh_disable();

            sock child = ask(l, ACK);

            assertThat(child).isNotSameAs(sk(l));
            assertThat(child.skc_state).isEqualTo(TCP_SYN_RECV);
            bh_unlock_sock(child);
            sock_put(child);
            local_bh_enable();
        }

        @Test
        @DisplayName("a connection that is there already is found")
        void connection() {
            int l = peer.listener(80);
            peer.handshake(ScriptedPeer.MSS_OPTION);
            tcp_sock tp = sk(peer.accept(l));

            sock found = ask(l, ACK);

            assertThat(found).isSameAs(tp);
            bh_unlock_sock(found);
            sock_put(found);
        }

        @Test
        @DisplayName("what is left of one in TIME_WAIT is not for the listener")
        void time_wait() {
            int l = peer.listener(80);
            peer.handshake(ScriptedPeer.MSS_OPTION);
            sys_close(peer.accept(l));
            peer.ack++;
            peer.send(FIN | ACK);

            assertThat(ask(l, SYN)).isNull();
        }

        @Test
        @DisplayName("a SYN is the listener's own")
        void syn() {
            int l = peer.listener(80);

            assertThat(ask(l, SYN)).isSameAs(sk(l));
        }

        @Test
        @DisplayName("an ACK may be a cookie's")
        void cookie() {
            int l = peer.listener(80);
            sysctl_tcp_syncookies = 2;

            assertThat(ask(l, ACK)).isSameAs(sk(l));

            assertThat(mib(LINUX_MIB_SYNCOOKIESFAILED)).isEqualTo(1);
        }
    }
}
