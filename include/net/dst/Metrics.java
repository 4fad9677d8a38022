// SPDX-License-Identifier: GPL-2.0-only
package net.dst;

import static linux.bug.Bug.BUG_ON;
import static linux.bug.Bug.WARN_ON_ONCE;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.jiffies.Jiffies.msecs_to_jiffies;
import static uapi.linux.rtnetlink.Rt.RTAX_ADVMSS;
import static uapi.linux.rtnetlink.Rt.RTAX_FEATURES;
import static uapi.linux.rtnetlink.Rt.RTAX_FEATURE_ALLFRAG;
import static uapi.linux.rtnetlink.Rt.RTAX_HOPLIMIT;
import static uapi.linux.rtnetlink.Rt.RTAX_LOCK;
import static uapi.linux.rtnetlink.Rt.RTAX_MAX;
import static uapi.linux.rtnetlink.Rt.RTAX_MTU;

import linux.gfp.Gfp;

/**
 * The metrics of a route: what was set with it ({@code ip route add ... mtu lock 1400 rto_min 50}), by {@code RTAX_*}.
 * 0 means "not set". From {@code include/net/dst.h} and {@code net/core/dst.c}.
 *
 * <p>All entries of a route share one array and must not write to it. IPv4 never does: what it learns about a path
 * stands in the entry itself ({@code rt_pmtu}) or in TCP's own table of metrics.
 */
public final class Metrics {
    private Metrics() {}

    /** Of a route without any. */
    public static final int[] dst_default_metrics = new int[RTAX_MAX];

    public static boolean dst_metrics_read_only(dst_entry dst) {
        return dst.metricsReadOnly;
    }

    public static void dst_destroy_metrics_generic(dst_entry dst) {
        if (!dst_metrics_read_only(dst)) {
            __dst_destroy_metrics_generic(dst, dst._metrics);
        }
    }

    /** @return an array that may be written to, or null if the family says no */
    public static int[] dst_metrics_write_ptr(dst_entry dst) {
        int[] p = dst._metrics;

        BUG_ON(p == null);

        if (dst.metricsReadOnly) {
            return dst.ops.cow_metrics.call(dst, p);
        }
        return p;
    }

    /** Only while nobody else knows the entry. */
    public static void dst_init_metrics(dst_entry dst, int[] src_metrics, boolean read_only) {
        dst._metrics = src_metrics;
        dst.metricsReadOnly = read_only;
    }

    public static void dst_copy_metrics(dst_entry dest, dst_entry src) {
        int[] dst_metrics = dst_metrics_write_ptr(dest);

        if (dst_metrics != null) {
            int[] src_metrics = dst_metrics_ptr(src);

            System.arraycopy(src_metrics, 0, dst_metrics, 0, RTAX_MAX);
        }
    }

    public static int[] dst_metrics_ptr(dst_entry dst) {
        return dst._metrics;
    }

    /** As it was set, 0 if it was not. */
    public static int dst_metric_raw(dst_entry dst, int metric) {
        int[] p = dst_metrics_ptr(dst);

        return p[metric - 1];
    }

    /** The same, for all but those three that have a function of their own because 0 means "work it out". */
    public static int dst_metric(dst_entry dst, int metric) {
        WARN_ON_ONCE(metric == RTAX_HOPLIMIT || metric == RTAX_ADVMSS || metric == RTAX_MTU);
        return dst_metric_raw(dst, metric);
    }

    /** The MSS to announce, in bytes. */
    public static int dst_metric_advmss(dst_entry dst) {
        int advmss = dst_metric_raw(dst, RTAX_ADVMSS);

        if (advmss == 0) {
            advmss = dst.ops.default_advmss.call(dst);
        }

        return advmss;
    }

    public static void dst_metric_set(dst_entry dst, int metric, int val) {
        int[] p = dst_metrics_write_ptr(dst);

        if (p != null) {
            p[metric - 1] = val;
        }
    }

    public static int dst_feature(dst_entry dst, int feature) {
        return dst_metric(dst, RTAX_FEATURES) & feature;
    }

    /** The path MTU: the largest IP packet in bytes, header included. */
    public static int dst_mtu(dst_entry dst) {
        return dst.ops.mtu.call(dst);
    }

    /** A time, set in milliseconds, in jiffies. */
    public static long dst_metric_rtt(dst_entry dst, int metric) {
        return msecs_to_jiffies(dst_metric(dst, metric));
    }

    public static int dst_allfrag(dst_entry dst) {
        return dst_feature(dst, RTAX_FEATURE_ALLFRAG);
    }

    /** Was it set with {@code lock}, so that nothing that is learnt may change it? */
    public static boolean dst_metric_locked(dst_entry dst, int metric) {
        return (dst_metric(dst, RTAX_LOCK) & 1 << metric) != 0;
    }

    /** Gives the entry metrics of its own. */
    public static int[] dst_cow_metrics_generic(dst_entry dst, int[] old) {
        if (Gfp.fails(GFP_ATOMIC)) {
            return null;
        }
        int[] p = old.clone();

        dst._metrics = p;
        dst.metricsReadOnly = false;
        return p;
    }

    /** Only for an entry with metrics of its own. */
    public static void __dst_destroy_metrics_generic(dst_entry dst, int[] old) {
        dst._metrics = dst_default_metrics;
        dst.metricsReadOnly = true;
    }
}
