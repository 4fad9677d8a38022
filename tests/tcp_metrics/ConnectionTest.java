// SPDX-License-Identifier: GPL-2.0-only
package tcp_metrics;

import static linux.hrtimer.Clock.get_seconds;
import static linux.jiffies.Jiffies.jiffies;
import static linux.tcp.tcp_options_received.TCP_FACK_ENABLED;
import static linux.tcp.tcp_options_received.TCP_SACK_SEEN;
import static net.dst.dst_entry.DST_HOST;
import static net.tcp.Sequence.before;
import static net.tcp.Sysctls.sysctl_tcp_nometrics_save;
import static net.tcp.Sysctls.sysctl_tcp_reordering;
import static net.tcp.TcpConst.TCP_INFINITE_SSTHRESH;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_CWND;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_MAX;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_REORDERING;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_RTT;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_RTTVAR;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_SSTHRESH;

import linux.gfp.Gfp;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;

@KernelTest
class ConnectionTest {
    private Host host;
    private tcp_sock tp;

    @BeforeEach
    void host() {
        host = new Host();
        tp = host.sk;
    }

    private int val(int idx) {
        return host.block().tcpm_vals[idx];
    }

    private void known(int idx, int val) {
        host.block().tcpm_vals[idx] = val;
    }

    private void lock(int idx) {
        host.block().tcpm_lock |= 1 << idx;
    }

    @Nested
    class tcp_update_metrics {
        @BeforeEach
        void connection() {
            tp.srtt = 800;
            tp.mdev = 10;
            tp.icsk_ca_state = TCP_CA_Open;
            tp.snd_ssthresh = 20;
            tp.snd_cwnd = 30;
        }

        @Test
        @DisplayName("the first connection: RTT as it is; the variation is at least half of that")
        void first() {
            Connection.tcp_update_metrics(tp);

            assertThat(val(TCP_METRIC_RTT)).isEqualTo(800);
            assertThat(val(TCP_METRIC_RTTVAR)).isEqualTo(400);
        }

        @ParameterizedTest
        @CsvSource({"700, 800", "800, 800", "1600, 1500", "807, 807"})
        @DisplayName("a longer RTT replaces the old one, a shorter one counts an eighth")
        void rtt(int old, int expected) {
            known(TCP_METRIC_RTT, old);

            Connection.tcp_update_metrics(tp);

            assertThat(val(TCP_METRIC_RTT)).isEqualTo(expected);
        }

        @ParameterizedTest
        @CsvSource({"800, 100, 78", "800, 5, 10", "820, 6, 10", "900, 40, 50", "700, 100, 88"})
        @DisplayName("a larger variation replaces the old one, a smaller one counts a quarter")
        void rttvar(int rtt, int old, int expected) {
            known(TCP_METRIC_RTT, rtt);
            known(TCP_METRIC_RTTVAR, old);

            Connection.tcp_update_metrics(tp);

            assertThat(val(TCP_METRIC_RTTVAR)).isEqualTo(expected);
        }

        @Test
        @DisplayName("without a sample, or after timeouts, the RTT is forgotten, and no entry is made")
        void no_sample() {
            tp.srtt = 0;
            Connection.tcp_update_metrics(tp);
            assertThat(host.known()).isNull();

            known(TCP_METRIC_RTT, 700);
            Connection.tcp_update_metrics(tp);
            assertThat(val(TCP_METRIC_RTT)).isZero();

            known(TCP_METRIC_RTT, 700);
            tp.srtt = 800;
            tp.icsk_backoff = 1;
            Connection.tcp_update_metrics(tp);
            assertThat(val(TCP_METRIC_RTT)).isZero();

            known(TCP_METRIC_RTT, 700);
            lock(TCP_METRIC_RTT);
            Connection.tcp_update_metrics(tp);
            assertThat(val(TCP_METRIC_RTT)).isEqualTo(700);
        }

        @Test
        @DisplayName("congestion avoidance: cwnd counts half, ssthresh is half of cwnd or its own")
        void avoidance() {
            known(TCP_METRIC_CWND, 10);

            Connection.tcp_update_metrics(tp);
            assertThat(val(TCP_METRIC_CWND)).isEqualTo(20);
            assertThat(val(TCP_METRIC_SSTHRESH)).isEqualTo(20);

            tp.snd_cwnd = 50;
            Connection.tcp_update_metrics(tp);
            assertThat(val(TCP_METRIC_SSTHRESH)).isEqualTo(25);
        }

        @Test
        @DisplayName("still in the first slow start: only what is larger than what is known")
        void slow_start() {
            tp.snd_ssthresh = TCP_INFINITE_SSTHRESH;
            Connection.tcp_update_metrics(tp);
            assertThat(val(TCP_METRIC_CWND)).isEqualTo(30);
            assertThat(val(TCP_METRIC_SSTHRESH)).isZero();

            known(TCP_METRIC_CWND, 40);
            known(TCP_METRIC_SSTHRESH, 10);
            Connection.tcp_update_metrics(tp);
            assertThat(val(TCP_METRIC_CWND)).isEqualTo(40);
            assertThat(val(TCP_METRIC_SSTHRESH)).isEqualTo(15);

            known(TCP_METRIC_SSTHRESH, 16);
            Connection.tcp_update_metrics(tp);
            assertThat(val(TCP_METRIC_SSTHRESH)).isEqualTo(16);
        }

        @Test
        @DisplayName("after a loss: cwnd moves towards ssthresh, and reordering that was seen is kept")
        void loss() {
            tp.snd_cwnd = 10;
            tp.reordering = 7;
            known(TCP_METRIC_CWND, 40);
            known(TCP_METRIC_SSTHRESH, 10);

            Connection.tcp_update_metrics(tp);

            assertThat(val(TCP_METRIC_CWND)).isEqualTo(30);
            assertThat(val(TCP_METRIC_SSTHRESH)).isEqualTo(20);
            assertThat(val(TCP_METRIC_REORDERING)).isEqualTo(7);

            known(TCP_METRIC_REORDERING, 0);
            tp.reordering = sysctl_tcp_reordering;
            Connection.tcp_update_metrics(tp);
            assertThat(val(TCP_METRIC_REORDERING)).isZero();
        }

        @ParameterizedTest
        @CsvSource({"30, 20, 0", "30, 0x7fffffff, 0", "10, 20, 3"})
        @DisplayName("what the administrator has locked stays, in whatever state the connection ends")
        void locked(int cwnd, String ssthresh, int ca_state) {
            tp.snd_cwnd = cwnd;
            tp.snd_ssthresh = Integer.decode(ssthresh);
            tp.icsk_ca_state = ca_state;
            tp.reordering = 9;
            for (int i = 0; i <= TCP_METRIC_MAX; i++) {
                known(i, 1);
                lock(i);
            }

            Connection.tcp_update_metrics(tp);

            assertThat(host.block().tcpm_vals).containsOnly(1);
        }

        @Test
        @DisplayName("nothing is kept if the sysctl says so, or without a route")
        void off() {
            sysctl_tcp_nometrics_save = 1;
            Connection.tcp_update_metrics(tp);
            assertThat(host.known()).isNull();

            sysctl_tcp_nometrics_save = 0;
            tp.sk_dst_cache = null;
            Connection.tcp_update_metrics(tp);
            tp.sk_dst_cache = host.rt;
            assertThat(host.known()).isNull();
        }

        @Test
        @DisplayName("the hour begins anew; a route to a host is confirmed; without memory nothing happens")
        void stamp() {
            host.rt.flags = DST_HOST;
            Gfp.failNth(0);
            Connection.tcp_update_metrics(tp);
            assertThat(host.rt.pending_confirm).isOne();
            assertThat(host.known()).isNull();

            host.block();
            Host.later(1000);
            Connection.tcp_update_metrics(tp);
            assertThat(host.block().tcpm_stamp).isEqualTo(jiffies);
        }
    }

    @Nested
    class tcp_init_metrics {
        @BeforeEach
        void connection() {
            tp.srtt = 80;
            tp.icsk_rto = 210;
        }

        @Test
        @DisplayName("an unknown host: ssthresh without limit, ten segments, the RTO of the handshake")
        void unknown() {
            tp.snd_ssthresh = 5;

            Connection.tcp_init_metrics(tp);

            assertThat(tp.snd_ssthresh).isEqualTo(TCP_INFINITE_SSTHRESH);
            assertThat(tp.snd_cwnd).isEqualTo(10);
            assertThat(tp.icsk_rto).isEqualTo(210);
            assertThat(tp.snd_cwnd_stamp).isEqualTo((int) jiffies);
            assertThat(host.known()).isNotNull();
            assertThat(host.rt.pending_confirm).isOne();
        }

        @Test
        @DisplayName("ssthresh is what is known, within the clamp that a locked cwnd sets")
        void ssthresh() {
            known(TCP_METRIC_SSTHRESH, 20);
            Connection.tcp_init_metrics(tp);
            assertThat(tp.snd_ssthresh).isEqualTo(20);

            known(TCP_METRIC_CWND, 8);
            lock(TCP_METRIC_CWND);
            Connection.tcp_init_metrics(tp);
            assertThat(tp.snd_cwnd_clamp).isEqualTo(8);
            assertThat(tp.snd_ssthresh).isEqualTo(8);
        }

        @Test
        @DisplayName("a path known to reorder: FACK and early retransmit are off")
        void reordering() {
            tp.rx_opt.sack_ok = TCP_SACK_SEEN | TCP_FACK_ENABLED;
            tp.do_early_retrans = true;
            known(TCP_METRIC_REORDERING, 7);

            Connection.tcp_init_metrics(tp);

            assertThat(tp.reordering).isEqualTo(7);
            assertThat(tp.rx_opt.sack_ok & TCP_FACK_ENABLED).isZero();
            assertThat(tp.do_early_retrans).isFalse();
        }

        @ParameterizedTest
        @CsvSource({"1600, 600", "800, 300", "81, 210", "80, 210", "40, 210"})
        @DisplayName("a known RTT (times 8) longer than the handshake's: RTO of three times that, or that and 200 ms")
        void rto(int rtt, int rto) {
            known(TCP_METRIC_RTT, rtt);

            Connection.tcp_init_metrics(tp);

            assertThat(tp.icsk_rto).isEqualTo(rto);
            assertThat(tp.srtt).isEqualTo(80);
        }

        @Test
        @DisplayName("no RTT at all: 3 s")
        void fallback() {
            tp.srtt = 0;

            Connection.tcp_init_metrics(tp);

            assertThat(tp.icsk_rto).isEqualTo(3000);
            assertThat(tp.mdev).isEqualTo(3000);
            assertThat(tp.mdev_max).isEqualTo(3000);
            assertThat(tp.rttvar).isEqualTo(3000);
        }

        @Test
        @DisplayName("more than one SYN had to be repeated: cwnd of 1")
        void syn_lost() {
            tp.total_retrans = 1;
            Connection.tcp_init_metrics(tp);
            assertThat(tp.snd_cwnd).isEqualTo(10);

            tp.total_retrans = 2;
            Connection.tcp_init_metrics(tp);
            assertThat(tp.snd_cwnd).isOne();
        }

        @Test
        @DisplayName("without a route or without memory only RTO and cwnd are set")
        void no_route() {
            tp.snd_ssthresh = 5;
            tp.snd_cwnd = 2;
            Gfp.failNth(0);
            Connection.tcp_init_metrics(tp);
            assertThat(tp.snd_ssthresh).isEqualTo(5);
            assertThat(tp.snd_cwnd).isEqualTo(10);

            tp.sk_dst_cache = null;
            tp.snd_cwnd = 2;
            Connection.tcp_init_metrics(tp);
            assertThat(tp.snd_ssthresh).isEqualTo(5);
            assertThat(tp.snd_cwnd).isEqualTo(10);
        }
    }

    @Nested
    class tcp_peer_is_proven {
        @Test
        @DisplayName("who has finished a connection with timestamps before")
        void before() {
            assertThat(Connection.tcp_peer_is_proven(host.req, null, false)).isFalse();
            assertThat(Connection.tcp_peer_is_proven(host.req, host.rt, false)).isFalse();

            known(TCP_METRIC_RTT, 800);
            assertThat(Connection.tcp_peer_is_proven(host.req, host.rt, false)).isFalse();
            host.block().tcpm_ts_stamp = (int) get_seconds();
            assertThat(Connection.tcp_peer_is_proven(host.req, host.rt, false)).isTrue();
        }

        @ParameterizedTest
        @CsvSource({"0, 102, false", "0, 101, true", "0, 100, true", "59, 200, false", "60, 200, true"})
        @DisplayName("PAWS: a SYN whose timestamp is older than one that the host sent within a minute is not believed")
        void paws(int secondsAgo, int last, boolean proven) {
            assertThat(Connection.tcp_peer_is_proven(host.req, host.rt, true)).isTrue();
            host.req.ts_recent = 100;
            host.block().tcpm_ts = last;
            host.block().tcpm_ts_stamp = (int) get_seconds() - secondsAgo;

            assertThat(Connection.tcp_peer_is_proven(host.req, host.rt, true)).isEqualTo(proven);
        }
    }

    @Nested
    class tcp_fetch_timewait_stamp {
        @ParameterizedTest
        @CsvSource({"0, true", "60, true", "61, false"})
        @DisplayName("takes the last timestamp of the host if it is not older than a minute")
        void fetched(int secondsAgo, boolean taken) {
            long then = get_seconds() - secondsAgo;
            host.block().tcpm_ts = 4711;
            host.block().tcpm_ts_stamp = (int) then;

            Connection.tcp_fetch_timewait_stamp(tp, host.rt);

            assertThat(tp.rx_opt.ts_recent).isEqualTo(taken ? 4711 : 0);
            assertThat(tp.rx_opt.ts_recent_stamp).isEqualTo(taken ? then : 0);
        }

        @Test
        @DisplayName("without memory nothing is taken")
        void no_memory() {
            Gfp.failNth(0);

            Connection.tcp_fetch_timewait_stamp(tp, host.rt);

            assertThat(tp.rx_opt.ts_recent_stamp).isZero();
        }
    }

    @Nested
    class tcp_remember_stamp {
        @ParameterizedTest
        @CsvSource({
            "4710, 0, true",
            "4711, 0, true",
            "4712, 0, false",
            "4712, 60, false",
            "4712, 61, true"
        })
        @DisplayName("keeps the peer's last timestamp, unless a newer one is known that is not older than a minute")
        void kept(int known, int secondsAgo, boolean kept) {
            long now = get_seconds();
            tp.rx_opt.ts_recent = 4711;
            tp.rx_opt.ts_recent_stamp = now;
            host.block().tcpm_ts = known;
            host.block().tcpm_ts_stamp = (int) now - secondsAgo;

            assertThat(Connection.tcp_remember_stamp(tp)).isTrue();

            assertThat(host.block().tcpm_ts).isEqualTo(kept ? 4711 : known);
            assertThat(host.block().tcpm_ts_stamp).isEqualTo((int) now - (kept ? 0 : secondsAgo));
        }

        @Test
        @DisplayName("an old one is not replaced by one that is older still")
        void older() {
            long now = get_seconds();
            tp.rx_opt.ts_recent = 4711;
            tp.rx_opt.ts_recent_stamp = now - 200;
            host.block().tcpm_ts = 4712;
            host.block().tcpm_ts_stamp = (int) now - 100;

            Connection.tcp_remember_stamp(tp);

            assertThat(host.block().tcpm_ts).isEqualTo(4712);
        }

        @Test
        @DisplayName("no route, no memory: there is no place to keep it")
        void no_place() {
            Gfp.failNth(0);
            assertThat(Connection.tcp_remember_stamp(tp)).isFalse();

            tp.sk_dst_cache = null;
            assertThat(Connection.tcp_remember_stamp(tp)).isFalse();
        }
    }

    @Nested
    class tcp_tw_remember_stamp {
        @ParameterizedTest
        @CsvSource({"4711, 0, true", "4712, 60, false", "4712, 61, true"})
        @DisplayName("the same, where the host is known already")
        void kept(int known, int secondsAgo, boolean kept) {
            long now = get_seconds();
            host.tw.tw_ts_recent = 4711;
            host.tw.tw_ts_recent_stamp = now;
            assertThat(Connection.tcp_tw_remember_stamp(host.tw)).isFalse();
            host.block().tcpm_ts = known;
            host.block().tcpm_ts_stamp = (int) now - secondsAgo;

            assertThat(Connection.tcp_tw_remember_stamp(host.tw)).isTrue();

            assertThat(host.block().tcpm_ts).isEqualTo(kept ? 4711 : known);
            assertThat(host.block().tcpm_ts_stamp).isEqualTo((int) now - (kept ? 0 : secondsAgo));
        }
    }
}
