// SPDX-License-Identifier: GPL-2.0-only
package tcp_ipv4;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.tcp.Header.tcp_hdr;
import static net.checksum.Csum.csum_partial;
import static net.net_namespace.NetNs.init_net;
import static net.tcp.Checksum.tcp_v4_check;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static org.assertj.core.api.Assertions.assertThat;
import static route.Input.ip_route_input_noref;
import static scenario.World.device;
import static testing.MptcpConnection.subflow;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.HOST;
import static testing.ScriptedPeer.PEER;
import static testing.ScriptedPeer.RST;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.snmp.Snmp.TCP_MIB_OUTRSTS;
import static uapi.linux.snmp.Snmp.TCP_MIB_OUTSEGS;

import java.util.Arrays;
import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import linux.tcp.tcp_timewait_sock;
import linux.types.Be;
import net.mptcp.mptcp_tw;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;
import testing.ScriptedPeer;
import testing.Vectors;
import uapi.linux.tcp.tcphdr;

@KernelTest
class SendTest {
    private ScriptedPeer peer;

    @BeforeEach
    void begin() {
        peer = new ScriptedPeer();
    }

    @AfterEach
    void end() {
        peer.end();
    }

    /** A segment of the peer as {@code tcp_v4_rcv} gets it: routed, and its data begin with the TCP header. */
    private sk_buff routed(int flags, byte... payload) {
        sk_buff skb = peer.segment(flags, payload);
        skb.dev = peer.nic.dev;
        skb.skb_iif = peer.nic.dev.ifindex;
        local_bh_disable();
        assertThat(ip_route_input_noref(skb, Ipv4.ip(HOST), Ipv4.ip(PEER), 0, peer.nic.dev)).isZero();
        local_bh_enable();
        skb_pull(skb, ip_hdr(skb).ihl() * 4);
        skb_reset_transport_header(skb);
        return skb;
    }

    @Nested
    class __tcp_v4_send_check {
        @Test
        @DisplayName("sums up header, payload and pseudo header as the real kernel does")
        void vectors() {
            Vectors.each("tcp_segment_checksum", row -> {
                byte[] b = row.bytes("in.segment_with_zero_checksum");
                sk_buff skb = alloc_skb(b.length + 60, GFP_KERNEL);
                skb_put(skb, b.length);
                System.arraycopy(Arrays.copyOf(b, b.length + 60), 0, skb.head, 0, b.length + 60);
                skb_reset_transport_header(skb);
                tcphdr th = tcp_hdr(skb);
                // The bytes are random: a header that ends behind them goes on with zeros, which do not count. What
                // the payload sums up to, TCP knows already.
                int hlen = Math.min(th.doff() * 4, b.length);
                skb.csum = csum_partial(skb.head, hlen, b.length - hlen, 0);

                Send.__tcp_v4_send_check(skb, row.be32("in.saddr"), row.be32("in.daddr"));

                assertThat(th.check()).as("%s", row).isEqualTo(row.be32("out.checksum_wire"));
                kfree_skb(skb);
            });
        }

        @Test
        @DisplayName("with checksum offload leaves the sum of the pseudo header, and says where it belongs")
        void offload() {
            sk_buff skb = peer.segment(ACK, new byte[100]);
            skb_pull(skb, 20);
            skb_reset_transport_header(skb);
            skb.ip_summed = CHECKSUM_PARTIAL;

            Send.__tcp_v4_send_check(skb, 0x0a000001, 0x0a000002);

            assertThat(tcp_hdr(skb).check()).isEqualTo(~tcp_v4_check(120, 0x0a000001, 0x0a000002, 0) & 0xffff);
            assertThat(skb.csum_start).isEqualTo(skb.transport_header);
            assertThat(skb.csum_offset).isEqualTo(16);
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_v4_send_check {
        @Test
        @DisplayName("takes the addresses of the socket")
        void addresses() {
            tcp_sock tp = new tcp_sock();
            tp.inet_saddr = Ipv4.ip(PEER);
            tp.skc_daddr = Ipv4.ip(HOST);
            sk_buff skb = peer.segment(ACK);
            skb_pull(skb, 20);
            skb_reset_transport_header(skb);
            int right = tcp_hdr(skb).check();
            tcp_hdr(skb).check(0);

            Send.tcp_v4_send_check(tp, skb);

            assertThat(tcp_hdr(skb).check()).isEqualTo(right);
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_v4_send_reset {
        @Test
        @DisplayName("to a segment with an ACK: a RST where that ACK points, without an ACK of its own")
        void with_ack() {
            peer.ack = 4711;

            peer.send(ACK, new byte[10]);

            ScriptedPeer.Segment rst = peer.next();
            assertThat(rst.flags()).isEqualTo(RST);
            assertThat(rst.seq()).isEqualTo(4711);
            assertThat(rst.ack()).isZero();
            assertThat(rst.source()).isEqualTo(80);
            assertThat(rst.dest()).isEqualTo(40000);
            assertThat(rst.saddr()).isEqualTo(Ipv4.ip(HOST));
            assertThat(rst.intact()).isTrue();
            assertThat(init_net.mib.tcp_statistics[TCP_MIB_OUTRSTS]).isEqualTo(1);
            assertThat(init_net.mib.tcp_statistics[TCP_MIB_OUTSEGS]).isEqualTo(1);
        }

        @ParameterizedTest(name = "flags {0}, {1} bytes: acknowledges {2} more")
        @CsvSource({"2, 0, 1", "1, 0, 1", "0, 7, 7", "3, 5, 7"})
        @DisplayName("to a segment without one: a RST that acknowledges all of it, SYN and FIN included")
        void without_ack(int flags, int payload, int more) {
            int seq = peer.seq;

            peer.send(flags, new byte[payload]);

            ScriptedPeer.Segment rst = peer.next();
            assertThat(rst.flags()).isEqualTo(RST | ACK);
            assertThat(rst.seq()).isZero();
            assertThat(rst.ack()).isEqualTo(seq + more);
        }

        @Test
        @DisplayName("never to a RST")
        void never_to_a_reset() {
            peer.send(RST);
            peer.send(RST | ACK);

            assertThat(peer.rest()).isEmpty();
        }

        @Test
        @DisplayName("not to what was not for this machine alone")
        void not_local() {
            sk_buff skb = routed(ACK);
            skb_rtable(skb).rt_type = RTN_BROADCAST;

            Send.tcp_v4_send_reset(null, skb);

            assertThat(peer.rest()).isEmpty();
            skb_rtable(skb).rt_type = RTN_LOCAL;
            kfree_skb(skb);
        }

        @Test
        @DisplayName("the TOS is the segment's")
        void tos() {
            peer.tos = 0x10;

            peer.send(ACK);

            assertThat(peer.next().tos()).isEqualTo(0x10);
        }

        @Test
        @DisplayName("the socket tells by which device it goes")
        void device() {
            Nic other = Nic.up(init_net, "eth1", "10.0.1.1/24");
            tcp_sock tp = new tcp_sock();
            tp.skc_bound_dev_if = other.dev.ifindex;
            sk_buff skb = routed(ACK);

            Send.tcp_v4_send_reset(tp, skb);

            assertThat(peer.rest()).isEmpty();
            assertThat(other.sent).hasSize(1);
            kfree_skb(skb);
        }
    }

    @Nested
    class tcp_v4_send_ack {
        private ScriptedPeer.Segment answer(int data_ack, int tsval, int tsecr, int mptcp) {
            sk_buff skb = routed(ACK);
            Send.tcp_v4_send_ack(skb, 11, 22, data_ack, 333, tsval, tsecr, 0, 0, 4, mptcp);
            kfree_skb(skb);
            return peer.next();
        }

        @Test
        @DisplayName("a bare ACK")
        void bare() {
            ScriptedPeer.Segment ack = answer(0, 7, 0, 0);

            assertThat(ack.flags()).isEqualTo(ACK);
            assertThat(ack.source()).isEqualTo(peer.hostPort);
            assertThat(ack.dest()).isEqualTo(peer.port);
            assertThat(ack.seq()).isEqualTo(11);
            assertThat(ack.ack()).isEqualTo(22);
            assertThat(ack.window()).isEqualTo(333);
            assertThat(ack.options()).isEmpty();
            assertThat(ack.tos()).isEqualTo(4);
            assertThat(ack.intact()).isTrue();
            assertThat(init_net.mib.tcp_statistics[TCP_MIB_OUTSEGS]).isEqualTo(1);
        }

        @Test
        @DisplayName("with a timestamp to echo: timestamps")
        void timestamps() {
            assertThat(answer(0, 0x01020304, 0x05060708, 0).options())
                    .containsExactly(1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8);
        }

        @Test
        @DisplayName("for MPTCP: a DSS option with a data ACK of 32 bits")
        void dss() {
            ScriptedPeer.Segment ack = answer(0x0a0b0c0d, 7, 0, 1);

            assertThat(ack.options()).containsExactly(30, 8, 0x20, 1, 10, 11, 12, 13);
            assertThat(ack.intact()).isTrue();
        }

        @Test
        @DisplayName("and both")
        void both() {
            assertThat(answer(0x0a0b0c0d, 1, 2, 1).options())
                    .containsExactly(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 30, 8, 0x20, 1, 10, 11, 12, 13);
        }
    }

    @Nested
    class tcp_v4_timewait_ack {
        private final tcp_timewait_sock tw = new tcp_timewait_sock();

        private ScriptedPeer.Segment answer() {
            tw.tw_snd_nxt = 100;
            tw.tw_rcv_nxt = 200;
            tw.tw_rcv_wnd = 0x8000;
            tw.tw_rcv_wscale = 3;
            tw.tw_ts_offset = 5;
            tw.skc_refcnt = 2;
            sk_buff skb = routed(ACK);
            Send.tcp_v4_timewait_ack(tw, skb);
            kfree_skb(skb);
            return peer.next();
        }

        @Test
        @DisplayName("says what the connection ended with, and gives the reference back")
        void plain() {
            tw.tw_ts_recent = 9;

            ScriptedPeer.Segment ack = answer();

            assertThat(ack.seq()).isEqualTo(100);
            assertThat(ack.ack()).isEqualTo(200);
            assertThat(ack.window()).isEqualTo(0x1000);
            assertThat(Be.get32(ack.options(), 4)).isEqualTo((int) Jiffies.jiffies + 5);
            assertThat(Be.get32(ack.options(), 8)).isEqualTo(9);
            assertThat(tw.skc_refcnt).isEqualTo(1);
        }

        @ParameterizedTest(name = "connection in TIME_WAIT: {0}")
        @CsvSource({"true, 8", "false, 0"})
        @DisplayName("of a subflow: the data ACK, once the whole connection is in TIME_WAIT")
        void subflow(boolean meta_tw, int options) {
            tw.mptcp_tw = new mptcp_tw();
            tw.mptcp_tw.meta_tw = meta_tw;
            tw.mptcp_tw.rcv_nxt = 0x1_0000_0002L;

            ScriptedPeer.Segment ack = answer();

            assertThat(ack.options()).hasSize(options);
            if (meta_tw) {
                assertThat(Be.get32(ack.options(), 4)).isEqualTo(2);
            }
        }
    }

    @Nested
    class tcp_v4_reqsk_send_ack {
        private ScriptedPeer.Segment answer(tcp_sock sk) {
            tcp_request_sock req = new tcp_request_sock();
            req.snt_isn = 1000;
            req.rcv_nxt = 2000;
            req.rcv_wnd = 3000;
            req.ts_recent = 4;
            sk_buff skb = routed(ACK);
            Send.tcp_v4_reqsk_send_ack(sk, skb, req);
            kfree_skb(skb);
            return peer.next();
        }

        @Test
        @DisplayName("for a listener: our SYN counts, the window is not scaled")
        void listener() {
            tcp_sock sk = new tcp_sock();
            sk.skc_state = TCP_LISTEN;

            ScriptedPeer.Segment ack = answer(sk);

            assertThat(ack.seq()).isEqualTo(1001);
            assertThat(ack.ack()).isEqualTo(2000);
            assertThat(ack.window()).isEqualTo(3000);
            assertThat(Be.get32(ack.options(), 4)).isEqualTo((int) Jiffies.jiffies);
            assertThat(Be.get32(ack.options(), 8)).isEqualTo(4);
        }

        @Test
        @DisplayName("with Fast Open there may be data out")
        void fastopen() {
            tcp_sock sk = new tcp_sock();
            sk.skc_state = TCP_SYN_RECV;
            sk.snd_nxt = 1234;

            assertThat(answer(sk).seq()).isEqualTo(1234);
        }
    }
}
