// SPDX-License-Identifier: GPL-2.0-only
package inet_connection_sock;

import static inet_connection_sock.Ports.inet_csk_get_port;
import static inet_connection_sock.SynQueue.inet_csk_reqsk_queue_hash_add;
import static inet_hashtables.Bind.inet_put_port;
import static linux.errno.Errno.EADDRINUSE;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.interrupt.Softirq.in_softirq;
import static linux.jump_label.JumpLabel.static_key_slow_inc;
import static linux.mutex.mutex.mutex_trylock;
import static linux.netdevice.Veth.peer;
import static linux.percpu_counter.percpu_counter.percpu_counter_inc;
import static linux.percpu_counter.percpu_counter.percpu_counter_read;
import static linux.timer.Timers.timer_pending;
import static net.dst.Metrics.dst_mtu;
import static net.mptcp_v4.Globals.mptcp_v4_specific;
import static net.net_namespace.NetNs.init_net;
import static net.request_sock.Queues.reqsk_queue_add;
import static net.request_sock.Requests.__reqsk_free;
import static net.request_sock.Requests.liveRequests;
import static net.sock.Alloc.liveSockets;
import static net.sock.Dst.__sk_dst_get;
import static net.sock.Fields.sock_orphan;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Nodes.sk_hashed;
import static net.sock.Nodes.sk_unhashed;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.tcp.Globals.tcp_prot;
import static net.tcp.Multipath.mptcp_static_key;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static testing.MptcpSockets.free;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.bug.Bug;
import linux.gfp.Gfp;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.inet_sock.ip_options;
import net.mptcp.mptcp_cb;
import net.request_sock.fastopen_queue;
import net.sock.proto;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;
import testing.TcpTables;

@KernelTest
class ListenTest {
    private TcpTables tcp;

    @BeforeEach
    void tables() {
        tcp = new TcpTables();
    }

    @AfterEach
    void end() {
        tcp.end();
    }

    /** A connection that waits to be accepted. */
    private tcp_sock waiting(tcp_sock listener, int port) {
        tcp_sock child = tcp.connected(listener, "10.0.0.1", 80, "10.0.0.7", port);
        tcp.disown(child);
        reqsk_queue_add(listener.icsk_accept_queue, tcp.request("10.0.0.1", 80, "10.0.0.7", port), listener, child);
        return child;
    }

    @Nested
    class inet_csk_clone_lock {
        private tcp_sock listener;
        private tcp_request_sock req;

        @BeforeEach
        void request() {
            listener = tcp.listening(80);
            req = tcp.request("10.0.0.1", 80, "10.0.0.7", 1234);
        }

        @AfterEach
        void free() {
            __reqsk_free(req);
        }

        @Test
        @DisplayName("a copy of the listener with the ports of the request, in SYN_RECV, locked, in no table")
        void clone_of_the_listener() {
            listener.icsk_retransmits = 3;
            listener.icsk_backoff = 2;
            listener.icsk_probes_out = 1;
            listener.sk_mark = 7;

            tcp_sock child = (tcp_sock) Listen.inet_csk_clone_lock(listener, req, GFP_ATOMIC);

            assertThat(child.skc_state).isEqualTo(TCP_SYN_RECV);
            assertThat(child.skc_num).isEqualTo(80);
            assertThat(child.inet_sport).isEqualTo(80);
            assertThat(child.skc_dport).isEqualTo(1234);
            assertThat(child.icsk_bind_hash).isNull();
            assertThat(sk_unhashed(child)).isTrue();
            assertThat(child.icsk_accept_queue.listen_opt).isNull();
            assertThat(listener.icsk_accept_queue.listen_opt).isNotNull();
            assertThat(child.icsk_retransmits + child.icsk_backoff + child.icsk_probes_out).isZero();
            assertThat(child.sk_mark).isEqualTo(7);
            assertThat(child.sk_lock.slock).isTrue();
            assertThat(child.skc_refcnt).isEqualTo(2);

            bh_unlock_sock(child);
            sock_put(child);
            sock_put(child);
        }

        @Test
        @DisplayName("of a meta socket (a MP_JOIN) it is a subflow, with the functions of MPTCP over IPv4")
        void subflow() {
            static_key_slow_inc(mptcp_static_key);
            listener.mpc = true;

            tcp_sock child = (tcp_sock) Listen.inet_csk_clone_lock(listener, req, GFP_ATOMIC);

            assertThat(child.skc_prot).isSameAs(tcp_prot);
            assertThat(child.icsk_af_ops).isSameAs(mptcp_v4_specific);
            assertThat(child.skc_state).isEqualTo(TCP_SYN_RECV);
            assertThat(child.skc_dport).isEqualTo(1234);
            assertThat(child.sk_lock.slock).isTrue();

            listener.mpc = false;
            child.skc_state = TCP_CLOSE;
            sock_set_flag(child, SOCK_DEAD);
            bh_unlock_sock(child);
            sock_put(child);
            sock_put(child);
        }

        @Test
        @DisplayName("without memory: null")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Listen.inet_csk_clone_lock(listener, req, GFP_ATOMIC)).isNull();
        }
    }

    @Nested
    class inet_csk_destroy_sock {
        @Test
        @DisplayName("the protocol cleans up, the orphan is not counted any more, and the last reference goes")
        void destroyed() {
            tcp_sock sk = tcp.bound(80);
            tcp.disown(sk);
            sock_orphan(sk);
            percpu_counter_inc(tcp.prot.orphan_count);
            int live = liveSockets().size();

            Listen.inet_csk_destroy_sock(sk);

            assertThat(tcp.log).containsExactly("destroy");
            assertThat(percpu_counter_read(tcp.prot.orphan_count)).isZero();
            assertThat(liveSockets()).hasSize(live - 1);
        }

        @Test
        @DisplayName("warns about a socket that is open, that somebody owns, that can still be found or has no port")
        void warns() {
            tcp_sock sk = tcp.connected(null, "10.0.0.1", 80, "10.0.0.7", 1234);
            tcp.disown(sk);
            inet_put_port(sk);
            sk.skc_num = 80;

            Listen.inet_csk_destroy_sock(sk);

            assertThat(Bug.warnings).hasSize(4);
            Bug.warnings.clear();
        }
    }

    @Nested
    class inet_csk_prepare_forced_close {
        @Test
        @DisplayName("what clone has made can be destroyed afterwards")
        void then_destroy() {
            tcp_sock listener = tcp.listening(80);
            tcp_request_sock req = tcp.request("10.0.0.1", 80, "10.0.0.7", 1234);
            sock child = Listen.inet_csk_clone_lock(listener, req, GFP_ATOMIC);
            __reqsk_free(req);

            Listen.inet_csk_prepare_forced_close(child);

            assertThat(child.sk_lock.slock).isFalse();
            assertThat(child.skc_refcnt).isOne();
            assertThat(sock_flag(child, SOCK_DEAD)).isTrue();
            assertThat(child.skc_num).isZero();
            assertThat(percpu_counter_read(tcp.prot.orphan_count)).isOne();

            child.skc_state = TCP_CLOSE;
            Listen.inet_csk_destroy_sock(child);
        }
    }

    @Nested
    class inet_csk_listen_start {
        @Test
        @DisplayName("a socket with a port becomes a listener that can be found, with an empty SYN queue")
        void starts() {
            tcp_sock sk = tcp.bound(80);
            sk.sk_ack_backlog = 4;
            sk.icsk_ack.pingpong = 1;

            assertThat(Listen.inet_csk_listen_start(sk, 100)).isZero();

            assertThat(sk.skc_state).isEqualTo(TCP_LISTEN);
            assertThat(sk_hashed(sk)).isTrue();
            assertThat(sk.icsk_accept_queue.listen_opt.nr_table_entries).isEqualTo(128);
            assertThat(sk.sk_ack_backlog).isZero();
            assertThat(sk.icsk_ack.pingpong).isZero();
        }

        @Test
        @DisplayName("without bind it gets any port")
        void any_port() {
            init_net.ipv4.sysctl_local_ports_range[0] = 40000;
            init_net.ipv4.sysctl_local_ports_range[1] = 40100;
            tcp_sock sk = tcp.socket();

            assertThat(Listen.inet_csk_listen_start(sk, 8)).isZero();

            assertThat(sk.inet_sport).isBetween(40000, 40100).isEqualTo(sk.skc_num);
        }

        @Test
        @DisplayName("of two that share a port only one can listen")
        void in_use() {
            tcp_sock a = tcp.socket(), b = tcp.socket();
            a.skc_reuse = b.skc_reuse = 1;
            assertThat(inet_csk_get_port(a, 80)).isZero();
            assertThat(inet_csk_get_port(b, 80)).isZero();
            assertThat(Listen.inet_csk_listen_start(a, 8)).isZero();

            assertThat(Listen.inet_csk_listen_start(b, 8)).isEqualTo(-EADDRINUSE);

            assertThat(b.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(b.icsk_accept_queue.listen_opt).isNull();
            assertThat(sk_unhashed(b)).isTrue();
        }

        @Test
        @DisplayName("without memory for the SYN queue: ENOMEM, and nothing has happened")
        void no_memory() {
            tcp_sock sk = tcp.bound(80);
            Gfp.failNth(0);

            assertThat(Listen.inet_csk_listen_start(sk, 8)).isEqualTo(-ENOMEM);

            assertThat(sk.skc_state).isEqualTo(TCP_CLOSE);
        }
    }

    @Nested
    class inet_csk_listen_stop {
        @Test
        @DisplayName("connections that nobody accepted are disconnected and destroyed, requests freed")
        void stops() {
            tcp_sock listener = tcp.listening(80);
            waiting(listener, 1000);
            waiting(listener, 1001);
            inet_csk_reqsk_queue_hash_add(listener, tcp.request("10.0.0.1", 80, "10.0.0.7", 1002), 1000);

            Listen.inet_csk_listen_stop(listener);

            assertThat(tcp.log).containsExactly("req_destructor", "disconnect", "destroy", "disconnect", "destroy");
            assertThat(liveRequests()).isZero();
            assertThat(percpu_counter_read(tcp.prot.orphan_count)).isZero();
            assertThat(listener.sk_ack_backlog).isZero();
            assertThat(listener.icsk_accept_queue.listen_opt).isNull();
            assertThat(timer_pending(listener.sk_timer)).isFalse();
            assertThat(in_softirq()).isFalse();
        }

        @Test
        @DisplayName("a meta socket is disconnected while its control block is locked, which is free afterwards")
        void meta() {
            tcp_sock listener = tcp.listening(80);
            tcp_sock child = waiting(listener, 1000);
            mptcp_cb mpcb = new mptcp_cb();
            static_key_slow_inc(mptcp_static_key);
            child.mpc = true;
            child.mpcb = mpcb;
            child.meta_sk = child;
            proto.Disconnect disconnect = tcp.prot.disconnect;
            tcp.prot.disconnect = (sk, flags) -> {
                assertThat(mutex_trylock(mpcb.mpcb_mutex)).isZero();
                return disconnect.call(sk, flags);
            };

            Listen.inet_csk_listen_stop(listener);

            assertThat(tcp.log).containsExactly("disconnect", "destroy");
            assertThat(mutex_trylock(mpcb.mpcb_mutex)).isOne();
        }

        @Test
        @DisplayName("a Fast Open child lets go of request and listener; those that were reset are forgotten")
        void fastopen() {
            tcp_sock listener = tcp.listening(80);
            fastopen_queue fastopenq = listener.icsk_accept_queue.fastopenq = new fastopen_queue();
            tcp_sock child = waiting(listener, 1000);
            tcp_request_sock req = (tcp_request_sock) listener.icsk_accept_queue.rskq_accept_head;
            req.listener = listener;
            sock_hold(listener);
            child.fastopen_rsk = req;
            fastopenq.rskq_rst_head = tcp.request("10.0.0.1", 80, "10.0.0.7", 1001);
            fastopenq.rskq_rst_head.dl_next = tcp.request("10.0.0.1", 80, "10.0.0.7", 1002);

            Listen.inet_csk_listen_stop(listener);

            assertThat(liveRequests()).isZero();
            assertThat(fastopenq.rskq_rst_head).isNull();
            assertThat(listener.skc_refcnt).isOne();
        }
    }

    @Nested
    class inet_csk_addr2sockaddr {
        @Test
        @DisplayName("is the peer")
        void peer() {
            tcp_sock sk = tcp.socket();
            TcpTables.ends(sk, "10.0.0.1", 80, "10.0.0.7", 1234);
            sockaddr_in sin = new sockaddr_in();

            Listen.inet_csk_addr2sockaddr(sk, sin);
            sk.skc_num = 0;

            assertThat(sin.sa_family).isEqualTo(AF_INET);
            assertThat(sin.sin_addr).isEqualTo(ip("10.0.0.7"));
            assertThat(sin.sin_port).isEqualTo(1234);
        }
    }

    /** A network, for tests of routes. */
    @Nested
    class WithRoutes {
        private Nic eth0;
        private tcp_sock sk;

        @BeforeEach
        void network() {
            Ipv4.boot();
            eth0 = Nic.up("eth0", "10.0.0.1/24");
            sk = tcp.connected(null, "10.0.0.1", 80, "10.0.0.7", 1234);
        }

        @Nested
        class inet_csk_rebuild_route {
            @Test
            @DisplayName("asks for the route of the connection and gives it to the socket")
            void rebuilt() {
                dst_entry dst = Listen.inet_csk_rebuild_route(sk, sk.cork.fl);

                assertThat(dst.dev).isSameAs(eth0.dev);
                assertThat(__sk_dst_get(sk)).isSameAs(dst);
                assertThat(sk.cork.fl.fl4_dport).isEqualTo(1234);
            }

            @Test
            @DisplayName("with a source route to its first hop")
            void source_route() {
                sk.inet_opt = new ip_options();
                sk.inet_opt.srr = 20;
                sk.inet_opt.faddr = ip("10.0.0.9");

                Listen.inet_csk_rebuild_route(sk, sk.cork.fl);

                assertThat(sk.cork.fl.daddr).isEqualTo(ip("10.0.0.9"));
            }

            @Test
            @DisplayName("without a route: null, and the socket has none")
            void no_route() {
                sk.skc_daddr = ip("192.0.2.1");

                assertThat(Listen.inet_csk_rebuild_route(sk, sk.cork.fl)).isNull();
                assertThat(__sk_dst_get(sk)).isNull();
            }
        }

        @Nested
        class inet_csk_update_pmtu {
            @Test
            @DisplayName("the route learns the MTU, and the one that has it is the socket's afterwards")
            void learnt() {
                dst_entry dst = Listen.inet_csk_update_pmtu(sk, 1200);

                assertThat(dst_mtu(dst)).isEqualTo(1200);
                assertThat(__sk_dst_get(sk)).isSameAs(dst);

                assertThat(dst_mtu(Listen.inet_csk_update_pmtu(sk, 1000))).isEqualTo(1000);
            }

            @Test
            @DisplayName("without a route: null")
            void no_route() {
                sk.skc_daddr = ip("192.0.2.1");

                assertThat(Listen.inet_csk_update_pmtu(sk, 1200)).isNull();
            }
        }
    }
}
