// SPDX-License-Identifier: GPL-2.0-only
package tcp_minisocks;

import static inet_hashtables.Lookup.__inet_lookup_established;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.syscalls.FileCalls.sys_close;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_twsk;
import static linux.types.Be.put32;
import static net.mptcp.Sysctls.sysctl_mptcp_enabled;
import static net.net_namespace.NetNs.init_net;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp.Sysctls.sysctl_tcp_rfc1337;
import static net.tcp.TcpConst.TCP_TW_ACK;
import static net.tcp.TcpConst.TCP_TW_RST;
import static net.tcp.TcpConst.TCP_TW_SUCCESS;
import static net.tcp.Windows.tcp_receive_window;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_FIN_WAIT2;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.FIN;
import static testing.ScriptedPeer.HOST;
import static testing.ScriptedPeer.MSS_OPTION;
import static testing.ScriptedPeer.PEER;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.SYN;
import static testing.ScriptedPeer.later;
import static testing.ScriptedPeer.sk;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PAWSESTABREJECTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTIMEWAITOVERFLOW;

import java.util.HexFormat;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import linux.tcp.tcp_timewait_sock;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_tw;
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
import testing.Vectors;

@KernelTest
class TimeWaitTest {
    private ScriptedPeer peer;
    private int listener;

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

    private byte[] ts(int tsval) {
        byte[] b = {1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0};
        put32(b, 4, tsval);
        return b;
    }

    private int accepted(boolean timestamps) {
        listener = peer.listener(80);
        peer.handshake(timestamps ? ScriptedPeer.SYN_OPTIONS : MSS_OPTION);
        int fd = peer.accept(listener);
        peer.rest();
        if (timestamps) {
            peer.options = ts(101);
        }
        return fd;
    }

    /** The host has closed first and waits for the FIN. */
    private tcp_timewait_sock finWait2(boolean timestamps) {
        int fd = accepted(timestamps);
        sys_close(fd);
        peer.next();
        peer.ack++;
        peer.send(ACK);
        return tw();
    }

    /** Both have closed, the host first. */
    private tcp_timewait_sock timeWait(boolean timestamps) {
        finWait2(timestamps);
        peer.send(FIN | ACK);
        assertThat(peer.next().ack()).isEqualTo(peer.seq);
        tcp_timewait_sock tw = tw();
        assertThat(tw.tw_substate).isEqualTo(TCP_TIME_WAIT);
        return tw;
    }

    /** The small struct in the hash tables; null: there is none. */
    private tcp_timewait_sock tw() {
        sock_common sk = __inet_lookup_established(init_net, tcp_hashinfo, Ipv4.ip(PEER), peer.port, Ipv4.ip(HOST),
                peer.hostPort, peer.nic.dev.ifindex);
        if (sk == null) {
            return null;
        }
        tcp_timewait_sock tw = tcp_twsk(sk);
        inet_twsk_put(tw);
        return tw;
    }

    @Nested
    class tcp_in_window {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("tcp_in_window", row -> assertThat(TimeWait.tcp_in_window(row.i32("in.seq"),
                    row.i32("in.end_seq"), row.i32("in.s_win"), row.i32("in.e_win"))).as(row.toString())
                    .isEqualTo(row.bool("out.ret")));
        }

        @ParameterizedTest
        @CsvSource({
            "100, 100, true", "100, 500, true", "90, 100, false", "90, 101, true", "199, 300, true", "200, 200, true",
            "200, 201, false", "90, 300, true"
        })
        @DisplayName("any part in the window counts, the left edge always, the right one for an empty segment")
        void edges(int seq, int end_seq, boolean in) {
            assertThat(TimeWait.tcp_in_window(seq, end_seq, 100, 200)).isEqualTo(in);
        }
    }

    @Nested
    class tcp_timewait_state_process {
        @Test
        @DisplayName("FIN_WAIT2: the FIN is acknowledged, and 60 s of TIME_WAIT begin")
        void fin() {
            tcp_timewait_sock tw = finWait2(true);
            assertThat(tw.tw_substate).isEqualTo(TCP_FIN_WAIT2);
            later(30_000);

            peer.options = ts(30_101);
            peer.send(FIN | ACK);

            assertThat(peer.next().ack()).isEqualTo(peer.seq);
            assertThat(tw.tw_substate).isEqualTo(TCP_TIME_WAIT);
            assertThat(tw.tw_rcv_nxt).isEqualTo(peer.seq);
            assertThat(tw.tw_ts_recent).isEqualTo(30_101);
            later(50_000);
            assertThat(tw()).isSameAs(tw);
            later(20_000);
            assertThat(tw()).isNull();
        }

        @Test
        @DisplayName("FIN_WAIT2: data that nobody will read get a RST")
        void data() {
            finWait2(false);
            peer.send(ACK, new byte[5]);
            assertThat(peer.next().is(RST)).isTrue();
            assertThat(tw()).isNull();
        }

        @Test
        @DisplayName("FIN_WAIT2: what lies outside of the window, or is too old, gets an ACK")
        void out_of_window() {
            tcp_timewait_sock tw = finWait2(true);
            peer.seq += 10_000_000;
            peer.send(ACK, new byte[5]);
            assertThat(peer.next().ack()).isEqualTo(tw.tw_rcv_nxt);
            peer.seq = tw.tw_rcv_nxt;

            peer.options = ts(50);
            peer.send(FIN | ACK);
            assertThat(peer.next().ack()).isEqualTo(tw.tw_rcv_nxt);
            assertThat(tw.tw_substate).isEqualTo(TCP_FIN_WAIT2);
        }

        @Test
        @DisplayName("FIN_WAIT2: a RST ends it, a SYN gets one, an ACK is nothing new")
        void others() {
            finWait2(false);
            peer.send(ACK);
            assertThat(peer.rest()).isEmpty();
            assertThat(tw()).isNotNull();
            peer.send(RST);
            assertThat(tw()).isNull();
        }

        @Test
        @DisplayName("FIN_WAIT2: a SYN in the window is answered with RST")
        void syn_in_fin_wait2() {
            finWait2(false);
            peer.send(SYN | ACK);
            assertThat(peer.next().is(RST)).isTrue();
            assertThat(tw()).isNull();
        }

        @Test
        @DisplayName("TIME_WAIT: the FIN once more is acknowledged once more, and the time starts anew")
        void fin_again() {
            tcp_timewait_sock tw = timeWait(false);
            later(50_000);
            peer.seq--;
            peer.send(FIN | ACK);
            assertThat(peer.next().ack()).isEqualTo(peer.seq);
            later(50_000);
            assertThat(tw()).isSameAs(tw);
        }

        @ParameterizedTest
        @CsvSource({"0, false", "1, true"})
        @DisplayName("TIME_WAIT: a RST ends it, unless tcp_rfc1337 protects it")
        void assassination(int rfc1337, boolean lives) {
            timeWait(false);
            sysctl_tcp_rfc1337 = rfc1337;
            peer.send(RST);
            assertThat(tw() != null).isEqualTo(lives);
            assertThat(peer.rest()).isEmpty();
        }

        @Test
        @DisplayName("TIME_WAIT: a bare ACK in its place is forgotten, and prolongs the time")
        void bare_ack() {
            tcp_timewait_sock tw = timeWait(true);
            later(50_000);
            peer.options = ts(50_200);
            peer.send(ACK);
            assertThat(peer.rest()).isEmpty();
            assertThat(tw.tw_ts_recent).isEqualTo(50_200);
            later(50_000);
            assertThat(tw()).isSameAs(tw);
        }

        @Test
        @DisplayName("TIME_WAIT: a SYN with a higher number opens the connection anew, above all our old numbers")
        void reopened() {
            tcp_timewait_sock tw = timeWait(false);
            int snd_nxt = tw.tw_snd_nxt;
            peer.seq += 1000;
            peer.options = MSS_OPTION;
            peer.send(SYN);

            ScriptedPeer.Segment synack = peer.next();
            assertThat(synack.flags()).isEqualTo(SYN | ACK);
            assertThat(synack.seq()).isEqualTo(snd_nxt + 65_537);
            assertThat(tw()).isNull();
        }

        @Test
        @DisplayName("TIME_WAIT: a higher timestamp is as good as a higher number; neither: an ACK, and no more time")
        void reopened_by_timestamp() {
            tcp_timewait_sock tw = timeWait(true);
            peer.seq -= 100_000;
            peer.options = MSS_OPTION;
            later(50_000);
            peer.send(SYN);
            assertThat(peer.next().is(ACK)).isTrue();
            assertThat(tw()).isSameAs(tw);

            peer.options = ts(200);
            peer.send(SYN);
            assertThat(peer.next().flags()).isEqualTo(SYN | ACK);
        }

        @Test
        @DisplayName("TIME_WAIT: an old timestamp is counted, and answered with an ACK; a RST with it is not")
        void old_timestamp() {
            timeWait(true);
            peer.options = ts(50);
            peer.send(ACK, new byte[3]);
            assertThat(mib(LINUX_MIB_PAWSESTABREJECTED)).isOne();
            assertThat(peer.next().is(ACK)).isTrue();
            peer.send(RST);
            assertThat(peer.rest()).isEmpty();
            assertThat(tw()).isNotNull();
        }

        @Test
        @DisplayName("MP_FASTCLOSE with our key: RST, and it is over")
        void fastclose() {
            tcp_timewait_sock tw = timeWait(true);
            tw.mptcp_tw = new mptcp_tw();
            tw.mptcp_tw.loc_key = 0x1122334455667788L;
            byte[] wrong = HexFormat.of().parseHex("0101080a00000068000000001e0c70001122334455667789");
            peer.options = wrong;
            sk_buff skb = peer.segment(ACK);
            skb_pull(skb, 20);
            skb_reset_transport_header(skb);
            TCP_SKB_CB(skb).seq = TCP_SKB_CB(skb).end_seq = tw.tw_rcv_nxt;
            inet_twsk_hold(tw);
            assertThat(TimeWait.tcp_timewait_state_process(tw, skb, tcp_hdr(skb))).isEqualTo(TCP_TW_SUCCESS);

            skb.head[skb.data + 20 + 23]--;
            inet_twsk_hold(tw);
            assertThat(TimeWait.tcp_timewait_state_process(tw, skb, tcp_hdr(skb))).isEqualTo(TCP_TW_RST);
            tw.mptcp_tw = null;
            kfree_skb(skb);
        }

        private void inet_twsk_hold(tcp_timewait_sock tw) {
            tw.skc_refcnt++;
        }

        @Test
        @DisplayName("FIN_WAIT2 of MPTCP: the DATA_FIN once more gets the DATA_ACK once more")
        void data_fin() {
            tcp_timewait_sock tw = finWait2(true);
            tw.mptcp_tw = new mptcp_tw();
            tw.mptcp_tw.meta_tw = true;
            tw.mptcp_tw.rcv_nxt = 0x1_0000_1235L;
            // DSS with a mapping of one byte that is the DATA_FIN: data_seq 0x1234.
            peer.options = HexFormat.of().parseHex("0101080a0000006800000000" + "1e0e2014" + "00001234" + "00000000"
                    + "0001" + "0101");
            sk_buff skb = peer.segment(ACK);
            skb_pull(skb, 20);
            skb_reset_transport_header(skb);
            TCP_SKB_CB(skb).seq = TCP_SKB_CB(skb).end_seq = tw.tw_rcv_nxt;
            inet_twsk_hold(tw);
            assertThat(TimeWait.tcp_timewait_state_process(tw, skb, tcp_hdr(skb))).isEqualTo(TCP_TW_ACK);
            tw.skc_refcnt--;
            tw.mptcp_tw.rcv_nxt++;
            inet_twsk_hold(tw);
            assertThat(TimeWait.tcp_timewait_state_process(tw, skb, tcp_hdr(skb))).isEqualTo(TCP_TW_SUCCESS);
            tw.mptcp_tw = null;
            kfree_skb(skb);
        }

        @Test
        @DisplayName("FIN_WAIT2 with tcp_tw_recycle: the FIN starts three and a half RTOs only, if there are timestamps")
        void recycled() {
            tcp_death_row.sysctl_tw_recycle = 1;
            tcp_timewait_sock tw = finWait2(true);
            assertThat(tw.tw_timeout).isLessThan(5000);
            peer.send(FIN | ACK);
            assertThat(tw.tw_substate).isEqualTo(TCP_TIME_WAIT);

            later(6000);

            assertThat(tw()).isNull();
        }
    }

    @Nested
    class tcp_time_wait {
        @Test
        @DisplayName("keeps of the connection what is needed to answer, and the socket is closed")
        void keeps() {
            tcp_sock tp = sk(accepted(true));
            int rcv_nxt = tp.rcv_nxt, snd_nxt = tp.snd_nxt;
            TimeWait.tcp_time_wait(tp, TCP_TIME_WAIT, 0);

            tcp_timewait_sock tw = tw();
            assertThat(tw.tw_substate).isEqualTo(TCP_TIME_WAIT);
            assertThat(tw.tw_rcv_nxt).isEqualTo(rcv_nxt);
            assertThat(tw.tw_snd_nxt).isEqualTo(snd_nxt);
            assertThat(tw.tw_rcv_wnd).isEqualTo(tcp_receive_window(tp));
            assertThat(tw.tw_ts_recent).isEqualTo(tp.rx_opt.ts_recent);
            assertThat(tw.tw_rcv_wscale).isEqualTo(tp.rx_opt.rcv_wscale);
            assertThat(tw.mptcp_tw).isNull();
            assertThat(tw.tw_timeout).isEqualTo(60_000);
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
        }

        @Test
        @DisplayName("FIN_WAIT2 lasts as long as asked for, and three and a half RTOs at least")
        void fin_wait2() {
            tcp_sock tp = sk(accepted(false));
            tp.icsk_rto = 1000;
            TimeWait.tcp_time_wait(tp, TCP_FIN_WAIT2, 10);
            later(3000);
            assertThat(tw()).isNotNull();
            later(1500);
            assertThat(tw()).isNull();
        }

        @Test
        @DisplayName("tcp_tw_recycle: three and a half RTOs, if the peer has timestamps")
        void recycle() {
            tcp_sock tp = sk(accepted(true));
            tp.icsk_rto = 1000;
            tcp_death_row.sysctl_tw_recycle = 1;
            TimeWait.tcp_time_wait(tp, TCP_TIME_WAIT, 0);
            assertThat(tw().tw_timeout).isEqualTo(3500);
            later(5000);
            assertThat(tw()).isNull();
        }

        @ParameterizedTest
        @CsvSource({"true", "false"})
        @DisplayName("no memory, or too many: the connection just ends")
        void overflow(boolean memory) {
            tcp_sock tp = sk(accepted(false));
            if (memory) {
                tcp_death_row.sysctl_max_tw_buckets = 0;
            } else {
                Gfp.failNth(0);
            }
            TimeWait.tcp_time_wait(tp, TCP_TIME_WAIT, 0);
            Gfp.inject(null);
            assertThat(tw()).isNull();
            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(mib(LINUX_MIB_TCPTIMEWAITOVERFLOW)).isOne();
        }

        @Test
        @DisplayName("what the connection knows of the path is kept for the next one")
        void metrics() {
            tcp_sock tp = sk(accepted(true));
            tp.srtt = 800;
            tp.snd_ssthresh = 30;
            tp.snd_cwnd = 40;
            TimeWait.tcp_time_wait(tp, TCP_TIME_WAIT, 0);

            peer.port++;
            peer.options = new byte[0];
            peer.handshake(ScriptedPeer.SYN_OPTIONS);
            assertThat(sk(peer.accept(listener)).snd_ssthresh).isEqualTo(30);
        }

        @Test
        @DisplayName("no memory for what a subflow needs: it just ends, and nothing is kept")
        void no_memory_for_mptcp() {
            sysctl_mptcp_enabled = 1;
            listener = peer.listener(80);
            peer.options = HexFormat.of().parseHex("020405b4" + "1e0c0081" + "1122334455667788");
            peer.send(SYN);
            ScriptedPeer.Segment synack = peer.next();
            peer.ack = synack.seq() + 1;
            String key = HexFormat.of().formatHex(synack.options()).replaceAll(".*1e0c..81(.{16}).*", "$1");
            peer.options = HexFormat.of().parseHex("1e140081" + "1122334455667788" + key);
            peer.send(ACK);
            tcp_sock sub = (tcp_sock) sk(peer.accept(listener)).mpcb.master_sk;

            Gfp.failNth(1);
            TimeWait.tcp_time_wait(sub, TCP_TIME_WAIT, 0);
            Gfp.inject(null);

            assertThat(sub.skc_prot.twsk_prot.live).isZero();
            assertThat(tw()).isNull();
            assertThat(sub.skc_state).isEqualTo(TCP_CLOSE);
        }
    }

    @Nested
    class tcp_twsk_destructor {
        @Test
        @DisplayName("lets go of the MPTCP connection, if there is one")
        void lets_go() {
            mptcp_cb mpcb = new mptcp_cb();
            mpcb.mpcb_refcnt = 2;
            tcp_timewait_sock tw = new tcp_timewait_sock();
            TimeWait.tcp_twsk_destructor(tw);

            tw.mptcp_tw = new mptcp_tw();
            tw.mptcp_tw.mpcb = mpcb;
            TimeWait.tcp_twsk_destructor(tw);

            assertThat(mpcb.mpcb_refcnt).isOne();
        }
    }
}
