// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.errno.Errno.ECONNRESET;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.jiffies.Jiffies.jiffies;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.printk.Printk.dmesg;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Queue.skb_queue_tail;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static linux.timer.Timers.timer_pending;
import static linux.workqueue.Workqueue.delayed_work_pending;
import static linux.workqueue.Workqueue.work_pending;
import static mptcp_ctrl.Close.mptcp_sub_force_close;
import static mptcp_ctrl.Functions.reset_mpc;
import static mptcp_ctrl.Subflows.mptcp_del_sock;
import static mptcp_ctrl.TokenTable.mptcp_hash_find;
import static net.sock.Alloc.liveSockets;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.Nodes.sock_hold;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_LINGER;
import static net.sock.SockTimers.sk_reset_timer;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.sock.sock.SHUTDOWN_MASK;
import static net.tcp.Globals.tcp_memory_allocated;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sysctls.sysctl_tcp_max_orphans;
import static net.tcp.Sysctls.sysctl_tcp_wmem;
import static net.tcp.TcpConst.TCPHDR_FIN;
import static net.tcp.WriteQueue.tcp_add_write_queue_tail;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp.Boot.tcp_done;
import static tcp.Close.tcp_set_state;
import static testing.MptcpConnection.locked;
import static testing.MptcpConnection.softirq;
import static testing.MptcpConnection.subflow;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONCLOSE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONDATA;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONLINGER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONMEMORY;
import static uapi.linux.snmp.Snmp.TCP_MIB_CURRESTAB;
import static uapi.linux.socket.SocketOpt.SHUT_WR;

import java.util.ArrayList;
import java.util.List;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.MptcpConnection;
import testing.MptcpSockets;
import testing.Skbs;
import testing.Vectors;

@KernelTest
class CloseTest {
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

    private MptcpConnection connection(int paths) {
        c = new MptcpConnection(paths).connect();
        for (int i = 2; i <= paths; i++) {
            c.join(i);
        }
        c.wire();
        return c;
    }

    @Nested
    class mptcp_sub_send_fin {
        @Test
        @DisplayName("is a segment of its own when nothing waits to be sent")
        void fin() {
            connection(1);
            tcp_sock sub = subflow(c.c, 1);
            int seq = sub.write_seq;

            softirq(c.c, () -> assertThat(Close.mptcp_sub_send_fin(sub)).isZero());
            c.run(50);

            assertThat(sub.write_seq).isEqualTo(seq + 1);
            assertThat(c.wire().get(0)).contains("flow 1 c>s FA seq 1");
        }

        @Test
        @DisplayName("rides on the last segment that waits")
        void rides() {
            b = new MptcpSockets(1);
            tcp_sock sub = b.sub(0);
            sk_buff skb = Skbs.linear(10);
            TCP_SKB_CB(skb).seq = sub.write_seq;
            TCP_SKB_CB(skb).end_seq = sub.write_seq += 10;
            tcp_add_write_queue_tail(sub, skb);
            sub.snd_wnd = 0;

            assertThat(Close.mptcp_sub_send_fin(sub)).isZero();

            assertThat(TCP_SKB_CB(skb).tcp_flags & TCPHDR_FIN).isNotZero();
            assertThat(TCP_SKB_CB(skb).end_seq).isEqualTo(sub.write_seq).isEqualTo(TCP_SKB_CB(skb).seq + 11);
            assertThat(sub.sk_write_queue.qlen).isOne();
        }

        @Test
        @DisplayName("1: no memory, and nothing has changed")
        void no_memory() {
            connection(1);
            tcp_sock sub = subflow(c.c, 1);
            int seq = sub.write_seq;
            Gfp.failNth(0);

            softirq(c.c, () -> assertThat(Close.mptcp_sub_send_fin(sub)).isOne());

            assertThat(sub.write_seq).isEqualTo(seq);
        }
    }

    @Nested
    class mptcp_sub_close_wq {
        @Test
        @DisplayName("sends the FIN of a subflow while the connection goes on")
        void fin() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);
            sock_hold(sub);

            Close.mptcp_sub_close_wq(sub.mptcp.work);

            assertThat(sub.skc_state).isEqualTo(TCP_FIN_WAIT1);
            assertThat(sub.sk_shutdown).isEqualTo(SEND_SHUTDOWN);
            c.run(30);
            assertThat(c.wire()).hasSize(1).first().asString().contains("flow 2 c>s FA");
        }

        @Test
        @DisplayName("closes a dead subflow wholly, and leaves one alone that is closed already")
        void dead() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);
            locked(c.c, () -> tcp_done(sub));
            sock_hold(sub);
            sock_hold(sub);

            Close.mptcp_sub_close_wq(sub.mptcp.work);
            assertThat(sub.closing).isTrue();
            assertThat(sock_flag(sub, SOCK_DEAD)).isTrue();
            assertThat(c.c.mpcb.cnt_subflows).isOne();

            Close.mptcp_sub_close_wq(sub.mptcp.work);
            assertThat(sub.mptcp).as("that was the last reference").isNull();
        }

        @Test
        @DisplayName("with the connection to itself: nobody else's task can have it meanwhile")
        void locks() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);
            sock_hold(sub);
            List<Integer> owned = new ArrayList<>();
            var was = sub.write_xmit;
            sub.write_xmit = (sk, mss, nonagle, push, gfp) -> {
                owned.add(c.c.sk_lock.owned);
                return was.call(sk, mss, nonagle, push, gfp);
            };

            Close.mptcp_sub_close_wq(sub.mptcp.work);

            assertThat(owned).isNotEmpty().containsOnly(1);
            assertThat(c.c.sk_lock.owned).isZero();
        }

        @Test
        @DisplayName("closes one wholly that is plain TCP again")
        void plain() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);
            var work = sub.mptcp.work;
            sock_hold(sub);
            locked(c.c, () -> {
                mptcp_del_sock(sub);
                reset_mpc(sub);
            });

            Close.mptcp_sub_close_wq(work);

            assertThat(sub.closing).isTrue();
            assertThat(sock_flag(sub, SOCK_DEAD)).isTrue();
        }
    }

    @Nested
    class mptcp_sub_close {
        @Test
        @DisplayName("in process context the FIN goes out before it returns")
        void process() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);

            locked(c.c, () -> {
                Close.mptcp_sub_close(sub, 0);
                assertThat(sub.skc_state).isEqualTo(TCP_FIN_WAIT1);
            });

            assertThat(work_pending(sub.mptcp.work)).isFalse();
        }

        @Test
        @DisplayName("in a softirq too, and the rest is left to the work queue, which holds the subflow")
        void softirq_context() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);
            int refs = sub.skc_refcnt;

            softirq(c.c, () -> {
                Close.mptcp_sub_close(sub, 0);
                assertThat(sub.skc_state).isEqualTo(TCP_FIN_WAIT1);
                assertThat(work_pending(sub.mptcp.work)).isTrue();
                assertThat(sub.skc_refcnt).isEqualTo(refs + 1);
            });
            c.run(1);

            assertThat(work_pending(sub.mptcp.work)).isFalse();
        }

        @Test
        @DisplayName("when the FIN cannot be sent the state is what it was, and the work sends it")
        void no_memory() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);
            long established = c.client.mib.tcp_statistics[TCP_MIB_CURRESTAB];

            softirq(c.c, () -> {
                Gfp.failNth(0);
                Close.mptcp_sub_close(sub, 0);
                assertThat(sub.skc_state).isEqualTo(TCP_ESTABLISHED);
            });
            assertThat(c.client.mib.tcp_statistics[TCP_MIB_CURRESTAB]).isEqualTo(established);
            c.run(1);

            assertThat(sub.skc_state).isEqualTo(TCP_FIN_WAIT1);
        }

        @Test
        @DisplayName("of two delays the shorter one counts; without a delay at once")
        void delays() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);
            int refs = sub.skc_refcnt;

            locked(c.c, () -> {
                Close.mptcp_sub_close(sub, 200);
                long first = sub.mptcp.work.timer.expires;
                Close.mptcp_sub_close(sub, 250);
                assertThat(sub.mptcp.work.timer.expires).isEqualTo(first);
                Close.mptcp_sub_close(sub, 100);
                assertThat(sub.mptcp.work.timer.expires).isEqualTo(first - 100);
                assertThat(sub.skc_refcnt).isEqualTo(refs + 1);
                Close.mptcp_sub_close(sub, 0);
                assertThat(sub.skc_state).isEqualTo(TCP_FIN_WAIT1);
            });
        }

        @Test
        @DisplayName("nothing to do for one that is closing")
        void closing() {
            connection(1);
            tcp_sock sub = subflow(c.c, 1);
            sub.closing = true;

            locked(c.c, () -> Close.mptcp_sub_close(sub, 0));

            assertThat(sub.skc_state).isEqualTo(TCP_ESTABLISHED);
            sub.closing = false;
        }

        @Test
        @DisplayName("wholly, if the application has closed the connection; a subflow that is plain TCP again likewise")
        void wholly() {
            connection(3);
            tcp_sock sub = subflow(c.c, 2);
            tcp_sock other = subflow(c.c, 3);

            locked(c.c, () -> {
                int was = c.c.sk_shutdown;
                c.c.sk_shutdown = SHUTDOWN_MASK;
                Close.mptcp_sub_close(sub, 0);
                c.c.sk_shutdown = was;
                assertThat(sub.closing).isTrue();
                assertThat(sock_flag(sub, SOCK_DEAD)).isTrue();

                mptcp_del_sock(other);
                reset_mpc(other);
                Close.mptcp_sub_close(other, 0);
                assertThat(other.closing).isTrue();
                assertThat(sock_flag(other, SOCK_DEAD)).isTrue();
            });
        }

        @Test
        @DisplayName("our direction only, while the connection goes on: once, and a second time does nothing")
        void direction() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);

            locked(c.c, () -> {
                Close.mptcp_sub_close(sub, 0);
                assertThat(sub.sk_shutdown).isEqualTo(SEND_SHUTDOWN);
                Close.mptcp_sub_close(sub, 0);
            });
            c.run(30);

            assertThat(sub.closing).isFalse();
            assertThat(sub.sk_shutdown).isEqualTo(SEND_SHUTDOWN);
            assertThat(c.wire().stream().filter(l -> l.contains("c>s FA"))).hasSize(1);
        }

        @Test
        @DisplayName("a delay as long as the one that was set before begins anew")
        void same_delay() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);
            locked(c.c, () -> {
                Close.mptcp_sub_close(sub, 200);
                int refs = sub.skc_refcnt;
                Close.mptcp_sub_close(sub, 200);
                assertThat(sub.skc_refcnt).isEqualTo(refs);
                assertThat(sub.mptcp.work.timer.expires).isEqualTo(jiffies + 200);
                Close.mptcp_sub_close(sub, 0);
            });
        }
    }

    @Nested
    class mptcp_sub_force_close {
        @Test
        @DisplayName("ends the subflow without a packet")
        void silent() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);

            locked(c.c, () -> Close.mptcp_sub_force_close(sub));

            assertThat(sub.mp_killed).isTrue();
            assertThat(sub.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(c.c.mpcb.cnt_subflows).isOne();
            assertThat(c.wire()).isEmpty();
        }
    }

    @Nested
    class mptcp_update_sndbuf {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("mptcp_meta_aggregates", row -> {
                MptcpSockets c = FunctionsTest.aggregates(row);

                Close.mptcp_update_sndbuf(c.mpcb);

                assertThat(c.meta.sk_sndbuf).as(row.toString()).isEqualTo(row.i32("out.meta.sk_sndbuf"));
            });
        }

        @Test
        @DisplayName("wakes the writers of the connection only when there is more room")
        void wakes() {
            b = new MptcpSockets(1);
            List<sock> woken = new ArrayList<>();
            b.meta.sk_write_space = woken::add;
            b.meta.sk_sndbuf = b.sub(0).sk_sndbuf = 10_000;

            Close.mptcp_update_sndbuf(b.mpcb);
            assertThat(woken).isEmpty();

            b.sub(0).sk_sndbuf = 20_000;
            Close.mptcp_update_sndbuf(b.mpcb);
            assertThat(woken).containsExactly(b.meta);
        }

        @Test
        @DisplayName("to the byte as large as the sysctl allows; a sum beyond 2 GB counts as more than that")
        void limit() {
            b = new MptcpSockets(2);
            b.meta.sk_sndbuf = 10_000;
            b.sub(0).sk_sndbuf = sysctl_tcp_wmem[2] - 1000;
            b.sub(1).sk_sndbuf = 1000;
            Close.mptcp_update_sndbuf(b.mpcb);
            assertThat(b.meta.sk_sndbuf).isEqualTo(sysctl_tcp_wmem[2]);

            b.meta.sk_sndbuf = 10_000;
            b.sub(0).sk_sndbuf = 0;
            b.sub(1).sk_sndbuf = 0;
            Close.mptcp_update_sndbuf(b.mpcb);
            assertThat(b.meta.sk_sndbuf).as("never less than before").isEqualTo(10_000);
        }
    }

    @Nested
    class mptcp_close {
        @Test
        @DisplayName("a DATA_FIN goes out, and nobody finds the connection by its token any more")
        void data_fin() {
            connection(2);
            int token = c.c.mptcp_loc_token;

            c.closeClient();

            assertThat(mptcp_hash_find(c.client, token)).isNull();
            assertThat(c.c.skc_state).isEqualTo(TCP_FIN_WAIT1);
            assertThat(sock_flag(c.c, SOCK_DEAD)).isTrue();
            assertThat(c.c.mpcb.connection_list.sk_socket).isNull();
            c.run(30);
            assertThat(c.wire().get(0)).contains("dlen 1 csum FIN");
        }

        @Test
        @DisplayName("data that nobody has read: MP_FASTCLOSE, and the peer gets -ECONNRESET")
        void unread() {
            connection(1);
            c.send(100);
            c.run(50);
            c.wire();

            c.closeServer();
            c.run(50);

            assertThat(c.wire().toString()).contains("mp_fastclose");
            assertThat(c.server.mib.net_statistics[LINUX_MIB_TCPABORTONCLOSE]).isOne();
            assertThat(MptcpConnection.recv(c.clientFd)).isEqualTo(-ECONNRESET);
        }

        @Test
        @DisplayName("SO_LINGER of 0: the connection is dropped")
        void linger() {
            connection(2);
            sock_set_flag(c.c, SOCK_LINGER);
            c.c.sk_lingertime = 0;

            c.closeClient();
            c.run(100);

            assertThat(c.client.mib.net_statistics[LINUX_MIB_TCPABORTONDATA]).isOne();
            assertThat(c.c.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(liveSockets()).noneMatch(sk -> sk.skc_net == c.client && sk.skc_state == TCP_ESTABLISHED);
        }

        @Test
        @DisplayName("after shutdown() and the peer's DATA_ACK the subflows are closed; at once if we closed first")
        void after_shutdown() {
            connection(2);
            sys_shutdown(c.clientFd, SHUT_WR);
            c.run(100);
            assertThat(c.c.skc_state).isEqualTo(TCP_FIN_WAIT2);
            tcp_sock sub = subflow(c.c, 2);

            c.closeClient();

            assertThat(sub.skc_state).isIn(TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_CLOSE);
        }

        @Test
        @DisplayName("who closes second leaves it to the peer to close subflows first, for eight RTOs")
        void passive() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);
            c.c.skc_state = TCP_FIN_WAIT2;
            c.c.mpcb.passive_close = true;

            c.closeClient();

            assertThat(sub.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(delayed_work_pending(sub.mptcp.work)).isTrue();
            c.run(9 * sub.icsk_rto);
            assertThat(sub.skc_state).isNotEqualTo(TCP_ESTABLISHED);
        }

        @Test
        @DisplayName("a connection that was reset already is only freed")
        void reset() {
            connection(1);
            softirq(c.s, () -> c.s.send_active_reset.call(c.s, GFP_ATOMIC));
            c.run(100);
            assertThat(c.c.skc_state).isEqualTo(TCP_CLOSE);
            c.wire();

            c.closeClient();
            c.run(100);

            assertThat(c.wire()).isEmpty();
        }

        @ParameterizedTest
        @CsvSource({"-1, true", "5000, false", "60000, false"})
        @DisplayName("in FIN_WAIT2 with nothing to wait for: TCP_LINGER2 below 0 ends the connection, else a timer does")
        void linger2(int linger2, boolean at_once) {
            connection(1);
            sys_shutdown(c.clientFd, SHUT_WR);
            c.run(100);
            c.c.linger2 = linger2;

            c.closeClient();

            assertThat(c.client.mib.net_statistics[LINUX_MIB_TCPABORTONLINGER]).isEqualTo(at_once ? 1 : 0);
            assertThat(c.c.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("with too many orphans the connection is dropped")
        void orphans() {
            connection(1);
            sysctl_tcp_max_orphans = 0;

            c.closeClient();

            assertThat(c.client.mib.net_statistics[LINUX_MIB_TCPABORTONMEMORY]).isOne();
            assertThat(c.c.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("a DATA_FIN that nobody has read is no data: no reset")
        void only_data_fin() {
            connection(1);
            c.closeServer();
            c.run(100);
            assertThat(c.c.skc_state).isEqualTo(TCP_CLOSE_WAIT);
            c.wire();

            c.closeClient();
            c.run(100);

            assertThat(c.client.mib.net_statistics[LINUX_MIB_TCPABORTONCLOSE]).isZero();
            assertThat(c.wire().toString()).doesNotContain("fastclose");
        }

        @Test
        @DisplayName("data and the DATA_FIN behind them: the data count")
        void data_and_data_fin() {
            connection(1);
            c.reply(1);
            c.closeServer();
            c.run(100);

            c.closeClient();

            assertThat(c.client.mib.net_statistics[LINUX_MIB_TCPABORTONCLOSE]).isOne();
        }

        @Test
        @DisplayName("joins that wait for their third ACK go with it, and the memory")
        void requests() {
            connection(1);
            c.c.sk_forward_alloc += 2 * PAGE_SIZE;
            tcp_memory_allocated.val += 2;

            c.closeClient();

            assertThat(c.c.icsk_accept_queue.listen_opt).isNull();
            assertThat(c.c.sk_forward_alloc).isLessThan(PAGE_SIZE);
        }

        @Test
        @DisplayName("SO_LINGER: waits until the peer has acknowledged the DATA_FIN, but not longer than that time")
        void lingers() {
            connection(1);
            sock_set_flag(c.c, SOCK_LINGER);
            c.c.sk_lingertime = 5000;
            c.send(1000);
            long began = jiffies;

            c.closeClient();

            assertThat(jiffies - began).isBetween(20L, 1000L);
            assertThat(c.c.skc_state).isNotEqualTo(TCP_FIN_WAIT1);
        }

        @Test
        @DisplayName("reset already: the subflows that are left go, but for one that repeats MP_FASTCLOSE")
        void reset_with_subflows() {
            connection(3);
            tcp_sock one = subflow(c.c, 2);
            tcp_sock other = subflow(c.c, 3);
            locked(c.c, () -> {
                tcp_set_state(c.c, TCP_CLOSE);
                other.send_mp_fclose = true;
            });

            c.closeClient();

            assertThat(one.skc_state).isNotEqualTo(TCP_ESTABLISHED);
            assertThat(other.skc_state).isEqualTo(TCP_ESTABLISHED);
            other.send_mp_fclose = false;
            locked(c.s, () -> c.s.send_active_reset.call(c.s, GFP_ATOMIC));
            c.run(1000);
        }

        @Test
        @DisplayName("in FIN_WAIT2 for longer than a TIME_WAIT: the first part of it as a socket, with a timer")
        void long_linger2() {
            connection(1);
            sys_shutdown(c.clientFd, SHUT_WR);
            c.run(100);
            c.c.linger2 = 100_000;

            c.closeClient();

            assertThat(c.c.skc_state).isEqualTo(TCP_FIN_WAIT2);
            assertThat(c.c.sk_timer.expires - jiffies).isBetween(40_000L, 40_200L);
        }

        @Test
        @DisplayName("too many orphans: MP_FASTCLOSE, and the log says why")
        void orphans_fastclose() {
            connection(1);
            sysctl_tcp_max_orphans = 0;
            c.closeClient();
            c.run(15);
            assertThat(c.wire().toString()).contains("fastclose");
            assertThat(dmesg()).anyMatch(l -> l.toString().contains("too many of orphaned sockets"));
        }

        @ParameterizedTest
        @CsvSource({"true, false, true", "true, true, false", "false, false, false"})
        @DisplayName("fallen back and without a subflow: nobody would ever finish it, so it ends at once; else it lives on")
        void fallen_back(boolean fallback, boolean subflow, boolean ends) {
            connection(1);
            c.send(1000);
            if (!subflow) {
                locked(c.c, () -> mptcp_sub_force_close(c.c.mpcb.connection_list));
            }
            c.c.mpcb.infinite_mapping_rcv = fallback;

            c.closeClient();

            assertThat(c.c.skc_state == TCP_CLOSE).isEqualTo(ends);
            c.c.mpcb.infinite_mapping_rcv = false;
        }
    }

    @Nested
    class mptcp_disconnect {
        @Test
        @DisplayName("the subflows are gone, and the socket is plain TCP and may connect again")
        void plain() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);

            lock_sock(c.c);
            Close.mptcp_disconnect(c.c);
            release_sock(c.c);
            c.run(1);

            assertThat(mptcp(c.c)).isFalse();
            assertThat(c.c.was_meta_sk).isTrue();
            assertThat(sub.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(mptcp_hash_find(c.client, c.c.mptcp_loc_token)).isNull();
            assertThat(c.c.icsk_accept_queue.listen_opt).isNull();
        }

        @Test
        @DisplayName("what was to be sent again goes, and the timer of joins; subflows are no subflows any more")
        void rest() {
            connection(2);
            tcp_sock sub = subflow(c.c, 2);
            sk_buff skb = Skbs.linear(10);
            skb_queue_tail(c.c.mpcb.reinject_queue, skb);
            sk_reset_timer(c.c, c.c.mpcb.synack_timer, jiffies + 10_000);
            var functions = c.c.__select_window;

            lock_sock(c.c);
            Close.mptcp_disconnect(c.c);
            release_sock(c.c);

            assertThat(c.c.mpcb.reinject_queue.qlen).isZero();
            assertThat(timer_pending(c.c.mpcb.synack_timer)).isFalse();
            assertThat(mptcp(sub)).isFalse();
            assertThat(c.c.mpcb.connection_list).isNull();
            assertThat(c.c.__select_window).isNotSameAs(functions);
        }
    }
}
