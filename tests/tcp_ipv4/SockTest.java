// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.percpu_counter.percpu_counter.percpu_counter_inc;
import static linux.percpu_counter.percpu_counter.percpu_counter_read_positive;
import static linux.skbuff.Dst.skb_dst_set_noref;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.tcp.Sockets.tcp_sk;
import static linux.timer.Timers.timer_pending;
import static mptcp_ctrl.TokenTable.mptcp_hash_find;
import static net.dst.Garbage.dst_release;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.mptcp_v4.Globals.mptcp_v4_specific;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.tcp.Globals.tcp_reno;
import static net.tcp.Globals.tcp_sockets_allocated;
import static net.tcp.Multipath.mptcp;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tcp.Close.tcp_set_state;
import static tcp_ipv4.Sock.ipv4_specific;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.PSH;
import static testing.ScriptedPeer.sk;

import java.util.ArrayList;
import java.util.List;
import linux.skbuff.sk_buff;
import linux.socket.sockaddr_in;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.tcp.tcp_congestion_ops;
import net.tcp.tcp_fastopen_request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.ScriptedPeer;
import testing.SocketFields;
import testing.Vectors;

@KernelTest
class SockTest {
    private ScriptedPeer peer;

    @BeforeEach
    void begin() {
        peer = new ScriptedPeer();
    }

    @AfterEach
    void end() {
        peer.end();
    }

    @Nested
    class inet_sk_rx_dst_set {
        @Test
        @DisplayName("holds the route of the packet, and notes its device")
        void held() {
            tcp_sock tp = sk(peer.accepted());
            dst_entry dst = tp.sk_rx_dst;
            sk_buff skb = peer.segment(ACK);
            skb_dst_set_noref(skb, dst);
            skb.skb_iif = 42;
            int refs = dst.__refcnt;

            Sock.inet_sk_rx_dst_set(tp, skb);

            assertThat(tp.sk_rx_dst).isSameAs(dst);
            assertThat(dst.__refcnt).isEqualTo(refs + 1);
            assertThat(tp.rx_dst_ifindex).isEqualTo(42);
            dst_release(dst);
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_v4_init_sock {
        @Test
        @DisplayName("socket() makes one that speaks IPv4, as the real kernel's does")
        void newSocket() {
            tcp_sock tp = sk(peer.open());

            assertThat(tp.icsk_af_ops).isSameAs(ipv4_specific);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            Vectors.each("fresh_socket", row -> SocketFields.same(tp, row.text("name").replace("->", "."),
                    row.i64("out.value"), row.toString()));
        }

        @Test
        @DisplayName("with MPTCP the table is MPTCP's")
        void mptcp() {
            sysctl_mptcp_enabled = 1;

            tcp_sock tp = sk(peer.open());

            assertThat(tp.icsk_af_ops).isSameAs(mptcp_v4_specific);
        }

        @Test
        @DisplayName("its table tells where the peer is")
        void address() {
            tcp_sock tp = sk(peer.accepted());
            sockaddr_in sin = new sockaddr_in();

            tp.icsk_af_ops.addr2sockaddr.call(tp, sin);

            assertThat(sin.sin_addr).isEqualTo(Ipv4.ip(ScriptedPeer.PEER));
            assertThat(sin.sin_port).isEqualTo(peer.port);
        }
    }

    @Nested
    class tcp_v4_destroy_sock {
        @Test
        @DisplayName("timers stop, queues are empty, the port is free, the socket is not counted any more")
        void destroyed() {
            int fd = peer.accepted();
            tcp_sock tp = sk(fd);
            assertThat(sys_send(fd, new byte[3000], 0, 3000, 0)).isEqualTo(3000);
            peer.rest();
            peer.seq += 100;
            peer.send(ACK | PSH, new byte[10]);
            assertThat(tp.out_of_order_queue.qlen).isEqualTo(1);
            tp.ucopy.prequeue.qlen = 0;
            sk_buff skb = peer.segment(ACK);
            __skb_queue_tail(tp.ucopy.prequeue, skb);
            long sockets = percpu_counter_read_positive(tcp_sockets_allocated);
            List<Object> released = new ArrayList<>();
            tp.icsk_ca_ops = new tcp_congestion_ops();
            tp.icsk_ca_ops.release = released::add;
            tp.fastopen_req = new tcp_fastopen_request();

            lock_sock(tp);
            local_bh_disable();
            peer.seq -= 110;
            tcp_set_state(tp, TCP_CLOSE);
            Sock.tcp_v4_destroy_sock(tp);

            assertThat(timer_pending(tp.icsk_retransmit_timer)).isFalse();
            assertThat(timer_pending(tp.icsk_delack_timer)).isFalse();
            assertThat(timer_pending(tp.sk_timer)).isFalse();
            assertThat(tp.sk_write_queue.qlen).isZero();
            assertThat(tp.out_of_order_queue.qlen).isZero();
            assertThat(tp.ucopy.prequeue.qlen).isZero();
            assertThat(tp.icsk_bind_hash).isNull();
            assertThat(released).containsExactly(tp);
            assertThat(tp.fastopen_req).isNull();
            assertThat(percpu_counter_read_positive(tcp_sockets_allocated)).isEqualTo(sockets - 1);
            local_bh_enable();
            release_sock(tp);
            percpu_counter_inc(tcp_sockets_allocated);
            tcp_sk(tp).icsk_ca_ops = tcp_reno;
        }

        @Test
        @DisplayName("a request of Fast Open must have been let go before")
        void fastopen_request() {
            tcp_sock tp = sk(peer.open());
            tp.fastopen_rsk = new tcp_request_sock();

            assertThatThrownBy(() -> Sock.tcp_v4_destroy_sock(tp)).hasMessageContaining("kernel BUG");

            tp.fastopen_rsk = null;
            tcp_sk(tp).icsk_ca_ops = tcp_reno;
        }

        @Test
        @DisplayName("a connection that never came to be gives its token back")
        void token() {
            sysctl_mptcp_enabled = 1;
            int fd = peer.open();
            peer.connect(fd);
            tcp_sock tp = sk(fd);
            assertThat(tp.inside_tk_table).isTrue();

            sys_close(fd);

            assertThat(tp.inside_tk_table).isFalse();
            assertThat(mptcp_hash_find(init_net, tp.mptcp_loc_token)).isNull();
        }
    }
}
