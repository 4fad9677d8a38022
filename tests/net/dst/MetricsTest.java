// SPDX-License-Identifier: GPL-2.0-only
package net.dst;

import static net.dst.Garbage.dst_alloc;
import static net.dst.dst_entry.DST_OBSOLETE_NONE;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.rtnetlink.Rt.RTAX_ADVMSS;
import static uapi.linux.rtnetlink.Rt.RTAX_FEATURES;
import static uapi.linux.rtnetlink.Rt.RTAX_FEATURE_ALLFRAG;
import static uapi.linux.rtnetlink.Rt.RTAX_FEATURE_ECN;
import static uapi.linux.rtnetlink.Rt.RTAX_FEATURE_SACK;
import static uapi.linux.rtnetlink.Rt.RTAX_HOPLIMIT;
import static uapi.linux.rtnetlink.Rt.RTAX_LOCK;
import static uapi.linux.rtnetlink.Rt.RTAX_MAX;
import static uapi.linux.rtnetlink.Rt.RTAX_MTU;
import static uapi.linux.rtnetlink.Rt.RTAX_RTO_MIN;
import static uapi.linux.rtnetlink.Rt.RTAX_WINDOW;

import linux.bug.Bug;
import linux.gfp.Gfp;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class MetricsTest {
    private final dst_ops ops = new dst_ops();
    private dst_entry dst;

    @BeforeEach
    void entry() {
        ops.kmem_cachep = dst_entry::new;
        ops.cow_metrics = Metrics::dst_cow_metrics_generic;
        ops.default_advmss = d -> 1460;
        ops.mtu = d -> 1500;
        dst = dst_alloc(ops, null, 1, DST_OBSOLETE_NONE, 0);
    }

    private void set(int metric, int value) {
        int[] m = new int[RTAX_MAX];
        m[metric - 1] = value;
        Metrics.dst_init_metrics(dst, m, true);
    }

    @Nested
    class dst_metrics_read_only {
        @Test
        @DisplayName("metrics that others share must not be written to")
        void shared() {
            assertThat(Metrics.dst_metrics_read_only(dst)).isTrue();

            Metrics.dst_init_metrics(dst, new int[RTAX_MAX], false);

            assertThat(Metrics.dst_metrics_read_only(dst)).isFalse();
        }
    }

    @Nested
    class dst_metrics_write_ptr {
        @Test
        @DisplayName("of an entry with metrics of its own, these; else the family is asked")
        void own() {
            int[] own = new int[RTAX_MAX];
            Metrics.dst_init_metrics(dst, own, false);
            assertThat(Metrics.dst_metrics_write_ptr(dst)).isSameAs(own);

            Metrics.dst_init_metrics(dst, own, true);
            assertThat(Metrics.dst_metrics_write_ptr(dst)).isNotSameAs(own);
        }
    }

    @Nested
    class dst_metric_set {
        @Test
        @DisplayName("the entry gets metrics of its own; the others' stay")
        void copied() {
            set(RTAX_WINDOW, 7);
            int[] shared = Metrics.dst_metrics_ptr(dst);

            Metrics.dst_metric_set(dst, RTAX_WINDOW, 8);

            assertThat(Metrics.dst_metric(dst, RTAX_WINDOW)).isEqualTo(8);
            assertThat(shared[RTAX_WINDOW - 1]).isEqualTo(7);
        }

        @Test
        @DisplayName("without memory nothing is set")
        void no_memory() {
            Gfp.failNth(0);

            Metrics.dst_metric_set(dst, RTAX_WINDOW, 8);

            assertThat(Metrics.dst_metric(dst, RTAX_WINDOW)).isZero();
        }
    }

    @Nested
    class dst_copy_metrics {
        @Test
        @DisplayName("takes over another entry's")
        void copied() {
            set(RTAX_WINDOW, 7);
            dst_entry other = dst_alloc(ops, null, 1, DST_OBSOLETE_NONE, 0);

            Metrics.dst_copy_metrics(other, dst);

            assertThat(Metrics.dst_metric(other, RTAX_WINDOW)).isEqualTo(7);
        }
    }

    @Nested
    class dst_destroy_metrics_generic {
        @Test
        @DisplayName("back to the default ones")
        void dropped() {
            Metrics.dst_metric_set(dst, RTAX_WINDOW, 8);

            Metrics.dst_destroy_metrics_generic(dst);

            assertThat(Metrics.dst_metrics_ptr(dst)).isSameAs(Metrics.dst_default_metrics);
            assertThat(Metrics.dst_metrics_read_only(dst)).isTrue();
        }
    }

    @Nested
    class dst_metric_raw {
        @Test
        @DisplayName("0: not set")
        void raw() {
            assertThat(Metrics.dst_metric_raw(dst, RTAX_MTU)).isZero();
            set(RTAX_MTU, 1400);
            assertThat(Metrics.dst_metric_raw(dst, RTAX_MTU)).isEqualTo(1400);
        }
    }

    @Nested
    class dst_metric {
        @ParameterizedTest
        @ValueSource(ints = {RTAX_HOPLIMIT, RTAX_ADVMSS, RTAX_MTU})
        @DisplayName("warns where 0 does not mean 0")
        void warns(int metric) {
            Metrics.dst_metric(dst, metric);

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
        }
    }

    @Nested
    class dst_metric_advmss {
        @Test
        @DisplayName("what was set, else what the family makes of the device")
        void advmss() {
            assertThat(Metrics.dst_metric_advmss(dst)).isEqualTo(1460);
            set(RTAX_ADVMSS, 700);
            assertThat(Metrics.dst_metric_advmss(dst)).isEqualTo(700);
        }
    }

    @Nested
    class dst_mtu {
        @Test
        @DisplayName("asks the family")
        void mtu() {
            assertThat(Metrics.dst_mtu(dst)).isEqualTo(1500);
        }
    }

    @Nested
    class dst_metric_rtt {
        @Test
        @DisplayName("milliseconds become jiffies")
        void rtt() {
            set(RTAX_RTO_MIN, 50);

            assertThat(Metrics.dst_metric_rtt(dst, RTAX_RTO_MIN)).isEqualTo(50);
        }
    }

    @Nested
    class dst_feature {
        @Test
        @DisplayName("a bit of the features")
        void bit() {
            set(RTAX_FEATURES, RTAX_FEATURE_ECN);

            assertThat(Metrics.dst_feature(dst, RTAX_FEATURE_ECN)).isNotZero();
            assertThat(Metrics.dst_feature(dst, RTAX_FEATURE_SACK)).isZero();
        }
    }

    @Nested
    class dst_allfrag {
        @Test
        @DisplayName("another one")
        void bit() {
            assertThat(Metrics.dst_allfrag(dst)).isZero();
            set(RTAX_FEATURES, RTAX_FEATURE_ALLFRAG);
            assertThat(Metrics.dst_allfrag(dst)).isNotZero();
        }
    }

    @Nested
    class dst_metric_locked {
        @Test
        @DisplayName("each metric can be locked by itself")
        void locked() {
            set(RTAX_LOCK, 1 << RTAX_MTU);

            assertThat(Metrics.dst_metric_locked(dst, RTAX_MTU)).isTrue();
            assertThat(Metrics.dst_metric_locked(dst, RTAX_RTO_MIN)).isFalse();
        }
    }

    @Nested
    class dst_init_metrics {
        @Test
        @DisplayName("these, shared or its own")
        void set() {
            int[] m = new int[RTAX_MAX];

            Metrics.dst_init_metrics(dst, m, true);
            assertThat(Metrics.dst_metrics_ptr(dst)).isSameAs(m);
            assertThat(Metrics.dst_metrics_read_only(dst)).isTrue();

            Metrics.dst_init_metrics(dst, m, false);
            assertThat(Metrics.dst_metrics_read_only(dst)).isFalse();
        }
    }

    @Nested
    class dst_metrics_ptr {
        @Test
        @DisplayName("those that it has, without making any")
        void those() {
            assertThat(Metrics.dst_metrics_ptr(dst)).isSameAs(Metrics.dst_default_metrics);
            set(RTAX_MTU, 1234);
            assertThat(Metrics.dst_metrics_ptr(dst)[RTAX_MTU - 1]).isEqualTo(1234);
            assertThat(Metrics.dst_metrics_read_only(dst)).isTrue();
        }
    }

    @Nested
    class dst_cow_metrics_generic {
        @Test
        @DisplayName("a copy of its own; the shared ones stay as they are")
        void copied() {
            set(RTAX_MTU, 1234);
            int[] shared = Metrics.dst_metrics_ptr(dst);

            int[] own = Metrics.dst_cow_metrics_generic(dst, shared);

            assertThat(own).isNotSameAs(shared).isEqualTo(shared);
            assertThat(Metrics.dst_metrics_ptr(dst)).isSameAs(own);
            assertThat(Metrics.dst_metrics_read_only(dst)).isFalse();
        }

        @Test
        @DisplayName("no memory: null, and the shared ones stay in use")
        void no_memory() {
            int[] shared = Metrics.dst_metrics_ptr(dst);
            Gfp.failNth(0);

            assertThat(Metrics.dst_cow_metrics_generic(dst, shared)).isNull();

            assertThat(Metrics.dst_metrics_ptr(dst)).isSameAs(shared);
            assertThat(Metrics.dst_metrics_read_only(dst)).isTrue();
        }
    }

    @Nested
    class __dst_destroy_metrics_generic {
        @Test
        @DisplayName("back to those of a route without any")
        void destroyed() {
            Metrics.dst_metric_set(dst, RTAX_MTU, 1234);

            Metrics.__dst_destroy_metrics_generic(dst, Metrics.dst_metrics_ptr(dst));

            assertThat(Metrics.dst_metrics_ptr(dst)).isSameAs(Metrics.dst_default_metrics);
            assertThat(Metrics.dst_metrics_read_only(dst)).isTrue();
        }
    }
}
