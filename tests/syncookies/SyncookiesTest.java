// SPDX-License-Identifier: GPL-2.0-only
package syncookies;

import static linux.skbuff.Data.skb_pull;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.workqueue.Workqueue.queued;
import static net.inet_sock.Requests.inet_reqsk_alloc;
import static net.net_namespace.NetNs.init_net;
import static net.tcp.Globals.tcp_request_sock_ops;
import static net.tcp.Sysctls.sysctl_tcp_sack;
import static net.tcp.Sysctls.sysctl_tcp_syncookies;
import static net.tcp.Sysctls.sysctl_tcp_timestamps;
import static net.tcp.Sysctls.sysctl_tcp_window_scaling;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;
import static testing.ScriptedPeer.PSH;
import static testing.ScriptedPeer.RST;
import static testing.ScriptedPeer.SYN;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENOVERFLOWS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SYNCOOKIESFAILED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SYNCOOKIESRECV;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SYNCOOKIESSENT;

import linux.compiler.BoolRef;
import linux.compiler.IntRef;
import linux.gfp.Gfp;
import linux.jiffies.Jiffies;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_options_received;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import net.request_sock.Requests;
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
import testing.ScriptedPeer;
import testing.Vectors;
import uapi.linux.ip.iphdr;
import uapi.linux.tcp.tcphdr;

@KernelTest
class SyncookiesTest {
    /** The secret of the tables. */
    @BeforeEach
    void secret() {
        Vectors.each("syncookie_secret", row -> {
            Syncookies.syncookie_secret[row.i32("in.c")][row.i32("in.index")] = row.i32("out.value");
        });
        Syncookies.___done.val = true;
    }

    private static iphdr iph(Vectors.Row row) {
        iphdr iph = new iphdr(new byte[iphdr.SIZE], 0);
        iph.saddr(row.be32("in.saddr"));
        iph.daddr(row.be32("in.daddr"));
        return iph;
    }

    private static tcphdr th(Vectors.Row row, int seq) {
        tcphdr th = new tcphdr(new byte[tcphdr.SIZE], 0);
        th.source(row.i32("in.sport"));
        th.dest(row.i32("in.dport"));
        th.seq(seq);
        return th;
    }

    @Nested
    class cookie_hash {
        @Test
        @DisplayName("is one block of SHA-1 over the connection and the secret, as the real kernel computes it")
        void vectors() {
            Vectors.each("cookie_hash", row -> assertThat(Syncookies.cookie_hash(row.be32("in.saddr"),
                            row.be32("in.daddr"), row.i32("in.sport"), row.i32("in.dport"), row.i32("in.count"), row.i32("in.c")))
                    .as("%s", row)
                    .isEqualTo(row.i32("out.ret")));
        }

        @Test
        @DisplayName("draws both secrets when the first cookie is made, and keeps them")
        void drawn_once() {
            Syncookies.___done.val = false;
            Syncookies.syncookie_secret = new int[2][17];

            int first = Syncookies.cookie_hash(1, 2, 3, 4, 5, 0);

            assertThat(Syncookies.syncookie_secret[0]).isNotEqualTo(new int[17]);
            assertThat(Syncookies.syncookie_secret[1]).isNotEqualTo(new int[17])
                    .isNotEqualTo(Syncookies.syncookie_secret[0]);
            assertThat(Syncookies.cookie_hash(1, 2, 3, 4, 5, 0)).isEqualTo(first);
            assertThat(Syncookies.cookie_hash(1, 2, 3, 4, 5, 1)).isNotEqualTo(first);
        }
    }

    @Nested
    class cookie_init_timestamp {
        @Test
        @DisplayName("puts window scale, SACK and ECN into the low six bits, as the real kernel does")
        void vectors() {
            Vectors.each("cookie_init_timestamp", row -> {
                tcp_request_sock req = new tcp_request_sock();
                Jiffies.jiffies = row.i64("in.jiffies");
                req.wscale_ok = row.bool("in.ireq.wscale_ok");
                req.snd_wscale = row.i32("in.ireq.snd_wscale");
                req.sack_ok = row.bool("in.ireq.sack_ok");
                req.ecn_ok = row.bool("in.ireq.ecn_ok");

                assertThat(Syncookies.cookie_init_timestamp(req)).as("%s", row).isEqualTo(row.i32("out.ret"));
            });
        }

        @Test
        @DisplayName("is never later than now")
        void not_later() {
            tcp_request_sock req = new tcp_request_sock();
            req.sack_ok = true;
            for (int i = 0; i < 64; i++) {
                Jiffies.jiffies = 1_000_000 + i;
                int ts = Syncookies.cookie_init_timestamp(req);

                assertThat(ts & 0x3f).isEqualTo(0x1f);
                assertThat(1_000_000 + i - ts).isBetween(0, 63);
            }
        }
    }

    @Nested
    class secure_tcp_syn_cookie {
        @Test
        @DisplayName("mixes connection, minute and data as the real kernel does")
        void vectors() {
            Vectors.each("syncookie_v4", row -> {
                Jiffies.jiffies = row.i64("in.jiffies");

                assertThat(Syncookies.secure_tcp_syn_cookie(row.be32("in.saddr"), row.be32("in.daddr"),
                                row.i32("in.sport"), row.i32("in.dport"), row.i32("in.sseq"), row.i32("in.data")))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.secure_tcp_syn_cookie"));
            });
        }
    }

    @Nested
    class check_tcp_syn_cookie {
        @Test
        @DisplayName("gives the data back, or nonsense, as the real kernel does")
        void vectors() {
            Vectors.each("syncookie_v4", row -> {
                Jiffies.jiffies = row.i64("in.jiffies") + row.i64("in.check_age_minutes") * 60_000;

                assertThat(Syncookies.check_tcp_syn_cookie(row.i32("in.check_cookie"), row.be32("in.saddr"),
                                row.be32("in.daddr"), row.i32("in.sport"), row.i32("in.dport"), row.i32("in.sseq")))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.check_tcp_syn_cookie"));
            });
        }

        @ParameterizedTest(name = "after {0} minutes: {1}")
        @CsvSource({"0, 3", "1, 3", "2, -1", "255, -1", "256, -1"})
        @DisplayName("knows a cookie for two minutes; the minute has eight bits, but the hash has all of it")
        void age(int minutes, int data) {
            Jiffies.jiffies = 6_442_451_000L / 60_000 * 60_000;
            int cookie = Syncookies.secure_tcp_syn_cookie(1, 2, 3, 4, 5, 3);

            Jiffies.jiffies += minutes * 60_000L;

            int got = Syncookies.check_tcp_syn_cookie(cookie, 1, 2, 3, 4, 5);
            if (minutes == 256) {
                assertThat(got).isNotEqualTo(3);
            } else {
                assertThat(got).isEqualTo(data);
            }
        }
    }

    @Nested
    class __cookie_v4_init_sequence {
        @Test
        @DisplayName("rounds the MSS down to one of four, as the real kernel does")
        void vectors() {
            Vectors.each("syncookie_v4", row -> {
                Jiffies.jiffies = row.i64("in.jiffies");
                IntRef mss = new IntRef(row.i32("in.mss"));

                assertThat(Syncookies.__cookie_v4_init_sequence(iph(row), th(row, row.i32("in.sseq")), mss))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.__cookie_v4_init_sequence"));
                assertThat(mss.val).as("%s", row).isEqualTo(row.i32("out.mss_after"));
            });
        }

        @ParameterizedTest(name = "{0} -> {1}")
        @CsvSource({"0, 536", "536, 536", "1299, 536", "1300, 1300", "1439, 1300", "1440, 1440", "1460, 1460",
            "65535, 1460"})
        @DisplayName("a small MSS becomes 536 all the same")
        void table(int mss, int rounded) {
            IntRef mssp = new IntRef(mss);

            Syncookies.__cookie_v4_init_sequence(new iphdr(new byte[20], 0), new tcphdr(new byte[20], 0), mssp);

            assertThat(mssp.val).isEqualTo(rounded);
        }
    }

    @Nested
    class __cookie_v4_check {
        @Test
        @DisplayName("the MSS of a good cookie, 0 for others, as the real kernel has it")
        void vectors() {
            Vectors.each("syncookie_v4", row -> {
                Jiffies.jiffies = row.i64("in.jiffies") + row.i64("in.check_age_minutes") * 60_000;

                assertThat(Syncookies.__cookie_v4_check(iph(row), th(row, row.i32("in.sseq") + 1),
                                row.i32("in.check_cookie")))
                        .as("%s", row)
                        .isEqualTo(row.i32("out.__cookie_v4_check_with_seq_plus_1"));
            });
        }
    }

    @Nested
    class cookie_check_timestamp {
        @Test
        @DisplayName("takes options out of the echoed timestamp as the real kernel does")
        void vectors() {
            Vectors.each("cookie_check_timestamp", row -> {
                tcp_options_received o = new tcp_options_received();
                BoolRef ecn_ok = new BoolRef();
                o.rcv_tsecr = row.i32("in.o.rcv_tsecr");
                o.saw_tstamp = row.bool("in.o.saw_tstamp");
                o.tstamp_ok = row.bool("in.o.tstamp_ok");
                o.sack_ok = row.i32("in.o.sack_ok");
                o.wscale_ok = row.bool("in.o.wscale_ok");
                o.snd_wscale = row.i32("in.o.snd_wscale");
                sysctl_tcp_timestamps = row.i32("in.sysctl_tcp_timestamps");
                sysctl_tcp_window_scaling = row.i32("in.sysctl_tcp_window_scaling");
                sysctl_tcp_sack = row.i32("in.sysctl_tcp_sack");
                init_net.ipv4.sysctl_tcp_ecn = row.i32("in.sysctl_tcp_ecn");

                assertThat(Syncookies.cookie_check_timestamp(o, init_net, ecn_ok))
                        .as("%s", row)
                        .isEqualTo(row.bool("out.ret"));
                assertThat(ecn_ok.val).as("%s ecn_ok", row).isEqualTo(row.bool("out.ecn_ok"));
                assertThat(o.saw_tstamp).as("%s", row).isEqualTo(row.bool("out.o.saw_tstamp"));
                assertThat(o.tstamp_ok).as("%s", row).isEqualTo(row.bool("out.o.tstamp_ok"));
                assertThat(o.sack_ok).as("%s", row).isEqualTo(row.i32("out.o.sack_ok"));
                assertThat(o.wscale_ok).as("%s", row).isEqualTo(row.bool("out.o.wscale_ok"));
                assertThat(o.snd_wscale).as("%s", row).isEqualTo(row.i32("out.o.snd_wscale"));
            });
        }
    }

    /** A listener whose SYN queue has no room: each further SYN is answered with a cookie. */
    private static final class Flooded {
        final ScriptedPeer peer = new ScriptedPeer();
        final int listener;

        Flooded() {
            sysctl_tcp_syncookies = 2;
            listener = peer.listener(80);
        }

        long mib(int field) {
            return init_net.mib.net_statistics[field];
        }
    }

    private Flooded f;

    @AfterEach
    void end() {
        if (f != null) {
            f.peer.end();
        }
    }

    @Nested
    class cookie_v4_init_sequence {
        @Test
        @DisplayName("nothing is kept: the sequence number of the SYN/ACK is the cookie")
        void cookie() {
            f = new Flooded();
            f.peer.options = ScriptedPeer.MSS_OPTION;

            f.peer.send(SYN);

            ScriptedPeer.Segment synack = f.peer.next();
            assertThat(synack.flags()).isEqualTo(SYN | ACK);
            assertThat(f.mib(LINUX_MIB_SYNCOOKIESSENT)).isEqualTo(1);
            assertThat(Requests.liveRequests()).isZero();
            assertThat(ScriptedPeer.sk(f.listener).rx_opt.ts_recent_stamp).isEqualTo(Jiffies.jiffies);
            iphdr iph = new iphdr(new byte[20], 0);
            iph.saddr(Ipv4.ip(ScriptedPeer.PEER));
            iph.daddr(Ipv4.ip(ScriptedPeer.HOST));
            tcphdr th = new tcphdr(new byte[20], 0);
            th.source(f.peer.port);
            th.dest(80);
            th.seq(f.peer.seq);
            assertThat(Syncookies.__cookie_v4_check(iph, th, synack.seq())).isEqualTo(1460);
        }
    }

    @Nested
    class cookie_v4_check {
        private void syn(byte... options) {
            f = new Flooded();
            f.peer.options = options;
            f.peer.send(SYN);
            ScriptedPeer.Segment synack = f.peer.next();
            f.peer.ack = synack.seq() + 1;
            f.peer.options = new byte[0];
            if (synack.options().length > 4) {
                // Our timestamp comes back.
                f.peer.options = new byte[] {1, 1, 8, 10, 0, 0, 0, 101, 0, 0, 0, 0};
                int at = 0;
                while (synack.options()[at] != 8) {
                    at += synack.options()[at] == 1 ? 1 : synack.options()[at + 1];
                }
                System.arraycopy(synack.options(), at + 2, f.peer.options, 8, 4);
            }
        }

        @Test
        @DisplayName("the third ACK makes the connection, with the MSS that the cookie has")
        void connection() {
            syn(ScriptedPeer.MSS_OPTION);

            f.peer.send(ACK);

            assertThat(f.mib(LINUX_MIB_SYNCOOKIESRECV)).isEqualTo(1);
            tcp_sock tp = ScriptedPeer.sk(f.peer.accept(f.listener));
            assertThat(tp.skc_state).isEqualTo(TCP_ESTABLISHED);
            assertThat(tp.rx_opt.mss_clamp).isEqualTo(1460);
            assertThat(tp.rx_opt.sack_ok).isZero();
            assertThat(tp.rx_opt.wscale_ok).isFalse();
            assertThat(tp.snd_una).isEqualTo(f.peer.ack);
            assertThat(tp.rcv_nxt).isEqualTo(f.peer.seq);
            assertThat(tp.cork.fl.daddr).isEqualTo(Ipv4.ip(ScriptedPeer.PEER));
        }

        @Test
        @DisplayName("with timestamps, window scale and SACK survive, too")
        void options() {
            syn(ScriptedPeer.SYN_OPTIONS);

            f.peer.send(ACK);

            tcp_sock tp = ScriptedPeer.sk(f.peer.accept(f.listener));
            assertThat(tp.rx_opt.sack_ok & 1).isEqualTo(1);
            assertThat(tp.rx_opt.wscale_ok).isTrue();
            assertThat(tp.rx_opt.snd_wscale).isEqualTo(7);
            assertThat(tp.rx_opt.tstamp_ok).isTrue();
            assertThat(tp.rx_opt.ts_recent).isEqualTo(101);
        }

        @Test
        @DisplayName("data in the third segment are not lost")
        void data() {
            syn(ScriptedPeer.MSS_OPTION);

            f.peer.send(ACK | PSH, (byte) 1, (byte) 2, (byte) 3);

            int fd = f.peer.accept(f.listener);
            assertThat(sys_recv(fd, new byte[10], 0, 10, 0)).isEqualTo(3);
        }

        @Test
        @DisplayName("a wrong cookie is answered with a RST")
        void wrong() {
            syn(ScriptedPeer.MSS_OPTION);
            f.peer.ack ^= 0x00400000;

            f.peer.send(ACK);

            assertThat(f.mib(LINUX_MIB_SYNCOOKIESFAILED)).isEqualTo(1);
            assertThat(f.peer.next().is(RST)).isTrue();
        }

        @Test
        @DisplayName("a cookie that comes when none is out is refused without a look")
        void too_late() {
            syn(ScriptedPeer.MSS_OPTION);
            ScriptedPeer.later(3001);

            f.peer.send(ACK);

            assertThat(f.mib(LINUX_MIB_SYNCOOKIESFAILED)).isEqualTo(1);
            assertThat(f.mib(LINUX_MIB_SYNCOOKIESRECV)).isZero();
            assertThat(f.peer.next().is(RST)).isTrue();
        }

        @Test
        @DisplayName("with cookies turned off every ACK is refused")
        void off() {
            syn(ScriptedPeer.MSS_OPTION);
            sysctl_tcp_syncookies = 0;

            f.peer.send(ACK);

            assertThat(f.mib(LINUX_MIB_SYNCOOKIESFAILED)).isZero();
            assertThat(f.peer.next().is(RST)).isTrue();
        }

        @Test
        @DisplayName("a timestamp with options that we do not speak cannot be ours")
        void options_refused() {
            syn(ScriptedPeer.SYN_OPTIONS);
            sysctl_tcp_sack = 0;

            f.peer.send(ACK);

            assertThat(f.mib(LINUX_MIB_SYNCOOKIESRECV)).isEqualTo(1);
            assertThat(f.peer.next().is(RST)).isTrue();
        }

        @Test
        @DisplayName("without memory for the request the ACK is dropped without a word")
        void no_memory() {
            syn(ScriptedPeer.MSS_OPTION);
            sk_buff skb = f.peer.segment(ACK);

            Gfp.failNth(0);
            f.peer.nic.receive(skb);

            assertThat(f.peer.rest()).isEmpty();
        }

        @Test
        @DisplayName("a record route option of the ACK goes into the connection's packets")
        void ip_options() {
            syn(ScriptedPeer.MSS_OPTION);
            f.peer.ipOptions = new byte[] {7, 7, 4, 0, 0, 0, 0, 0};

            f.peer.send(ACK);

            tcp_sock tp = ScriptedPeer.sk(f.peer.accept(f.listener));
            assertThat(tp.inet_opt).isNotNull();
            assertThat(tp.inet_opt.rr).isEqualTo(20);
            assertThat(tp.icsk_ext_hdr_len).isEqualTo(8);
        }

        @Test
        @DisplayName("without a route back there is no connection")
        void no_route() {
            syn(ScriptedPeer.MSS_OPTION);
            sk_buff skb = f.peer.segment(ACK);
            ScriptedPeer.sk(f.listener).skc_bound_dev_if = 77;

            assertThat(Syncookies.cookie_v4_check(ScriptedPeer.sk(f.listener), asTcp(skb), null)).isNull();

            assertThat(Requests.liveRequests()).isZero();
            ScriptedPeer.sk(f.listener).skc_bound_dev_if = 0;
            kfree_skb(skb);
        }
    }

    /** A packet as {@code tcp_v4_rcv} gets it. */
    private static sk_buff asTcp(sk_buff skb) {
        skb_pull(skb, iphdr.SIZE);
        skb_reset_transport_header(skb);
        return skb;
    }

    @Nested
    class get_cookie_sock {
        @Test
        @DisplayName("the connection waits in the accept queue with its request")
        void queued() {
            f = new Flooded();
            f.peer.handshake(ScriptedPeer.MSS_OPTION);

            tcp_sock listener = ScriptedPeer.sk(f.listener);
            assertThat(listener.sk_ack_backlog).isEqualTo(1);
            assertThat(listener.icsk_accept_queue.rskq_accept_head.sk.skc_state).isEqualTo(TCP_ESTABLISHED);
        }

        @Test
        @DisplayName("without room in the accept queue the request goes again")
        void full() {
            f = new Flooded();
            ScriptedPeer.sk(f.listener).sk_max_ack_backlog = 0;
            f.peer.handshake(ScriptedPeer.MSS_OPTION);
            tcp_request_sock req = (tcp_request_sock) inet_reqsk_alloc(tcp_request_sock_ops);
            sk_buff skb = f.peer.segment(ACK);
            sock lsk = ScriptedPeer.sk(f.listener);

            assertThat(Syncookies.get_cookie_sock(lsk, skb, req, null)).isNull();

            assertThat(Requests.liveRequests()).isEqualTo(1);
            assertThat(f.mib(LINUX_MIB_LISTENOVERFLOWS)).isEqualTo(1);
            kfree_skb(skb);
        }
    }
}
