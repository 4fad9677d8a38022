// SPDX-License-Identifier: GPL-2.0-only
package tcp_metrics;

import static linux.hash.Hash.hash_32;
import static linux.jiffies.Jiffies.MAX_JIFFY_OFFSET;
import static linux.jiffies.Jiffies.jiffies;
import static linux.types.Be.raw32;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_metrics.Metrics.TCP_METRICS_RECLAIM_PTR;
import static testing.FakeDevice.made;
import static testing.Ipv4.ip;
import static testing.Ipv4.route;
import static uapi.linux.rtnetlink.Rt.RTAX_CWND;
import static uapi.linux.rtnetlink.Rt.RTAX_LOCK;
import static uapi.linux.rtnetlink.Rt.RTAX_REORDERING;
import static uapi.linux.rtnetlink.Rt.RTAX_RTT;
import static uapi.linux.rtnetlink.Rt.RTAX_RTTVAR;
import static uapi.linux.rtnetlink.Rt.RTAX_SSTHRESH;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_CWND;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_MAX;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_REORDERING;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_RTT;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_RTTVAR;
import static uapi.linux.tcp_metrics.TcpMetric.TCP_METRIC_SSTHRESH;

import linux.gfp.Gfp;
import net.inetpeer.inetpeer_addr;
import net.net_namespace.NetNs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class MetricsTest {
    private static final long HOUR = 60 * 60 * 1000;

    private Host host;
    private final tcp_metrics_block tm = new tcp_metrics_block();

    @BeforeEach
    void host() {
        host = new Host();
    }

    /** The bucket of a host. */
    private static int bucket(String a) {
        return hash_32(raw32(ip(a)), init_net.ipv4.tcp_metrics_hash_log);
    }

    @Nested
    class tcp_metric_locked {
        @Test
        @DisplayName("looks at the bit of this metric")
        void bit() {
            tm.tcpm_lock = 1 << TCP_METRIC_CWND;

            assertThat(Metrics.tcp_metric_locked(tm, TCP_METRIC_CWND)).isTrue();
            assertThat(Metrics.tcp_metric_locked(tm, TCP_METRIC_RTT)).isFalse();
        }
    }

    @Nested
    class tcp_metric_get {
        @Test
        @DisplayName("each metric has a place of its own")
        void place() {
            for (int i = 0; i <= TCP_METRIC_MAX; i++) {
                Metrics.tcp_metric_set(tm, i, 10 + i);
            }

            assertThat(Metrics.tcp_metric_get(tm, TCP_METRIC_RTT)).isEqualTo(10);
            assertThat(Metrics.tcp_metric_get(tm, TCP_METRIC_REORDERING)).isEqualTo(14);
        }
    }

    @Nested
    class tcp_metric_get_jiffies {
        @Test
        @DisplayName("milliseconds are jiffies; a number above 2^31 means for ever, of which the low half counts")
        void jiffies() {
            tm.tcpm_vals[TCP_METRIC_RTT] = 800;
            assertThat(Metrics.tcp_metric_get_jiffies(tm, TCP_METRIC_RTT)).isEqualTo(800);

            tm.tcpm_vals[TCP_METRIC_RTT] = -5;
            assertThat(Metrics.tcp_metric_get_jiffies(tm, TCP_METRIC_RTT)).isEqualTo((int) MAX_JIFFY_OFFSET);
        }
    }

    @Nested
    class tcp_metric_set {
        @Test
        @DisplayName("stores")
        void stores() {
            Metrics.tcp_metric_set(tm, TCP_METRIC_CWND, 7);

            assertThat(tm.tcpm_vals[TCP_METRIC_CWND]).isEqualTo(7);
        }
    }

    @Nested
    class tcp_metric_set_msecs {
        @Test
        @DisplayName("stores jiffies as milliseconds")
        void stores() {
            Metrics.tcp_metric_set_msecs(tm, TCP_METRIC_RTT, 800);

            assertThat(tm.tcpm_vals[TCP_METRIC_RTT]).isEqualTo(800);
        }
    }

    @Nested
    class addr_same {
        @Test
        @DisplayName("family and address")
        void same() {
            inetpeer_addr other = Host.addr("10.0.0.1");
            assertThat(Metrics.addr_same(Host.addr("10.0.0.1"), other)).isTrue();
            assertThat(Metrics.addr_same(Host.addr("10.0.0.2"), other)).isFalse();

            other.family = 10;
            assertThat(Metrics.addr_same(Host.addr("10.0.0.1"), other)).isFalse();
        }
    }

    @Nested
    class tcpm_suck_dst {
        @Test
        @DisplayName("starts from what the route says, with its locks; the last timestamp is forgotten")
        void route() {
            host.metrics[RTAX_RTT - 1] = 100;
            host.metrics[RTAX_CWND - 1] = 20;
            host.metrics[RTAX_LOCK - 1] = 1 << RTAX_CWND | 1 << RTAX_REORDERING;
            tm.tcpm_vals[TCP_METRIC_SSTHRESH] = 5;
            tm.tcpm_ts = 1;
            tm.tcpm_ts_stamp = 2;
            tm.tcpm_fastopen.mss = 1000;

            Metrics.tcpm_suck_dst(tm, host.rt, false);

            assertThat(tm.tcpm_vals).containsExactly(100, 0, 0, 20, 0);
            assertThat(tm.tcpm_lock).isEqualTo(1 << TCP_METRIC_CWND | 1 << TCP_METRIC_REORDERING);
            assertThat(tm.tcpm_ts).isZero();
            assertThat(tm.tcpm_ts_stamp).isZero();
            assertThat(tm.tcpm_stamp).isEqualTo(jiffies);
            assertThat(tm.tcpm_fastopen.mss).isEqualTo(1000);
        }

        @Test
        @DisplayName("each of the other locks")
        void locks() {
            host.metrics[RTAX_LOCK - 1] = 1 << RTAX_RTT | 1 << RTAX_RTTVAR | 1 << RTAX_SSTHRESH;

            Metrics.tcpm_suck_dst(tm, host.rt, false);

            assertThat(tm.tcpm_lock)
                    .isEqualTo(1 << TCP_METRIC_RTT | 1 << TCP_METRIC_RTTVAR | 1 << TCP_METRIC_SSTHRESH);
        }

        @Test
        @DisplayName("the cookie is forgotten only when asked for")
        void cookie() {
            tm.tcpm_fastopen.mss = 1000;
            tm.tcpm_fastopen.syn_loss = 3;
            tm.tcpm_fastopen.cookie.len = 8;

            Metrics.tcpm_suck_dst(tm, host.rt, true);

            assertThat(tm.tcpm_fastopen.mss).isZero();
            assertThat(tm.tcpm_fastopen.syn_loss).isZero();
            assertThat(tm.tcpm_fastopen.cookie.len).isZero();
        }
    }

    @Nested
    class tcpm_check_stamp {
        @Test
        @DisplayName("an hour is not too old, a millisecond more is; null is nothing")
        void hour() {
            Metrics.tcpm_check_stamp(null, host.rt);
            tm.tcpm_stamp = jiffies;
            tm.tcpm_vals[TCP_METRIC_RTT] = 800;

            Host.later(HOUR);
            Metrics.tcpm_check_stamp(tm, host.rt);
            assertThat(tm.tcpm_vals[TCP_METRIC_RTT]).isEqualTo(800);

            Host.later(1);
            Metrics.tcpm_check_stamp(tm, host.rt);
            assertThat(tm.tcpm_vals[TCP_METRIC_RTT]).isZero();
            assertThat(tm.tcpm_stamp).isEqualTo(jiffies);
        }
    }

    @Nested
    class tcpm_new {
        private final inetpeer_addr us = Host.addr(Host.US);
        private final inetpeer_addr them = Host.addr(Host.THEM);
        private final int hash = 5;

        @Test
        @DisplayName("a new entry stands first in its bucket, with the metrics of the route")
        void first() {
            tcp_metrics_block other = Metrics.tcpm_new(host.rt, us, Host.addr("10.0.0.9"), hash);
            host.metrics[RTAX_RTT - 1] = 100;

            tcp_metrics_block made = Metrics.tcpm_new(host.rt, us, them, hash);

            assertThat(Metrics.hashTable(init_net)[hash]).isSameAs(made);
            assertThat(made.tcpm_next).isSameAs(other);
            assertThat(made.tcpm_daddr.a4).isEqualTo(them.a4);
            assertThat(made.tcpm_saddr.a4).isEqualTo(us.a4);
            assertThat(made.tcpm_vals[TCP_METRIC_RTT]).isEqualTo(100);
        }

        @Test
        @DisplayName("one that is there already is returned, and made new if it is too old")
        void there() {
            tcp_metrics_block made = Metrics.tcpm_new(host.rt, us, them, hash);
            made.tcpm_vals[TCP_METRIC_RTT] = 800;
            Host.later(HOUR + 1);

            assertThat(Metrics.tcpm_new(host.rt, us, them, hash)).isSameAs(made);
            assertThat(made.tcpm_vals[TCP_METRIC_RTT]).isZero();
        }

        @Test
        @DisplayName("in a bucket of six the one that was written longest ago is used again, cookie and all")
        void reclaim() {
            tcp_metrics_block[] six = new tcp_metrics_block[6];
            for (int i = 0; i < 6; i++) {
                six[i] = Metrics.tcpm_new(host.rt, us, Host.addr("10.0.1." + i), hash);
                Host.later(10);
            }
            six[0].tcpm_stamp = jiffies;
            six[1].tcpm_fastopen.cookie.len = 8;

            tcp_metrics_block made = Metrics.tcpm_new(host.rt, us, them, hash);

            assertThat(made).isSameAs(six[1]);
            assertThat(made.tcpm_daddr.a4).isEqualTo(them.a4);
            assertThat(made.tcpm_fastopen.cookie.len).isZero();
            assertThat(Metrics.hashTable(init_net)[hash]).isSameAs(six[5]);
        }

        @Test
        @DisplayName("without memory: null")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Metrics.tcpm_new(host.rt, us, them, hash)).isNull();
            assertThat(Metrics.hashTable(init_net)[hash]).isNull();
        }
    }

    @Nested
    class tcp_get_encode {
        @Test
        @DisplayName("nothing found after more than five entries: one is to be used again")
        void deep() {
            assertThat(Metrics.tcp_get_encode(tm, 9)).isSameAs(tm);
            assertThat(Metrics.tcp_get_encode(null, 5)).isNull();
            assertThat(Metrics.tcp_get_encode(null, 6)).isSameAs(TCP_METRICS_RECLAIM_PTR);
        }
    }

    @Nested
    class __tcp_get_metrics {
        @Test
        @DisplayName("both addresses count")
        void both() {
            tcp_metrics_block made = host.block();
            int hash = bucket(Host.THEM);
            inetpeer_addr us = Host.addr(Host.US), them = Host.addr(Host.THEM);

            assertThat(Metrics.__tcp_get_metrics(us, them, init_net, hash)).isSameAs(made);
            assertThat(Metrics.__tcp_get_metrics(Host.addr("10.0.0.2"), them, init_net, hash)).isNull();
            assertThat(Metrics.__tcp_get_metrics(us, Host.addr("10.0.0.8"), init_net, hash)).isNull();
        }
    }

    @Nested
    class __tcp_get_metrics_req {
        @Test
        @DisplayName("the entry of who sent the SYN, not an old one; none is made")
        void of_the_request() {
            assertThat(Metrics.__tcp_get_metrics_req(host.req, host.rt)).isNull();
            tcp_metrics_block made = host.block();
            made.tcpm_vals[TCP_METRIC_RTT] = 800;

            assertThat(Metrics.__tcp_get_metrics_req(host.req, host.rt)).isSameAs(made);

            Host.later(HOUR + 1);
            Metrics.__tcp_get_metrics_req(host.req, host.rt);
            assertThat(made.tcpm_vals[TCP_METRIC_RTT]).isZero();
        }

        @Test
        @DisplayName("another family has none")
        void family() {
            host.block();
            host.req.rsk_ops.family = 10;

            assertThat(Metrics.__tcp_get_metrics_req(host.req, host.rt)).isNull();
        }
    }

    @Nested
    class __tcp_get_metrics_tw {
        @Test
        @DisplayName("the entry of the peer of a time-wait socket; none is made")
        void of_the_timewait() {
            assertThat(Metrics.__tcp_get_metrics_tw(host.tw)).isNull();
            tcp_metrics_block made = host.block();

            assertThat(Metrics.__tcp_get_metrics_tw(host.tw)).isSameAs(made);

            host.tw.skc_family = 10;
            assertThat(Metrics.__tcp_get_metrics_tw(host.tw)).isNull();
        }
    }

    @Nested
    class tcp_get_metrics {
        @Test
        @DisplayName("made if asked for, and found again")
        void made() {
            assertThat(Metrics.tcp_get_metrics(host.sk, host.rt, false)).isNull();

            tcp_metrics_block made = Metrics.tcp_get_metrics(host.sk, host.rt, true);

            assertThat(made).isNotNull().isSameAs(Metrics.tcp_get_metrics(host.sk, host.rt, false));
            assertThat(Metrics.hashTable(init_net)[bucket(Host.THEM)]).isSameAs(made);
        }

        @Test
        @DisplayName("in a bucket that is full: null if none is to be made")
        void full() {
            for (int i = 0; i < 6; i++) {
                Metrics.tcpm_new(host.rt, Host.addr(Host.US), Host.addr("10.0.1." + i), bucket(Host.THEM));
            }

            assertThat(Metrics.tcp_get_metrics(host.sk, host.rt, false)).isNull();
            assertThat(Metrics.tcp_get_metrics(host.sk, host.rt, true)).isNotNull();
        }

        @Test
        @DisplayName("another family has none; the same host in another namespace is another one")
        void others() {
            tcp_metrics_block here = host.block();
            host.rt.dev = NetNs.create("other").loopback_dev;
            assertThat(host.block()).isNotSameAs(here);

            host.sk.skc_family = 10;
            assertThat(host.block()).isNull();
        }
    }
}
