// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.errno.Errno.EAGAIN;
import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.ENOMEM;
import static linux.errno.Errno.ETIMEDOUT;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.jiffies.Jiffies.jiffies;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.netdevice.Netdev.NET_XMIT_DROP;
import static linux.printk.Printk.dmesg;
import static linux.sched.Sched.msleep;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Free.kfree_skb;
import static linux.timer.Timers.timer_pending;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Flags.sock_reset_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockTimers.sk_reset_timer;
import static net.sock.SockTimers.sk_stop_timer;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp.Sysctls.sysctl_tcp_thin_linear_timeouts;
import static net.tcp.Timestamps.tcp_time_stamp;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRETRANSFAIL;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTIMEOUTS;
import static uapi.linux.snmp.Snmp.TCP_MIB_RETRANSSEGS;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Loss;

import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.dst.dst_ops;
import net.mptcp.mptcp_tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpConnection;

@KernelTest
class TimersTest {
    private Bundle b;

    @BeforeEach
    void two_subflows() {
        b = new Bundle(2);
    }

    @AfterEach
    void nothing_left() {
        b.close();
    }

    @Nested
    class mptcp_ack_retransmit_timer {
        private tcp_sock tp;

        @BeforeEach
        void joining() {
            tp = b.m.sub(1);
            tp.mptcp.pre_established = true;
            tp.mptcp.slave_sk = true;
        }

        @Test
        @DisplayName("sends the third ACK with its HMAC again, later each time")
        void again() {
            Timers.mptcp_ack_retransmit_timer(tp);

            assertThat(b.drain()).containsExactly("1: 0+0 A JOIN 24");
            assertThat(tp.icsk_retransmits).isOne();
            assertThat(tp.icsk_rto).isEqualTo(600);
            assertThat(tp.mptcp.mptcp_ack_timer.expires - jiffies).isBetween(600L, 602L);
            assertThat(tp.retrans_stamp).isNotZero();
        }

        @Test
        @DisplayName("congestion in a local queue: again after the same time")
        void local_congestion() {
            b.xmitResult = NET_XMIT_DROP;
            Timers.mptcp_ack_retransmit_timer(tp);

            assertThat(tp.icsk_retransmits).isOne();
            assertThat(tp.icsk_rto).isEqualTo(300);
            assertThat(timer_pending(tp.mptcp.mptcp_ack_timer)).isTrue();
        }

        @Test
        @DisplayName("without memory: tries again; without a route: gives up until something else comes")
        void no_memory() {
            Gfp.failNth(0);
            Timers.mptcp_ack_retransmit_timer(tp);
            assertThat(b.drain()).isEmpty();
            assertThat(tp.mptcp.mptcp_ack_timer.expires - jiffies).isBetween(300L, 301L);
            assertThat(tp.icsk_retransmits).isZero();
            sk_stop_timer(tp, tp.mptcp.mptcp_ack_timer);

            tp.icsk_af_ops.rebuild_header = sk -> -EHOSTUNREACH;
            Timers.mptcp_ack_retransmit_timer(tp);
            assertThat(timer_pending(tp.mptcp.mptcp_ack_timer)).isFalse();
        }

        @Test
        @DisplayName("when it began is noted once; 0 would mean that it has not begun")
        void began() {
            Timers.mptcp_ack_retransmit_timer(tp);
            assertThat(tp.retrans_stamp).isEqualTo(tcp_time_stamp());

            tp.retrans_stamp = 77;
            tp.icsk_retransmits = 0;
            Timers.mptcp_ack_retransmit_timer(tp);
            assertThat(tp.retrans_stamp).isEqualTo(77);
            b.drain();
        }

        @Test
        @DisplayName("congestion in a local queue the second time: neither the count nor the time changes")
        void local_congestion_again() {
            b.xmitResult = NET_XMIT_DROP;
            tp.icsk_retransmits = 3;
            Timers.mptcp_ack_retransmit_timer(tp);

            assertThat(tp.icsk_retransmits).isEqualTo(3);
            assertThat(tp.mptcp.mptcp_ack_timer.expires - jiffies).isBetween(300L, 302L);
        }

        @Test
        @DisplayName("after as long as four retransmissions take the route is looked up anew")
        void route() {
            dst_entry dst = new dst_entry();
            dst.__refcnt = 5;
            dst.ops = new dst_ops();
            tp.sk_dst_cache = dst;
            // 6.2 s: 0.2 s, doubled four times.
            tp.retrans_stamp = tcp_time_stamp() - 6199;
            Timers.mptcp_ack_retransmit_timer(tp);
            assertThat(tp.sk_dst_cache).isSameAs(dst);

            tp.retrans_stamp = tcp_time_stamp() - 6200;
            Timers.mptcp_ack_retransmit_timer(tp);
            assertThat(tp.sk_dst_cache).isNull();
            b.drain();
        }

        @Test
        @DisplayName("on a real path that loses everything: given up after minutes, and the other subflow goes on")
        void given_up() {
            MptcpConnection c = new MptcpConnection(2).connect();
            c.startJoin(2);
            // The SYN has arrived, its answer is on the way: from now on nothing gets through.
            c.run(30);
            c.netem(2, "delay 20ms loss 100%");
            c.run(100);
            tcp_sock sub = c.c.mpcb.connection_list;
            assertThat(sub.mptcp.pre_established).isTrue();
            assertThat(timer_pending(sub.mptcp.mptcp_ack_timer)).isTrue();
            mptcp_tcp_sock mptcp = sub.mptcp;
            boolean[] reset = new boolean[1];
            var itself = sub.send_active_reset;
            sub.send_active_reset = (sk, priority) -> {
                reset[0] = true;
                itself.call(sk, priority);
            };

            c.run(40 * 60_000);

            assertThat(reset[0]).isTrue();
            assertThat(mptcp.pre_established).isFalse();
            assertThat(sub.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(c.c.mpcb.cnt_subflows).isOne();
            c.send(1000);
            c.run(100);
            assertThat(MptcpConnection.recv(c.serverFd)).isEqualTo(1000);
            c.close();
        }
    }

    @Nested
    class mptcp_ack_handler {
        @Test
        @DisplayName("while somebody owns the connection it waits a twentieth of a second")
        void owned() {
            tcp_sock tp = b.m.sub(1);
            tp.mptcp.pre_established = true;
            b.meta.sk_lock.owned = 1;
            sk_reset_timer(tp, tp.mptcp.mptcp_ack_timer, jiffies + 10);

            msleep(20);
            assertThat(b.drain()).isEmpty();
            assertThat(timer_pending(tp.mptcp.mptcp_ack_timer)).isTrue();

            b.meta.sk_lock.owned = 0;
            msleep(60);
            assertThat(b.drain()).containsExactly("1: 0+0 A JOIN 24");
            assertThat(tp.skc_refcnt).as("the timer's and the test's").isEqualTo(2);
        }

        @Test
        @DisplayName("nothing to do for a subflow that is closed, or has got its fourth ACK")
        void nothing() {
            tcp_sock tp = b.m.sub(1);
            sk_reset_timer(tp, tp.mptcp.mptcp_ack_timer, jiffies + 10);
            msleep(20);
            tp.mptcp.pre_established = true;
            tp.skc_state = TCP_CLOSE;
            sk_reset_timer(tp, tp.mptcp.mptcp_ack_timer, jiffies + 10);
            msleep(20);

            assertThat(b.drain()).isEmpty();
            assertThat(tp.skc_refcnt).isOne();
        }

        @Test
        @DisplayName("puts it off by 50 ms, and gives memory back that the subflow does not need")
        void soon() {
            tcp_sock tp = b.m.sub(1);
            tp.mptcp.pre_established = true;
            b.meta.sk_lock.owned = 1;
            tp.skc_refcnt++;
            Timers.mptcp_ack_handler(tp);
            assertThat(tp.mptcp.mptcp_ack_timer.expires - jiffies).isEqualTo(50);

            b.meta.sk_lock.owned = 0;
            tp.sk_forward_alloc = 2 * PAGE_SIZE;
            tcp_memory_allocated.val += 2;
            tp.skc_refcnt++;
            Timers.mptcp_ack_handler(tp);
            assertThat(tp.sk_forward_alloc).isZero();
            b.drain();
        }
    }

    @Nested
    class mptcp_retransmit_skb {
        private sk_buff skb;

        @BeforeEach
        void sent() {
            skb = b.write(500);
            b.push();
            b.drain();
        }

        private long mib(int field) {
            return init_net.mib.net_statistics[field];
        }

        @Test
        @DisplayName("goes out on whichever subflow is free; the first time is remembered")
        void other() {
            b.to = b.m.sub(1);
            msleep(5);

            assertThat(Timers.mptcp_retransmit_skb(b.meta, skb)).isZero();

            assertThat(b.drain()).containsExactly("1: 0+500 A map 0 1 500");
            assertThat(b.meta.retrans_stamp).isEqualTo(tcp_time_stamp()).isEqualTo(TCP_SKB_CB(skb).when);
            assertThat(init_net.mib.tcp_statistics[TCP_MIB_RETRANSSEGS]).isOne();
        }

        @Test
        @DisplayName("no subflow is free: 0, but counted as failed")
        void nobody() {
            b.to = null;
            assertThat(Timers.mptcp_retransmit_skb(b.meta, skb)).isZero();
            assertThat(b.drain()).isEmpty();
            assertThat(mib(LINUX_MIB_TCPRETRANSFAIL)).isOne();
        }

        @Test
        @DisplayName("too much waits in devices: -EAGAIN; no memory: -ENOMEM, or -1 for the copy")
        void errors() {
            b.meta.sk_wmem_alloc = 1 << 20;
            assertThat(Timers.mptcp_retransmit_skb(b.meta, skb)).isEqualTo(-EAGAIN);
            b.meta.sk_wmem_alloc = 1;

            sk_buff clone = skb_clone(skb, GFP_ATOMIC);
            Gfp.failNth(0);
            assertThat(Timers.mptcp_retransmit_skb(b.meta, skb)).isEqualTo(-ENOMEM);
            kfree_skb(clone);

            Gfp.failNth(0);
            assertThat(Timers.mptcp_retransmit_skb(b.meta, skb)).isEqualTo(-1);
            assertThat(mib(LINUX_MIB_TCPRETRANSFAIL)).isEqualTo(2);
        }

        @Test
        @DisplayName("what is larger than the window is cut")
        void cut() {
            sk_buff large = b.write(2500);
            b.push();
            b.drain();
            b.meta.snd_wnd = 500 + 1200;
            b.to = b.m.sub(1);

            assertThat(Timers.mptcp_retransmit_skb(b.meta, large)).isZero();

            assertThat(Bundle.queue(b.meta.sk_write_queue)).isEqualTo("0-500 500-1700 1700-3000");
            assertThat(b.drain()).containsExactly("1: 0+1000 A map 500 1 1200", "1: 1000+200 A");
        }

        @Test
        @DisplayName("too much is a quarter more than what is queued, or the send buffer")
        void too_much() {
            int queued = b.meta.sk_wmem_queued;
            b.meta.sk_wmem_alloc = queued + (queued >> 2);
            assertThat(Timers.mptcp_retransmit_skb(b.meta, skb)).isZero();
            b.meta.sk_wmem_alloc++;
            assertThat(Timers.mptcp_retransmit_skb(b.meta, skb)).isEqualTo(-EAGAIN);

            b.meta.sk_sndbuf = queued;
            b.meta.sk_wmem_alloc = queued;
            assertThat(Timers.mptcp_retransmit_skb(b.meta, skb)).isZero();
            b.meta.sk_wmem_alloc++;
            assertThat(Timers.mptcp_retransmit_skb(b.meta, skb)).isEqualTo(-EAGAIN);
            b.meta.sk_wmem_alloc = 1;
            b.drain();
        }
    }

    @Nested
    class mptcp_retransmit_timer {
        private void sent() {
            b.write(500);
            b.push();
            b.drain();
            b.to = b.m.sub(1);
        }

        @Test
        @DisplayName("the oldest data go out once more, and the time doubles")
        void again() {
            sent();

            Timers.mptcp_retransmit_timer(b.meta);

            assertThat(b.drain()).containsExactly("1: 0+500 A map 0 1 500");
            assertThat(b.meta.icsk_retransmits).isOne();
            assertThat(b.meta.icsk_backoff).isOne();
            assertThat(b.meta.icsk_rto).isEqualTo(600);
            assertThat(b.meta.icsk_ca_state).isEqualTo(TCP_CA_Loss);
            assertThat(b.meta.icsk_timeout - jiffies).isEqualTo(600);
            assertThat(init_net.mib.net_statistics[LINUX_MIB_TCPTIMEOUTS]).isOne();
        }

        @Test
        @DisplayName("nothing is out, or after a fallback: not our business")
        void nothing() {
            Timers.mptcp_retransmit_timer(b.meta);
            sent();
            b.mpcb.infinite_mapping_snd = true;
            Timers.mptcp_retransmit_timer(b.meta);
            b.mpcb.infinite_mapping_snd = false;
            b.mpcb.send_infinite_mapping = true;
            Timers.mptcp_retransmit_timer(b.meta);

            assertThat(b.drain()).isEmpty();
            assertThat(b.meta.icsk_rto).isEqualTo(300);
        }

        @Test
        @DisplayName("a window shrunk to nothing is probed with the oldest data, and does not count as a timeout")
        void shrunk() {
            sent();
            b.meta.snd_wnd = 0;
            b.meta.rcv_tstamp = tcp_time_stamp();

            Timers.mptcp_retransmit_timer(b.meta);

            assertThat(b.drain()).containsExactly("1: 0+500 A map 0 1 500");
            assertThat(b.meta.icsk_retransmits).isZero();
            assertThat(b.meta.icsk_ca_state).isZero();
            assertThat(b.meta.icsk_rto).isEqualTo(600);
        }

        @Test
        @DisplayName("a thin stream does not wait longer each time; a time from the subflows only while nothing was repeated")
        void thin() {
            sent();
            b.meta.thin_lto = true;
            b.meta.snd_ssthresh = 10;
            b.meta.icsk_rto = 5000;
            Timers.mptcp_retransmit_timer(b.meta);

            assertThat(b.meta.icsk_backoff).isZero();
            assertThat(b.meta.icsk_rto).isEqualTo(5000);

            b.meta.icsk_retransmits = 0;
            b.meta.snd_wnd = 0;
            b.meta.rcv_tstamp = tcp_time_stamp();
            Timers.mptcp_retransmit_timer(b.meta);
            assertThat(b.meta.icsk_rto).isEqualTo(600);
        }

        @Test
        @DisplayName("a shrunk window is logged; not for a connection that nobody owns any more, which times out instead")
        void shrunk_logged() {
            sent();
            b.meta.snd_wnd = 0;
            b.meta.rcv_tstamp = tcp_time_stamp();
            b.meta.skc_daddr = 0x0a000001;
            b.meta.skc_dport = 80;

            Timers.mptcp_retransmit_timer(b.meta);
            assertThat(dmesg().get(dmesg().size() - 1).toString())
                    .contains("Peer 10.0.0.1:80/").contains("unexpectedly shrunk window");

            int lines = dmesg().size();
            sock_set_flag(b.meta, SOCK_DEAD);
            Timers.mptcp_retransmit_timer(b.meta);
            assertThat(dmesg()).hasSize(lines);
            assertThat(b.meta.icsk_retransmits).isOne();
            sock_reset_flag(b.meta, SOCK_DEAD);
            b.drain();
        }

        @Test
        @DisplayName("with a shrunk window, and nothing from the peer for two minutes: the connection ends")
        void silent_peer() {
            MptcpConnection c = new MptcpConnection(1).connect();
            c.netem(1, "delay 10ms loss 100%");
            c.send(1000);
            MptcpConnection.softirq(c.c, () -> {
                c.c.snd_wnd = 0;
                c.c.rcv_tstamp = tcp_time_stamp() - 120_000;
                Timers.mptcp_retransmit_timer(c.c);
                assertThat(c.c.skc_state).as("two minutes, not more").isNotEqualTo(TCP_CLOSE);
                c.c.rcv_tstamp--;
                Timers.mptcp_retransmit_timer(c.c);
            });

            assertThat(c.c.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(c.c.sk_err).isEqualTo(ETIMEDOUT);
            c.netem(1, "delay 10ms");
            c.close();
        }

        @Test
        @DisplayName("thin streams are treated so by a sysctl as well, six times")
        void thin_by_sysctl() {
            sent();
            sysctl_tcp_thin_linear_timeouts = 1;
            b.meta.snd_ssthresh = 10;
            b.meta.icsk_rto = 5000;
            b.meta.icsk_retransmits = 5;
            Timers.mptcp_retransmit_timer(b.meta);
            assertThat(b.meta.icsk_rto).isEqualTo(5000);
            Timers.mptcp_retransmit_timer(b.meta);
            assertThat(b.meta.icsk_rto).isEqualTo(10_000);
            b.drain();
        }
    }
}
