// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static inet_connection_sock.Timers.inet_csk_reset_keepalive_timer;
import static linux.errno.Errno.ENOBUFS;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.__GFP_ZERO;
import static linux.jiffies.Jiffies.jiffies;
import static linux.list.Lists.list_empty;
import static linux.percpu_counter.percpu_counter.percpu_counter_read;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.__skb_dequeue;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.Queue.skb_queue_empty;
import static linux.tcp.Sockets.tcp_sk;
import static linux.timer.Timers.timer_pending;
import static mptcp_ctrl.Crypto.mptcp_key_sha1;
import static mptcp_ctrl.TokenTable.mptcp_hash_remove_bh;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.mptcp.Requests.mptcp_delete_synack_timer;
import static net.mptcp_v4.Globals.mptcp_v4_specific;
import static net.sock.Alloc.liveSockets;
import static net.sock.Alloc.sk_free;
import static net.sock.Alloc.sk_prot_alloc;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.Lock.sock_owned_by_user;
import static net.sock.Memory.sk_sockets_allocated_dec;
import static net.sock.Nodes.sock_hold;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.SockFlag.SOCK_KEEPOPEN;
import static net.sock.SockFlag.SOCK_MPTCP;
import static net.sock.sock.SOCK_BINDPORT_LOCK;
import static net.sock.sock.SOCK_SNDBUF_LOCK;
import static net.tcp.Globals.tcp_prot;
import static net.tcp.Globals.tcp_sockets_allocated;
import static net.tcp.Multipath.mptcp;
import static net.tcp.TcpConst.TCP_NAGLE_OFF;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_ipv4.Sock.ipv4_specific;
import static testing.MptcpConnection.locked;
import static testing.MptcpConnection.subflow;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSYNRETRANS;
import static uapi.linux.socket.SocketOpt.AF_INET;

import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.request_sock.listen_sock;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.FreshSocket;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.MptcpSockets;
import testing.Skbs;

@KernelTest
class CloneTest {
    private MptcpSockets b;
    private MptcpConnection c;

    @AfterEach
    void free() {
        if (b != null) {
            b.free();
        }
        if (c != null) {
            c.close();
        }
    }

    private MptcpSockets bare(int n) {
        b = new MptcpSockets(n);
        return b;
    }

    private MptcpConnection connection(int paths) {
        c = new MptcpConnection(paths).connect();
        for (int i = 2; i <= paths; i++) {
            c.join(i);
        }
        return c;
    }

    @Nested
    class mptcp_mpcb_inherit_sockopts {
        @Test
        @DisplayName("keepalive is the meta socket's: its timer runs, the master's does not")
        void keepalive() {
            bare(1);
            tcp_sock master = b.sub(0);
            sock_set_flag(b.meta, SOCK_KEEPOPEN);
            sock_set_flag(master, SOCK_KEEPOPEN);
            inet_csk_reset_keepalive_timer(master, 1000);
            b.meta.icsk_accept_queue.rskq_defer_accept = 5;
            master.recverr = true;

            Clone.mptcp_mpcb_inherit_sockopts(b.meta, master);

            assertThat(timer_pending(b.meta.sk_timer)).isTrue();
            assertThat(timer_pending(master.sk_timer)).isFalse();
            assertThat(sock_flag(master, SOCK_KEEPOPEN)).isFalse();
            assertThat(b.meta.icsk_accept_queue.rskq_defer_accept).isZero();
            assertThat(master.recverr).isFalse();
        }

        @Test
        @DisplayName("without keepalive no timer is started")
        void no_keepalive() {
            bare(1);

            Clone.mptcp_mpcb_inherit_sockopts(b.meta, b.sub(0));

            assertThat(timer_pending(b.meta.sk_timer)).isFalse();
        }
    }

    @Nested
    class mptcp_sub_inherit_sockopts {
        @Test
        @DisplayName("TOS, SO_REUSEADDR and buffer locks are the connection's; Nagle, keepalive and errors are off")
        void options() {
            bare(1);
            tcp_sock sub = b.sub(0);
            b.meta.tos = 0x10;
            b.meta.sk_priority = 6;
            b.meta.skc_reuse = 1;
            b.meta.sk_userlocks = SOCK_SNDBUF_LOCK | SOCK_BINDPORT_LOCK;
            sub.recverr = true;
            sock_set_flag(sub, SOCK_KEEPOPEN);
            inet_csk_reset_keepalive_timer(sub, 1000);

            Clone.mptcp_sub_inherit_sockopts(b.meta, sub);

            assertThat(sub.tos).isEqualTo(0x10);
            assertThat(sub.sk_priority).isEqualTo(6);
            assertThat(sub.skc_reuse).isEqualTo(1);
            assertThat(sub.sk_userlocks).isEqualTo(SOCK_SNDBUF_LOCK);
            assertThat(sub.nonagle).isEqualTo(TCP_NAGLE_OFF | TCP_NAGLE_PUSH);
            assertThat(sub.recverr).isFalse();
            assertThat(sock_flag(sub, SOCK_KEEPOPEN)).isFalse();
            assertThat(timer_pending(sub.sk_timer)).isFalse();
        }

        @Test
        @DisplayName("a priority that was set by itself stays while the TOS is the same")
        void same_tos() {
            bare(1);
            b.meta.sk_priority = 6;

            Clone.mptcp_sub_inherit_sockopts(b.meta, b.sub(0));

            assertThat(b.sub(0).sk_priority).isZero();
        }

        @Test
        @DisplayName("another TOS may mean another route")
        void route() {
            connection(1);
            tcp_sock sub = c.c.mpcb.connection_list;
            assertThat(sub.sk_dst_cache).isNotNull();
            c.c.tos = 0x10;

            Clone.mptcp_sub_inherit_sockopts(c.c, sub);

            assertThat(sub.sk_dst_cache).isNull();
        }
    }

    @Nested
    class mptcp_backlog_rcv {
        @Test
        @DisplayName("packets that came while a task had the connection go to their subflows when it lets go")
        void backlog() {
            connection(1);
            locked(c.s, () -> {
                c.send(100);
                c.run(50);
                assertThat(c.s.sk_backlog.head).isNotNull();
                assertThat(c.s.rcv_nxt).isEqualTo(c.s.copied_seq);
            });

            assertThat(MptcpConnection.recv(c.serverFd)).isEqualTo(100);
        }

        @Test
        @DisplayName("a packet whose subflow has ended is dropped")
        void ended() {
            connection(1);
            tcp_sock sub = FreshSocket.fresh();
            sub.skc_refcnt = 0;
            sk_buff skb = Skbs.linear(10);
            skb.sk = sub;

            assertThat(Clone.mptcp_backlog_rcv(c.s, skb)).isZero();

            assertThat(sub.skc_refcnt).isZero();
        }
    }

    @Nested
    class mptcp_inherit_sk {
        @Test
        @DisplayName("numbers and options are copied; queues, memory and errors are not; protocol and family stay")
        void copy() {
            connection(1);
            tcp_sock parent = c.c;
            parent.sk_err = 5;
            parent.sk_priority = 3;
            sock_set_flag(parent, SOCK_DONE);
            __skb_queue_tail(parent.sk_receive_queue, Skbs.linear(10));
            __skb_queue_tail(parent.sk_error_queue, Skbs.linear(10));
            lock_sock(parent);
            parent.sk_userlocks = SOCK_SNDBUF_LOCK | SOCK_BINDPORT_LOCK;
            sock newsk = sk_prot_alloc(tcp_prot, GFP_ATOMIC | __GFP_ZERO, AF_INET);
            newsk.skc_prot = newsk.sk_prot_creator = tcp_prot;
            tcp_sk(newsk).icsk_af_ops = ipv4_specific;
            long sockets = percpu_counter_read(tcp_sockets_allocated);

            assertThat(Clone.mptcp_inherit_sk(parent, newsk, AF_INET, GFP_ATOMIC)).isZero();

            tcp_sock tp = tcp_sk(newsk);
            assertThat(tp.snd_nxt).isEqualTo(parent.snd_nxt);
            assertThat(tp.skc_daddr).isEqualTo(parent.skc_daddr);
            assertThat(tp.icsk_af_ops).isSameAs(ipv4_specific);
            assertThat(tp.mptcp).isNull();
            assertThat(tp.sk_err).isZero();
            assertThat(tp.sk_priority).isZero();
            assertThat(tp.sk_userlocks).isEqualTo(SOCK_SNDBUF_LOCK);
            assertThat(sock_flag(tp, SOCK_MPTCP)).isFalse();
            assertThat(tp.sk_socket).isNull();
            assertThat(tp.sk_dst_cache).isNull();
            assertThat(tp.skc_refcnt).isEqualTo(2);
            assertThat(tp.skc_nulls_node.pprev).as("in no table").isNull();
            assertThat(percpu_counter_read(tcp_sockets_allocated)).isEqualTo(sockets + 1);
            assertThat(sock_flag(tp, SOCK_DONE)).isFalse();
            assertThat(skb_queue_empty(tp.sk_receive_queue)).isTrue();
            assertThat(skb_queue_empty(tp.sk_error_queue)).isTrue();
            assertThat(sock_owned_by_user(tp)).as("the owner of the other one does not own it").isFalse();

            parent.sk_err = 0;
            sock_reset_flag(parent, SOCK_DONE);
            kfree_skb(__skb_dequeue(parent.sk_receive_queue));
            kfree_skb(__skb_dequeue(parent.sk_error_queue));
            release_sock(parent);
            bh_unlock_sock(newsk);
            tp.skc_state = TCP_CLOSE;
            sock_set_flag(tp, SOCK_DEAD);
            tp.inet_opt = null;
            tp.mpc = false;
            tp.skc_refcnt = 0;
            sk_sockets_allocated_dec(tp);
            sk_free(tp);
        }
    }

    @Nested
    class mptcp_synack_timer_handler {
        @Test
        @DisplayName("a SYN/ACK of a join that gets no answer is sent again after 1 s, 3 s ...; in the end all is gone")
        void again() {
            c = new MptcpConnection(2).connect();
            c.startJoin(2);
            // The SYN has arrived. The SYN/ACK will, but nothing after it.
            c.run(30);
            c.netem(2, "delay 20ms loss 100%");
            c.run(3_500);

            assertThat(c.s.icsk_accept_queue.listen_opt.qlen).isOne();
            assertThat(c.server.mib.net_statistics[LINUX_MIB_TCPSYNRETRANS]).isEqualTo(2);
            assertThat(timer_pending(c.s.mpcb.synack_timer)).isTrue();
            c.run(120_000);
            assertThat(c.s.icsk_accept_queue.listen_opt.qlen).isZero();
            assertThat(timer_pending(c.s.mpcb.synack_timer)).isFalse();
            assertThat(c.s.mpcb.cnt_subflows).isOne();
            c.netem(2, "delay 20ms");
        }

        @Test
        @DisplayName("while a task has the connection it comes back after 50 ms; a queue that is gone is left alone")
        void owned() {
            connection(1);
            locked(c.s, () -> {
                sock_hold(c.s);
                Clone.mptcp_synack_timer_handler(c.s);
                assertThat(c.s.mpcb.synack_timer.expires - jiffies).isEqualTo(50);
            });
            mptcp_delete_synack_timer(c.s);

            listen_sock queue = c.s.icsk_accept_queue.listen_opt;
            c.s.icsk_accept_queue.listen_opt = null;
            sock_hold(c.s);
            int refs = c.s.skc_refcnt;
            Clone.mptcp_synack_timer_handler(c.s);
            assertThat(c.s.skc_refcnt).isEqualTo(refs - 1);
            c.s.icsk_accept_queue.listen_opt = queue;
        }
    }

    @Nested
    class mptcp_alloc_mpcb {
        @Test
        @DisplayName("the numbers of the meta socket are those of the keys' hashes (RFC 6824, section 3.1)")
        void numbers() {
            connection(1);
            LongRef local = new LongRef();
            LongRef remote = new LongRef();
            IntRef token = new IntRef();
            mptcp_key_sha1(c.c.mpcb.mptcp_loc_key, null, local);
            mptcp_key_sha1(c.c.mpcb.mptcp_rem_key, token, remote);

            assertThat(c.c.snd_una).isEqualTo((int) (local.val + 1));
            assertThat(c.c.rcv_nxt).isEqualTo((int) (remote.val + 1));
            assertThat(c.c.mpcb.snd_high_order[0]).isEqualTo((int) (local.val + 1 >>> 32));
            assertThat(c.c.mpcb.snd_high_order[1]).isEqualTo((int) (local.val + 1 >>> 32) - 1);
            assertThat(c.c.mpcb.rcv_high_order[1]).isEqualTo((int) (remote.val + 1 >>> 32) + 1);
            assertThat(c.c.mpcb.mptcp_rem_token).isEqualTo(token.val).isEqualTo(c.s.mpcb.mptcp_loc_token);
            assertThat(c.c.snd_una).isEqualTo(c.s.rcv_nxt);
        }

        @Test
        @DisplayName("the meta socket keeps the application, the master the TCP connection")
        void two() {
            connection(1);
            tcp_sock master = tcp_sk(c.c.mpcb.master_sk);

            assertThat(c.c.sk_socket).isNotNull();
            assertThat(c.c.skc_nulls_node.pprev).as("no packet finds the meta socket").isNull();
            assertThat(master.skc_nulls_node.pprev).isNotNull();
            assertThat(master.skc_num).isEqualTo(c.c.skc_num);
            assertThat(master.sk_destruct).isEqualTo(master.sk_destruct).isNotNull();
            assertThat(c.c.inside_tk_table).isTrue();
            assertThat(c.s.inside_tk_table).isTrue();
            assertThat(master.inside_tk_table).isFalse();
            assertThat(c.c.mpcb.orig_window_clamp).isPositive();
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2})
        @DisplayName("without memory for the master, the control block or the rest: an error, and no MPTCP")
        void no_memory(int nth) {
            c = new MptcpConnection(1).listen().socket();
            int live = liveSockets().size();
            c.c.skc_state = TCP_CLOSE;
            Gfp.failNth(nth);

            assertThat(Clone.mptcp_alloc_mpcb(c.c, 1, 1000)).isEqualTo(-ENOBUFS);

            assertThat(mptcp(c.c)).isFalse();
            assertThat(liveSockets()).hasSize(live);
            Gfp.inject(null);
            if (nth == 2) {
                // What the kernel forgets: see @KernelBug.
                sk_sockets_allocated_dec(c.c);
            }
        }

        @Test
        @DisplayName("the connection's timeout is twice the first, its timers are quiet, and the master's are its own")
        void timers() {
            c = new MptcpConnection(1).listen().socket();
            tcp_sock[] seen = new tcp_sock[1];
            int[] rto = new int[1];
            boolean[] pending = new boolean[2];
            tcp_sock meta = c.c;
            meta.mptcp_loc_key = 77;
            meta.icsk_rto = 1000;
            meta.icsk_bind_hash = null;
            meta.recverr = true;
            sock_reset_flag(meta, SOCK_MPTCP);
            lock_sock(meta);
            inet_csk_reset_xmit_timer(meta, ICSK_TIME_RETRANS, 1000, TCP_RTO_MAX);
            meta.ucopy.len = 5;
            __skb_queue_tail(meta.out_of_order_queue, Skbs.linear(10));
            assertThat(Clone.mptcp_alloc_mpcb(meta, 5, 1234)).isZero();
            tcp_sock master = tcp_sk(meta.mpcb.master_sk);

            assertThat(meta.icsk_rto).isEqualTo(2000);
            assertThat(meta.snd_wnd).isEqualTo(1234);
            assertThat(meta.snd_wl1).isEqualTo(meta.rcv_nxt - 1);
            assertThat(meta.icsk_pending).isZero();
            assertThat(master.icsk_retransmit_timer.data).isSameAs(master);
            assertThat(master.icsk_retransmit_timer.function).isNotNull();
            assertThat(meta.mpcb.synack_timer.data).isSameAs(meta);
            assertThat(sock_flag(meta, SOCK_MPTCP)).isTrue();
            assertThat(master.sk_shutdown).isEqualTo(meta.sk_shutdown);
            assertThat(skb_queue_empty(master.out_of_order_queue)).isTrue();
            assertThat(master.ucopy.len).as("the reader is the meta socket's").isZero();
            assertThat(list_empty(master.tsq_node)).isTrue();
            assertThat(master.recverr).isFalse();
            kfree_skb(__skb_dequeue(meta.out_of_order_queue));
            meta.ucopy.len = 0;

            // Put back together what nobody connected.
            bh_unlock_sock(master);
            master.skc_refcnt = 0;
            sk_sockets_allocated_dec(master);
            master.mpcb = null;
            master.sk_destruct = null;
            sk_free(master);
            mptcp_hash_remove_bh(meta);
            release_sock(meta);
        }
    }

    @Nested
    class mptcp_sk_clone {
        @Test
        @DisplayName("the socket of a joining subflow is a copy of the meta socket with the functions of a subflow's")
        void joined() {
            connection(2);
            tcp_sock sub = subflow(c.s, 2);

            assertThat(sub.icsk_af_ops).isSameAs(mptcp_v4_specific);
            assertThat(sub.skc_prot).isSameAs(tcp_prot);
            assertThat(sub.mpcb).isSameAs(c.s.mpcb);
            assertThat(sub.meta_sk).isSameAs(c.s);
        }

        @Test
        @DisplayName("null: no memory")
        void no_memory() {
            connection(1);
            Gfp.failNth(0);

            assertThat(Clone.mptcp_sk_clone(c.s, AF_INET, GFP_ATOMIC)).isNull();
        }
    }
}
