// SPDX-License-Identifier: GPL-2.0-only
package mptcp_input;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.jiffies.Jiffies.jiffies;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_GSO;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.netdev_features.NetdevFeatures.NETIF_F_TSO;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.skbuff.SkbConst.SKB_GSO_TCPV4;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static linux.timer.Timers.timer_pending;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.mptcp.MptcpConst.MPTCP_SUB_DSS;
import static net.mptcp.MptcpConst.MPTCP_SUB_FCLOSE;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSING;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static testing.ScriptedPeer.FIN;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONDATA;
import static uapi.linux.socket.SocketOpt.SHUT_WR;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Oops;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import net.dst.dst_entry;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_pm_ops;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpPeer;
import testing.MptcpSockets;
import testing.ScriptedPeer;
import testing.SendQueue;
import testing.Skbs;
import testing.Vectors;

@KernelTest
class MetaStatesTest {
    private MptcpPeer p;

    @AfterEach
    void end() {
        if (p != null) {
            p.end();
        }
    }

    @Nested
    class before64 {
        @Test
        @DisplayName("every row of the kernel's table")
        void vectors() {
            Vectors.each("before64_after64", row -> assertThat(
                            MetaStates.before64(row.i64("in.a"), row.i64("in.b")))
                    .as("%s", row)
                    .isEqualTo(row.bool("out.before64")));
        }
    }

    @Nested
    class after64 {
        @Test
        @DisplayName("every row of the kernel's table")
        void vectors() {
            Vectors.each("before64_after64", row -> assertThat(
                            MetaStates.after64(row.i64("in.a"), row.i64("in.b")))
                    .as("%s", row)
                    .isEqualTo(row.bool("out.after64")));
        }
    }

    @Nested
    class mptcp_become_fully_estab {
        @Test
        @DisplayName("the path manager hears of it, once the first subflow is; not for further ones")
        void path_manager() {
            MptcpSockets c = new MptcpSockets(2);
            List<sock> told = new ArrayList<>();
            c.mpcb.pm_ops = new mptcp_pm_ops();
            c.mpcb.pm_ops.fully_established = told::add;
            c.sub(0).mptcp.fully_established = false;
            c.sub(1).mptcp.fully_established = false;

            MetaStates.mptcp_become_fully_estab(c.sub(1));
            assertThat(told).isEmpty();
            MetaStates.mptcp_become_fully_estab(c.sub(0));
            assertThat(told).containsExactly(c.meta);

            assertThat(c.sub(0).mptcp.fully_established).isTrue();
            assertThat(c.sub(1).mptcp.fully_established).isTrue();
            c.free();
        }

        @Test
        @DisplayName("a path manager may not care")
        void nobody_cares() {
            MptcpSockets c = new MptcpSockets(1);
            c.mpcb.pm_ops = new mptcp_pm_ops();
            c.sub(0).mptcp.fully_established = false;

            MetaStates.mptcp_become_fully_estab(c.sub(0));

            assertThat(c.sub(0).mptcp.fully_established).isTrue();
            c.free();
        }
    }

    @Nested
    class mptcp_tso_acked_reinject {
        private MptcpSockets c;
        private sk_buff skb;

        @BeforeEach
        void packet() {
            c = new MptcpSockets(1);
            skb = Skbs.linear(3000);
            skb.shinfo.gso_segs = 3;
            skb.shinfo.gso_size = 1000;
            TCP_SKB_CB(skb).seq = 5000;
            TCP_SKB_CB(skb).end_seq = 8000;
            c.meta.snd_una = 6500;
            c.meta.sk_gso_type = SKB_GSO_TCPV4;
            c.meta.sk_route_caps = NETIF_F_SG | NETIF_F_GSO | NETIF_F_TSO | NETIF_F_ALL_CSUM;
        }

        @AfterEach
        void free() {
            kfree_skb(skb);
            c.free();
        }

        @Test
        @DisplayName("cuts the acknowledged bytes off; segments that are still needed in part are not gone")
        void cuts() {
            int truesize = skb.truesize;
            int charged = c.meta.sk_wmem_queued;

            assertThat(MetaStates.mptcp_tso_acked_reinject(c.meta, skb)).isOne();

            assertThat(TCP_SKB_CB(skb).seq).isEqualTo(6500);
            assertThat(skb.len).isEqualTo(1500);
            assertThat(skb.shinfo.gso_segs).isEqualTo(2);
            assertThat(skb.truesize).isEqualTo(truesize - 1500);
            assertThat(c.meta.sk_wmem_queued).isEqualTo(charged);
        }

        @Test
        @DisplayName("a clone of it is on its way, and there is no memory for a copy: nothing is cut")
        void no_memory() {
            sk_buff clone = skb_clone(skb, GFP_KERNEL);
            Gfp.failNth(0);

            assertThat(MetaStates.mptcp_tso_acked_reinject(c.meta, skb)).isZero();

            assertThat(TCP_SKB_CB(skb).seq).isEqualTo(5000);
            kfree_skb(clone);
        }

        @Test
        @DisplayName("a packet that is acknowledged as a whole does not belong here")
        void whole() {
            c.meta.snd_una = 8000;

            assertThatThrownBy(() -> MetaStates.mptcp_tso_acked_reinject(c.meta, skb)).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class mptcp_clean_rtx_queue {
        /** A meta socket with packets that are out. */
        private SendQueue q;

        private mptcp_cb mpcb;

        @BeforeEach
        void meta() {
            q = new SendQueue(1000).sent(1, 3, 1);
            mpcb = new mptcp_cb();
            q.tp.mpcb = mpcb;
            q.tp.meta_sk = q.tp;
        }

        @AfterEach
        void free() {
            __skb_queue_purge(mpcb.reinject_queue);
            q.free();
        }

        private void acked(int una) {
            int prior = q.tp.snd_una;
            q.tp.snd_una = una;
            MetaStates.mptcp_clean_rtx_queue(q.tp, prior);
        }

        private sk_buff reinject(int seq, int len) {
            sk_buff skb = Skbs.linear(len);
            skb.shinfo.gso_segs = 1;
            TCP_SKB_CB(skb).seq = seq;
            TCP_SKB_CB(skb).end_seq = seq + len;
            __skb_queue_tail(mpcb.reinject_queue, skb);
            return skb;
        }

        @Test
        @DisplayName("frees what is covered, cuts the front off a packet of several segments")
        void frees_and_cuts() {
            q.tp.icsk_retransmits = 3;
            q.tp.retrans_stamp = 99;

            acked(q.seq(2));

            assertThat(q.tp.packets_out).isEqualTo(3);
            assertThat(TCP_SKB_CB(q.skb(0)).seq).isEqualTo(q.seq(2));
            assertThat(q.tp.icsk_retransmits).isZero();
            assertThat(q.tp.retrans_stamp).isZero();
        }

        @Test
        @DisplayName("a packet of one segment stays until it is covered as a whole")
        void one_segment() {
            q.tp.icsk_retransmits = 3;

            acked(q.seq(0) + 500);

            assertThat(q.tp.packets_out).isEqualTo(5);
            assertThat(q.tp.icsk_retransmits).isEqualTo(3);
        }

        @Test
        @DisplayName("stops at what has not been sent")
        void send_head() {
            q.unsent(1);
            acked(q.seq(6));

            assertThat(q.tp.sk_write_queue.qlen).isOne();
            assertThat(q.tp.packets_out).isZero();
        }

        @Test
        @DisplayName("the reinject queue is freed likewise, the urgent pointer follows")
        void reinject_queue() {
            reinject(q.seq(0), 1000);
            sk_buff half = reinject(q.seq(1), 3000);
            half.shinfo.gso_segs = 3;
            half.shinfo.gso_size = 1000;
            reinject(q.seq(4), 1000);
            q.tp.snd_up = q.seq(1);

            acked(q.seq(2));

            assertThat(mpcb.reinject_queue.qlen).isEqualTo(2);
            assertThat(TCP_SKB_CB(half).seq).isEqualTo(q.seq(2));
            assertThat(q.tp.snd_up).isEqualTo(q.seq(2));

            acked(q.seq(2) + 500);
            assertThat(TCP_SKB_CB(half).seq).isEqualTo(q.seq(2) + 500);
        }

        @Test
        @DisplayName("our DATA_FIN is acknowledged: the subflows are closed")
        void data_fin() {
            p = new MptcpPeer();
            sys_close(p.fd);
            assertThat(p.sent()).anyMatch(s -> dataFin(s) && (s.flags() & FIN) == 0);

            p.dataAck(p.first, 2);
            ScriptedPeer.later(1);

            assertThat(p.sent()).anyMatch(s -> (s.flags() & FIN) != 0);
        }

        @Test
        @DisplayName("closed by the peer: the subflows wait eight timeouts for the peer's FINs")
        void passive() {
            p = new MptcpPeer();
            p.dataFin(p.first, 1);
            sys_shutdown(p.fd, SHUT_WR);
            p.sent();
            int rto = p.sub(p.first).icsk_rto;

            p.dataAck(p.first, 2);
            ScriptedPeer.later(8 * rto - 10);
            assertThat(p.sent()).noneMatch(s -> (s.flags() & FIN) != 0);

            ScriptedPeer.later(20);
            assertThat(p.sent()).anyMatch(s -> (s.flags() & FIN) != 0);
        }

        private boolean dataFin(ScriptedPeer.Segment s) {
            byte[] dss = MptcpPeer.find(s.options(), MPTCP_SUB_DSS);
            return dss != null && (dss[3] & 0x10) != 0;
        }

        @Test
        @DisplayName("something was acknowledged: the timer of the rest begins anew; with nothing left it stops")
        void timer() {
            q.tp.icsk_rto = 300;
            q.tp.icsk_pending = 0;
            acked(q.seq(1));
            assertThat(q.tp.icsk_pending).isEqualTo(ICSK_TIME_RETRANS);
            assertThat(q.tp.icsk_timeout).isEqualTo(jiffies + 300);

            acked(q.seq(5));
            assertThat(q.tp.icsk_pending).isZero();
        }
    }

    @Nested
    class mptcp_rcv_state_process {
        @BeforeEach
        void connected() {
            p = new MptcpPeer();
        }

        @Test
        @DisplayName("FIN_WAIT1: with our DATA_FIN acknowledged, FIN_WAIT2, and close() is woken")
        void fin_wait1() {
            int[] woken = new int[1];
            sys_shutdown(p.fd, SHUT_WR);
            assertThat(p.meta.skc_state).isEqualTo(TCP_FIN_WAIT1);
            p.meta.sk_state_change = sk -> woken[0]++;

            p.dataAck(p.first, 1);
            assertThat(p.meta.skc_state).isEqualTo(TCP_FIN_WAIT1);
            p.dataAck(p.first, 2);

            assertThat(p.meta.skc_state).isEqualTo(TCP_FIN_WAIT2);
            assertThat(p.meta.sk_shutdown & SEND_SHUTDOWN).isNotZero();
            assertThat(woken[0]).isOne();
        }

        @Test
        @DisplayName("FIN_WAIT1 of a socket that nobody has any more: a time-wait socket goes on waiting")
        void orphan() {
            sys_close(p.fd);
            assertThat(p.meta.skc_state).isEqualTo(TCP_FIN_WAIT1);

            p.dataAck(p.first, 2);

            assertThat(p.meta.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(p.mpcb.in_time_wait).isTrue();
            assertThat(p.mpcb.mptw_state).isEqualTo(TCP_FIN_WAIT2);
        }

        @Test
        @DisplayName("with a DATA_FIN in the same packet the socket itself waits: the DATA_FIN is still to be processed")
        void orphan_with_data_fin() {
            sys_close(p.fd);
            p.dack = 2;
            p.dataFin(p.first, 1);

            assertThat(p.mpcb.in_time_wait).isTrue();
            assertThat(p.mpcb.mptw_state).isEqualTo(TCP_TIME_WAIT);
        }

        @Test
        @DisplayName("data for an orphan that come with the acknowledgement of its DATA_FIN: MP_FASTCLOSE")
        void orphan_with_data() {
            sys_close(p.fd);
            p.sent();
            p.dack = 2;
            p.data(p.first, 1, "abc");

            assertThat(p.mib(LINUX_MIB_TCPABORTONDATA)).isOne();
            assertThat(p.meta.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(p.sent()).anyMatch(s -> MptcpPeer.find(s.options(), MPTCP_SUB_FCLOSE) != null);
        }

        @Test
        @DisplayName("data for an orphan without that: likewise")
        void data_after_close() {
            sys_close(p.fd);
            p.data(p.first, 1, "abc");

            assertThat(p.mib(LINUX_MIB_TCPABORTONDATA)).isOne();
            assertThat(p.meta.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("LAST_ACK: with our DATA_FIN acknowledged the connection is closed")
        void last_ack() {
            p.dataFin(p.first, 1);
            sys_close(p.fd);
            assertThat(p.meta.skc_state).isEqualTo(TCP_LAST_ACK);

            p.dataAck(p.first, 2);

            assertThat(p.meta.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("CLOSING: both have sent a DATA_FIN at once; closed when ours is acknowledged")
        void closing() {
            sys_shutdown(p.fd, SHUT_WR);
            p.dataFin(p.first, 1);
            assertThat(p.meta.skc_state).isEqualTo(TCP_CLOSING);

            p.dataAck(p.first, 2);

            assertThat(p.meta.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("an orphan waits as long as it was told, the first part of it as a socket")
        void linger2() {
            p.meta.linger2 = 100_000;
            sys_close(p.fd);

            p.dataAck(p.first, 2);

            assertThat(p.meta.skc_state).isEqualTo(TCP_FIN_WAIT2);
            assertThat(timer_pending(p.meta.sk_timer)).isTrue();
            assertThat(p.meta.sk_timer.expires - jiffies).isBetween(40_000L, 40_200L);
        }

        @Test
        @DisplayName("an orphan that is not to wait at all: reset")
        void no_linger2() {
            p.meta.linger2 = -1;
            sys_close(p.fd);

            p.dataAck(p.first, 2);

            assertThat(p.meta.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(p.mib(LINUX_MIB_TCPABORTONDATA)).isOne();
        }

        @Test
        @DisplayName("the way to the peer works")
        void confirmed() {
            sys_shutdown(p.fd, SHUT_WR);
            dst_entry dst = p.sub(p.first).sk_dst_cache;
            assertThat(dst).isNotNull();
            dst.pending_confirm = 0;

            p.dataAck(p.first, 2);

            assertThat(p.meta.skc_state).isEqualTo(TCP_FIN_WAIT2);
            assertThat(dst.pending_confirm).isOne();
        }

        @Test
        @DisplayName("who still reads takes data in FIN_WAIT2")
        void half_closed() {
            sys_shutdown(p.fd, SHUT_WR);
            p.dataAck(p.first, 2);
            p.data(p.first, 1, "abc");

            assertThat(p.meta.skc_state).isEqualTo(TCP_FIN_WAIT2);
            assertThat(p.read(10)).isEqualTo("abc");
        }
    }
}
