// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Data.skb_trim;
import static linux.skbuff.Dst.skb_dst;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Headers.skb_set_transport_header;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_UNNECESSARY;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.FileCalls.sys_fcntl;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.tcp.Header.tcp_hdr;
import static linux.workqueue.Workqueue.queued;
import static mptcp_ctrl.Close.mptcp_sub_close;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.rt_genid_bump_ipv4;
import static net.sock.Lock.bh_lock_sock;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Sysctls.sysctl_tcp_low_latency;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static route.Input.ip_route_input_noref;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.HOST;
import static testing.ScriptedPeer.PEER;
import static testing.ScriptedPeer.PSH;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.sk;
import static uapi.linux.fcntl.Fcntl.F_SETFL;
import static uapi.linux.if_packet.IfPacket.PACKET_BROADCAST;
import static uapi.linux.if_packet.IfPacket.PACKET_OTHERHOST;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPBACKLOGDROP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDIRECTCOPYFROMPREQUEUE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPMINTTLDROP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPPREQUEUED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPPREQUEUEDROPPED;
import static uapi.linux.snmp.Snmp.TCP_MIB_CSUMERRORS;
import static uapi.linux.snmp.Snmp.TCP_MIB_INERRS;
import static uapi.linux.snmp.Snmp.TCP_MIB_INSEGS;

import linux.init.Machine;
import linux.jiffies.Jiffies;
import linux.sched.Sched;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import linux.types.Be;
import net.dst.dst_entry;
import net.sock.sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.MptcpPeer;
import testing.ScriptedPeer;

@KernelTest
class ReceiveTest {
    private ScriptedPeer peer;

    @BeforeEach
    void begin() {
        peer = new ScriptedPeer();
    }

    @AfterEach
    void end() {
        peer.end();
    }

    private MptcpPeer mptcp;

    private MptcpPeer mptcp() {
        peer.end();
        Machine.boot();
        mptcp = new MptcpPeer();
        peer = mptcp.wire;
        return mptcp;
    }

    private static long mib(int field) {
        return init_net.mib.net_statistics[field];
    }

    private static long tcpMib(int field) {
        return init_net.mib.tcp_statistics[field];
    }

    /** As {@code ip_rcv_finish} sees it: not routed yet. */
    private sk_buff arrived(int flags, byte... payload) {
        sk_buff skb = peer.segment(flags, payload);
        skb.dev = peer.nic.dev;
        skb.skb_iif = peer.nic.dev.ifindex;
        skb_set_transport_header(skb, ip_hdr(skb).ihl() * 4);
        return skb;
    }

    /** As {@code tcp_v4_rcv} gets it. */
    private sk_buff routed(int flags, byte... payload) {
        sk_buff skb = arrived(flags, payload);
        local_bh_disable();
        assertThat(ip_route_input_noref(skb, Ipv4.ip(HOST), Ipv4.ip(PEER), 0, peer.nic.dev)).isZero();
        local_bh_enable();
        skb_pull(skb, ip_hdr(skb).ihl() * 4);
        skb_reset_transport_header(skb);
        return skb;
    }

    /** As {@code tcp_v4_do_rcv} gets it. */
    private sk_buff checked(int flags, byte... payload) {
        sk_buff skb = routed(flags, payload);
        TCP_SKB_CB(skb).seq = peer.seq;
        TCP_SKB_CB(skb).end_seq = peer.seq + payload.length;
        TCP_SKB_CB(skb).ack_seq = peer.ack;
        skb.ip_summed = CHECKSUM_UNNECESSARY;
        return skb;
    }

    @Nested
    class tcp_v4_do_rcv {
        private void rcv(sock sk, sk_buff skb) {
            local_bh_disable();
            bh_lock_sock(sk);
            assertThat(Receive.tcp_v4_do_rcv(sk, skb)).isZero();
            bh_unlock_sock(sk);
            local_bh_enable();
        }

        @Test
        @DisplayName("an established connection takes the segment")
        void established() {
            tcp_sock tp = sk(peer.accepted());

            rcv(tp, checked(ACK | PSH, new byte[7]));

            assertThat(tp.rcv_nxt).isEqualTo(peer.seq + 7);
            assertThat(tp.sk_rx_dst).isNotNull();
        }

        @Test
        @DisplayName("one that came by another device makes it forget the input route")
        void other_device() {
            tcp_sock tp = sk(peer.accepted());
            tp.rx_dst_ifindex++;

            rcv(tp, checked(ACK | PSH, new byte[7]));

            assertThat(tp.rcv_nxt).isEqualTo(peer.seq + 7);
            // The slow path has taken the one of this segment.
            assertThat(tp.rx_dst_ifindex).isEqualTo(peer.nic.dev.ifindex);
        }

        @Test
        @DisplayName("a route that is not valid any more is forgotten")
        void stale_route() {
            tcp_sock tp = sk(peer.accepted());
            dst_entry was = tp.sk_rx_dst;
            rt_genid_bump_ipv4(init_net);

            rcv(tp, checked(ACK | PSH, new byte[7]));

            assertThat(tp.sk_rx_dst).isNotSameAs(was);
        }

        @Test
        @DisplayName("before a connection is established the checksum is looked at here")
        void checksum() {
            int fd = peer.open();
            peer.connect(fd);
            peer.hostPort = peer.next().source();
            sk_buff skb = checked(RST | ACK);
            skb.ip_summed = CHECKSUM_NONE;
            skb.csum = 1;

            rcv(sk(fd), skb);

            assertThat(tcpMib(TCP_MIB_CSUMERRORS)).isEqualTo(1);
            assertThat(tcpMib(TCP_MIB_INERRS)).isEqualTo(1);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_SYN_SENT);
        }

        @Test
        @DisplayName("so is whether the header is all there")
        void header() {
            int fd = peer.open();
            peer.connect(fd);
            peer.hostPort = peer.next().source();
            sk_buff skb = checked(RST | ACK);
            tcp_hdr(skb).doff(15);

            rcv(sk(fd), skb);

            assertThat(tcpMib(TCP_MIB_INERRS)).isEqualTo(1);
            assertThat(sk(fd).skc_state).isEqualTo(TCP_SYN_SENT);
        }

        @Test
        @DisplayName("an ACK of something that was never sent is answered with a RST")
        void reset() {
            int fd = peer.open();
            peer.connect(fd);
            peer.hostPort = peer.next().source();
            peer.ack = 77;

            rcv(sk(fd), checked(ACK));

            ScriptedPeer.Segment rst = peer.next();
            assertThat(rst.flags()).isEqualTo(RST);
            assertThat(rst.seq()).isEqualTo(77);
        }

        @Test
        @DisplayName("a listener gives the third ACK to the connection that it makes")
        void third_ack() {
            int l = peer.listener(80);
            peer.options = ScriptedPeer.MSS_OPTION;
            peer.send(SYN);
            peer.options = new byte[0];
            peer.ack = peer.next().seq() + 1;

            rcv(sk(l), checked(ACK));

            assertThat(sk(peer.accept(l)).skc_state).isEqualTo(TCP_ESTABLISHED);
        }

        @Test
        @DisplayName("and a bad third ACK is answered with a RST by it")
        void bad_third_ack() {
            int l = peer.listener(80);
            peer.options = ScriptedPeer.MSS_OPTION;
            peer.send(SYN);
            peer.options = new byte[0];
            peer.ack = peer.next().seq() + 5;

            rcv(sk(l), checked(ACK));

            assertThat(peer.next().seq()).isEqualTo(peer.ack);
            assertThat(sk(l).sk_ack_backlog).isZero();
        }
    }

    @Nested
    class tcp_v4_early_demux {
        @Test
        @DisplayName("finds the connection and the route of its last segment, without a reference to the route")
        void found() {
            tcp_sock tp = sk(peer.accepted());
            sk_buff skb = arrived(ACK);
            int refs = tp.skc_refcnt;

            Receive.tcp_v4_early_demux(skb);

            assertThat(skb.sk).isSameAs(tp);
            assertThat(tp.skc_refcnt).isEqualTo(refs + 1);
            assertThat(skb_dst(skb)).isSameAs(tp.sk_rx_dst);
            assertThat(skb._skb_dst_noref).isTrue();
            kfree_skb(skb);
            assertThat(tp.skc_refcnt).isEqualTo(refs);
        }

        @Test
        @DisplayName("by another device the route is looked up as ever")
        void other_device() {
            tcp_sock tp = sk(peer.accepted());
            tp.rx_dst_ifindex++;
            sk_buff skb = arrived(ACK);

            Receive.tcp_v4_early_demux(skb);

            assertThat(skb.sk).isSameAs(tp);
            assertThat(skb_dst(skb)).isNull();
            tp.rx_dst_ifindex--;
            kfree_skb(skb);
        }

        @Test
        @DisplayName("so it is when the old one is not valid any more")
        void stale() {
            sk(peer.accepted());
            rt_genid_bump_ipv4(init_net);
            sk_buff skb = arrived(ACK);

            Receive.tcp_v4_early_demux(skb);

            assertThat(skb.sk).isNotNull();
            assertThat(skb_dst(skb)).isNull();
            kfree_skb(skb);
        }

        @ParameterizedTest(name = "{0}")
        @CsvSource({"broadcast", "short", "doff", "nobody"})
        @DisplayName("nothing for broadcasts, for what is no TCP header, and for strangers")
        void not_found(String why) {
            peer.accepted();
            if (why.equals("nobody")) {
                peer.port++;
            }
            sk_buff skb = arrived(ACK);
            switch (why) {
                case "broadcast":
                    skb.pkt_type = PACKET_BROADCAST;
                    break;
                case "short":
                    skb_trim(skb, 39);
                    break;
                case "doff":
                    tcp_hdr(skb).doff(4);
                    break;
                default:
                    break;
            }

            Receive.tcp_v4_early_demux(skb);

            assertThat(skb.sk).isNull();
            assertThat(skb_dst(skb)).isNull();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("what is in TIME_WAIT is found later")
        void time_wait() {
            int fd = peer.accepted();
            sys_close(fd);
            peer.ack++;
            peer.send(FIN | ACK);
            sk_buff skb = arrived(ACK);

            Receive.tcp_v4_early_demux(skb);

            assertThat(skb.sk).isNull();
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_prequeue {
        private tcp_sock waiting() {
            tcp_sock tp = sk(peer.accepted());
            tp.ucopy.task = Sched.current;
            return tp;
        }

        private void done(tcp_sock tp) {
            tp.ucopy.task = null;
            __skb_queue_purge(tp.ucopy.prequeue);
            tp.ucopy.memory = 0;
        }

        @Test
        @DisplayName("a segment with data waits for the reader; the first one starts the timer of delayed ACKs")
        void queued() {
            tcp_sock tp = waiting();
            tp.icsk_ack.pending = 0;
            sk_buff skb = checked(ACK, new byte[10]);

            assertThat(Receive.tcp_prequeue(tp, skb)).isTrue();

            assertThat(tp.ucopy.prequeue.qlen).isEqualTo(1);
            assertThat(tp.ucopy.memory).isEqualTo(skb.truesize);
            assertThat(tp.rcv_nxt).isEqualTo(peer.seq);
            assertThat(skb._skb_dst_noref).isFalse();
            assertThat(tp.icsk_ack.timeout - Jiffies.jiffies).isEqualTo(150);
            done(tp);
        }

        @Test
        @DisplayName("a bare ACK does not, unless others wait already")
        void bare_ack() {
            tcp_sock tp = waiting();
            sk_buff ack = checked(ACK);
            assertThat(Receive.tcp_prequeue(tp, ack)).isFalse();

            assertThat(Receive.tcp_prequeue(tp, checked(ACK, new byte[10]))).isTrue();
            assertThat(Receive.tcp_prequeue(tp, ack)).isTrue();
            assertThat(tp.ucopy.prequeue.qlen).isEqualTo(2);
            done(tp);
        }

        @Test
        @DisplayName("nor does anything without a reader, or with tcp_low_latency")
        void nobody_waits() {
            tcp_sock tp = waiting();
            sk_buff skb = checked(ACK, new byte[10]);
            sysctl_tcp_low_latency = 1;
            assertThat(Receive.tcp_prequeue(tp, skb)).isFalse();

            sysctl_tcp_low_latency = 0;
            tp.ucopy.task = null;
            assertThat(Receive.tcp_prequeue(tp, skb)).isFalse();
            kfree_skb(skb);
        }

        @Test
        @DisplayName("more than the receive buffer holds is processed at once")
        void too_much() {
            tcp_sock tp = waiting();
            assertThat(Receive.tcp_prequeue(tp, checked(ACK, new byte[10]))).isTrue();
            peer.seq += 10;
            tp.sk_rcvbuf = tp.ucopy.memory + 1;
            sk_buff skb = checked(ACK, new byte[10]);
            local_bh_disable();
            bh_lock_sock(tp);

            assertThat(Receive.tcp_prequeue(tp, skb)).isTrue();

            bh_unlock_sock(tp);
            local_bh_enable();
            assertThat(tp.ucopy.prequeue.qlen).isZero();
            assertThat(tp.ucopy.memory).isZero();
            assertThat(mib(LINUX_MIB_TCPPREQUEUEDROPPED)).isEqualTo(2);
            assertThat(tp.rcv_nxt).isNotEqualTo(peer.seq - 10);
            done(tp);
        }

        @Test
        @DisplayName("a reader who sleeps is woken, and finds the data")
        void wakes() {
            int fd = peer.accepted();
            tcp_sock tp = sk(fd);
            assertThat(sys_fcntl(fd, F_SETFL, 0)).isZero();
            int[] got = {0};
            ScriptedPeer.task("reader", () -> got[0] = sys_recv(fd, new byte[100], 0, 100, 0));
            Sched.msleep(1);
            assertThat(tp.ucopy.task).isNotNull();

            peer.send(ACK | PSH, new byte[42]);
            assertThat(tp.ucopy.prequeue.qlen).isEqualTo(1);
            Sched.msleep(1);

            assertThat(got[0]).isEqualTo(42);
            assertThat(mib(LINUX_MIB_TCPPREQUEUED)).isEqualTo(1);
            assertThat(mib(LINUX_MIB_TCPDIRECTCOPYFROMPREQUEUE)).isEqualTo(42);
        }
    }

    @Nested
    class tcp_v4_rcv {
        private void rcv(sk_buff skb) {
            local_bh_disable();
            assertThat(Receive.tcp_v4_rcv(skb)).isZero();
            local_bh_enable();
        }

        @Test
        @DisplayName("what is for somebody else is not even counted")
        void other_host() {
            sk_buff skb = routed(SYN);
            skb.pkt_type = PACKET_OTHERHOST;

            rcv(skb);

            assertThat(tcpMib(TCP_MIB_INSEGS)).isZero();
            assertThat(peer.rest()).isEmpty();
        }

        @ParameterizedTest(name = "{0} bytes, doff {1}: {2} errors")
        @CsvSource({"19, 5, 0", "20, 4, 1", "20, 6, 0"})
        @DisplayName("a header that is not all there is counted; it is an error if it says itself that it is too short")
        void bad_header(int len, int doff, int errors) {
            sk_buff skb = routed(SYN);
            tcp_hdr(skb).doff(doff);
            skb_trim(skb, len);

            rcv(skb);

            assertThat(tcpMib(TCP_MIB_INSEGS)).isEqualTo(1);
            assertThat(tcpMib(TCP_MIB_INERRS)).isEqualTo(errors);
            assertThat(peer.rest()).isEmpty();
        }

        @Test
        @DisplayName("a wrong checksum is an error, whoever it is for")
        void bad_checksum() {
            peer.listener(80);
            sk_buff skb = routed(SYN);
            tcp_hdr(skb).check(tcp_hdr(skb).check() ^ 1);

            rcv(skb);

            assertThat(tcpMib(TCP_MIB_CSUMERRORS)).isEqualTo(1);
            assertThat(tcpMib(TCP_MIB_INERRS)).isEqualTo(1);
            assertThat(peer.rest()).isEmpty();
        }

        @Test
        @DisplayName("a long segment is summed up later; without a socket, here")
        void long_segment() {
            sk_buff skb = routed(ACK, new byte[200]);
            skb.head[skb.data + 100] ^= 1;

            rcv(skb);

            assertThat(tcpMib(TCP_MIB_CSUMERRORS)).isEqualTo(1);
            assertThat(peer.rest()).isEmpty();
        }

        @Test
        @DisplayName("what nobody wants is answered with a RST")
        void nobody() {
            rcv(routed(SYN));

            assertThat(peer.next().is(RST | ACK)).isTrue();
        }

        @Test
        @DisplayName("the control block gets sequence numbers, SYN and FIN included, and the TOS")
        void control_block() {
            tcp_sock tp = sk(peer.accepted());
            peer.tos = 2;
            lock_sock(tp);
            sk_buff skb = routed(ACK | FIN, new byte[5]);

            rcv(skb);

            assertThat(TCP_SKB_CB(skb).seq).isEqualTo(peer.seq);
            assertThat(TCP_SKB_CB(skb).end_seq).isEqualTo(peer.seq + 6);
            assertThat(TCP_SKB_CB(skb).ack_seq).isEqualTo(peer.ack);
            assertThat(TCP_SKB_CB(skb).ip_dsfield).isEqualTo(2);
            assertThat(tp.sk_backlog.head).isSameAs(skb);
            release_sock(tp);
            assertThat(tp.rcv_nxt).isEqualTo(peer.seq + 6);
        }

        @Test
        @DisplayName("IP_MINTTL: what comes from farther away is not taken")
        void min_ttl() {
            tcp_sock tp = sk(peer.accepted());
            tp.min_ttl = 255;

            peer.send(ACK | PSH, new byte[5]);
            assertThat(mib(LINUX_MIB_TCPMINTTLDROP)).isEqualTo(1);
            assertThat(tp.rcv_nxt).isEqualTo(peer.seq - 5);

            peer.seq -= 5;
            peer.ttl = 255;
            peer.send(ACK | PSH, new byte[5]);
            assertThat(tp.rcv_nxt).isEqualTo(peer.seq);
        }

        @Test
        @DisplayName("while a system call owns the socket segments wait in the backlog, up to what both buffers hold")
        void backlog() {
            tcp_sock tp = sk(peer.accepted());
            int rcvbuf = tp.sk_rcvbuf;
            int sndbuf = tp.sk_sndbuf;
            tp.sk_rcvbuf = 100;
            tp.sk_sndbuf = 100;
            lock_sock(tp);

            peer.send(ACK | PSH, new byte[5]);
            assertThat(mib(LINUX_MIB_TCPBACKLOGDROP)).isZero();
            peer.send(ACK | PSH, new byte[5]);
            assertThat(mib(LINUX_MIB_TCPBACKLOGDROP)).isEqualTo(1);

            tp.sk_rcvbuf = rcvbuf;
            tp.sk_sndbuf = sndbuf;
            release_sock(tp);
            assertThat(tp.rcv_nxt).isEqualTo(peer.seq - 5);
        }

        /** The host has closed first and waits. */
        private int timeWait() {
            int l = peer.listener(80);
            peer.handshake(ScriptedPeer.SYN_OPTIONS);
            peer.options = timestamps(101);
            sys_close(peer.accept(l));
            peer.rest();
            peer.ack++;
            peer.send(FIN | ACK);
            assertThat(peer.next().is(ACK)).isTrue();
            return l;
        }

        private byte[] timestamps(int val) {
            byte[] b = {1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0};
            Be.put32(b, 4, val);
            return b;
        }

        @Test
        @DisplayName("in TIME_WAIT the FIN that comes once more is acknowledged once more")
        void time_wait_ack() {
            timeWait();
            peer.seq--;

            peer.send(FIN | ACK);

            ScriptedPeer.Segment ack = peer.next();
            assertThat(ack.is(ACK)).isTrue();
            assertThat(ack.ack()).isEqualTo(peer.seq);
        }

        @Test
        @DisplayName("a SYN beyond the old connection starts a new one")
        void time_wait_syn() {
            int l = timeWait();
            peer.seq += 100000;
            peer.options = ScriptedPeer.SYN_OPTIONS.clone();
            peer.options[10] = 1;

            peer.send(SYN);

            assertThat(peer.next().is(SYN | ACK)).isTrue();
            assertThat(sk(l).icsk_accept_queue.listen_opt.qlen).isEqualTo(1);
            assertThat(tcp_death_row.tw_count).isZero();
        }

        @Test
        @DisplayName("without a listener it is acknowledged like any other segment")
        void time_wait_syn_nobody() {
            int l = timeWait();
            sys_close(l);
            int end = peer.seq;
            peer.seq += 100000;
            peer.options = ScriptedPeer.SYN_OPTIONS.clone();
            peer.options[10] = 1;

            peer.send(SYN);

            ScriptedPeer.Segment ack = peer.next();
            assertThat(ack.is(ACK)).isTrue();
            assertThat(ack.ack()).isEqualTo(end);
            assertThat(tcp_death_row.tw_count).isEqualTo(1);
        }

        @Test
        @DisplayName("damaged segments do not count in TIME_WAIT")
        void time_wait_damaged() {
            timeWait();
            sk_buff skb = routed(ACK, new byte[200]);
            skb.head[skb.data + 100] ^= 1;
            rcv(skb);
            assertThat(tcpMib(TCP_MIB_CSUMERRORS)).isEqualTo(1);
            assertThat(tcpMib(TCP_MIB_INERRS)).isEqualTo(1);
            assertThat(peer.rest()).isEmpty();
            assertThat(tcp_death_row.tw_count).isEqualTo(1);
        }

        @Test
        @DisplayName("data for a connection whose reader has gone end FIN_WAIT2 with a RST")
        void fin_wait2_reset() {
            int l = peer.listener(80);
            peer.handshake(ScriptedPeer.MSS_OPTION);
            int fd = peer.accept(l);
            sys_close(fd);
            peer.rest();
            peer.ack++;
            peer.send(ACK);
            ScriptedPeer.later(1000);

            peer.send(ACK | PSH, new byte[5]);

            assertThat(peer.next().is(RST)).isTrue();
        }

        @Test
        @DisplayName("what comes by a subflow waits in the meta socket's backlog, with a note of the subflow")
        void meta_backlog() {
            MptcpPeer p = mptcp();
            tcp_sock sub = p.sub(p.first);
            lock_sock(p.meta);

            p.data(p.first, 1, "abc");

            assertThat(p.meta.sk_backlog.head.sk).isSameAs(sub);
            assertThat(sub.sk_backlog.head).isNull();
            release_sock(p.meta);
            assertThat(p.read(10)).isEqualTo("abc");
        }

        @Test
        @DisplayName("when the meta socket is owned nobody else is: the segment is processed under both locks")
        void meta_not_owned() {
            MptcpPeer p = mptcp();

            p.data(p.first, 1, "abc");

            assertThat(p.meta.sk_receive_queue.qlen).isEqualTo(1);
            assertThat(p.sub(p.first).sk_receive_queue.qlen).isZero();
        }

        @Test
        @DisplayName("subflows may join when the listener is gone")
        void join_without_listener() {
            MptcpPeer p = mptcp();
            // The descriptor before that of the connection is the listener's.
            sys_close(p.fd - 1);

            MptcpPeer.Flow second = p.join(40001, 2);

            assertThat(p.sub(second)).isNotNull();
            p.data(second, 1, "abc");
            assertThat(p.read(10)).isEqualTo("abc");
        }

        @Test
        @DisplayName("a SYN with MP_JOIN takes the place of a subflow in TIME_WAIT")
        void join_in_time_wait() {
            MptcpPeer p = mptcp();
            sys_close(p.fd - 1);
            MptcpPeer.Flow second = p.join(40001, 2);
            lock_sock(p.meta);
            mptcp_sub_close(p.sub(second), 0);
            release_sock(p.meta);
            second.ack++;
            p.send(second, ACK | FIN, new byte[0]);
            assertThat(tcp_death_row.tw_count).isEqualTo(1);
            p.sent();

            byte[] join = new byte[16];
            System.arraycopy(ScriptedPeer.MSS_OPTION, 0, join, 0, 4);
            join[4] = 30;
            join[5] = 12;
            join[6] = 0x10;
            join[7] = 3;
            Be.put32(join, 8, p.meta.mptcp_loc_token);
            second.seq += 1_000_000;
            p.send(second, SYN, join);

            ScriptedPeer.Segment synack = p.sent().get(0);
            assertThat(synack.is(SYN | ACK)).isTrue();
            assertThat(synack.ack()).isEqualTo(second.seq);
            assertThat(MptcpPeer.find(synack.options(), 1)).hasSize(16);
        }

        @Test
        @DisplayName("a SYN with MP_JOIN and an unknown token is refused")
        void join_of_nobody() {
            sysctl_mptcp_enabled = 1;
            peer.options = new byte[] {2, 4, 5, (byte) 0xb4, 30, 12, 0x10, 1, 1, 2, 3, 4, 5, 6, 7, 8};

            peer.send(SYN);

            assertThat(peer.next().is(RST | ACK)).isTrue();
        }
    }
}
