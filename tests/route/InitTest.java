// SPDX-License-Identifier: GPL-2.0-only
package route;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static linux.errno.Errno.ENOMEM;
import static net.dst.Metrics.dst_metric;
import static net.dst.Metrics.dst_metric_set;
import static net.inetpeer.InetPeer.inet_getpeer_v4;
import static net.inetpeer.InetPeer.inet_putpeer;
import static net.net_namespace.NetNs.init_net;
import static net.route.Route.ip_rt_put;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Vectors.each;
import static uapi.linux.rtnetlink.Rt.RTAX_WINDOW;

import linux.bug.Bug;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.sysctl.ctl_table;
import net.inetpeer.inet_peer_base;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import net.route.rtable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Ipv4;
import testing.KernelTest;

@KernelTest
class InitTest {
    @BeforeEach
    void network() {
        Ipv4.boot();
    }

    @Nested
    class ip_rt_init {
        @Test
        @DisplayName("after it, 127.0.0.1 is there")
        void loopback() {
            rtable rt = Ipv4.route(init_net, "127.0.0.1");

            assertThat(rt.dev).isSameAs(init_net.loopback_dev);
            assertThat(Init.ip_rt_max_size).isEqualTo(Integer.MAX_VALUE);
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("and in each new namespace")
        void namespace() {
            net other = NetNs.create("other");

            rtable rt = Ipv4.route(other, "127.0.0.1");

            assertThat(rt.dev).isSameAs(other.loopback_dev);
            ip_rt_put(rt);
        }
    }

    @Nested
    class ip_static_sysctl_init {
        @ParameterizedTest
        @CsvSource({"gc_thresh, -1", "max_size, 2147483647", "gc_min_interval, 0", "gc_min_interval_ms, 500",
            "gc_timeout, 300", "gc_interval, 60", "redirect_load, 20", "redirect_number, 9",
            "redirect_silence, 20480", "error_cost, 1000", "error_burst, 5000", "gc_elasticity, 8",
            "mtu_expires, 600", "min_pmtu, 552", "min_adv_mss, 256"})
        @DisplayName("net.ipv4.route.*: their first values, and that they can be set")
        void defaults(String name, String value) {
            assertThat(init_net.sysctls.read("net.ipv4.route." + name)).isEqualTo(value);

            assertThat(init_net.sysctls.write("net.ipv4.route." + name, "7")).isZero();

            assertThat(init_net.sysctls.read("net.ipv4.route." + name)).isEqualTo("7");
        }

        @Test
        @DisplayName("only in the first namespace")
        void first_only() {
            assertThat(NetNs.create("other").sysctls.read("net.ipv4.route.min_pmtu")).isNull();
        }
    }

    @Nested
    class ipv4_sysctl_rtcache_flush {
        @Test
        @DisplayName("can be written, not read, and makes everything stale that was learnt")
        void flush() {
            rtable rt = Ipv4.route(init_net, "127.0.0.1");
            int genid = init_net.fnhe_genid;

            assertThat(init_net.sysctls.write("net.ipv4.route.flush", "1")).isZero();

            assertThat(Check.rt_is_expired(rt)).isTrue();
            assertThat(init_net.fnhe_genid).isEqualTo(genid + 1);
            ip_rt_put(rt);

            ctl_table t = new ctl_table("flush");
            t.data = init_net;
            assertThat(Init.ipv4_sysctl_rtcache_flush(t, false, new Ref<>())).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class sysctl_route_net_init {
        @Test
        @DisplayName("each namespace can be flushed by itself")
        void each() {
            net other = NetNs.create("other");
            rtable rt = Ipv4.route(init_net, "127.0.0.1");

            assertThat(other.sysctls.write("net.ipv4.route.flush", "1")).isZero();

            assertThat(Check.rt_is_expired(rt)).isFalse();
            ip_rt_put(rt);
        }

        @Test
        @DisplayName("-ENOMEM without memory")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Init.sysctl_route_net_init(init_net)).isEqualTo(-ENOMEM);
        }
    }

    @Nested
    class sysctl_route_net_exit {
        @Test
        @DisplayName("takes the sysctl away")
        void gone() {
            Init.sysctl_route_net_exit(init_net);

            assertThat(init_net.sysctls.write("net.ipv4.route.flush", "1")).isEqualTo(-ENOENT);
        }
    }

    @Nested
    class rt_genid_init {
        @Test
        @DisplayName("begins at 0; the number of the addresses is random")
        void first_values() {
            net net = new net("bare");
            net.ipv4.rt_genid = 5;
            net.fnhe_genid = 5;

            assertThat(Init.rt_genid_init(net)).isZero();

            assertThat(net.ipv4.rt_genid).isZero();
            assertThat(net.fnhe_genid).isZero();
            assertThat(net.ipv4.dev_addr_genid).isNotZero();
        }
    }

    @Nested
    class ipv4_inetpeer_init {
        @Test
        @DisplayName("each namespace remembers hosts by itself")
        void own_memory() {
            assertThat(NetNs.create("other").ipv4.peers).isNotNull().isNotSameAs(init_net.ipv4.peers);
        }

        @Test
        @DisplayName("-ENOMEM without memory")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Init.ipv4_inetpeer_init(init_net)).isEqualTo(-ENOMEM);
        }
    }

    @Nested
    class ipv4_inetpeer_exit {
        @Test
        @DisplayName("forgets all")
        void forgets() {
            net other = NetNs.create("other");
            inet_putpeer(inet_getpeer_v4(other.ipv4.peers, 1, true));
            inet_peer_base peers = other.ipv4.peers;

            Init.ipv4_inetpeer_exit(other);

            assertThat(other.ipv4.peers).isNull();
            assertThat(inet_getpeer_v4(peers, 1, false)).isNull();
        }
    }

    @Nested
    class ipv4_cow_metrics {
        @Test
        @DisplayName("nobody may write to the metrics of a route: warns")
        void refused() {
            rtable rt = Ipv4.route(init_net, "127.0.0.1");

            dst_metric_set(rt, RTAX_WINDOW, 5);

            assertThat(dst_metric(rt, RTAX_WINDOW)).isZero();
            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
            ip_rt_put(rt);
        }
    }
}
