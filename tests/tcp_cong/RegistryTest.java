// SPDX-License-Identifier: GPL-2.0-only
package tcp_cong;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static linux.errno.Errno.ENOMEM;
import static linux.errno.Errno.EPERM;
import static net.tcp.Globals.tcp_init_congestion_ops;
import static net.tcp.Globals.tcp_reno;
import static net.tcp.tcp_congestion_ops.TCP_CA_BUF_MAX;
import static net.tcp.tcp_congestion_ops.TCP_CONG_NON_RESTRICTED;
import static net.tcp.tcp_congestion_ops.TCP_CONG_RTT_STAMP;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tcp_cong.Registry.tcp_cong_list;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Oops;
import linux.capability.Capability;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.list.list_head;
import linux.printk.Printk;
import linux.tcp.tcp_sock;
import net.tcp.tcp_congestion_ops;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.CcTrajectory;
import testing.KernelTest;

@KernelTest
class RegistryTest {
    /** Sockets that the module was told about, and what for. */
    private final List<String> told = new ArrayList<>();

    private tcp_sock tp;

    @BeforeEach
    void socket() {
        tp = CcTrajectory.socket(tcp_init_congestion_ops);
    }

    private tcp_congestion_ops module(String name) {
        tcp_congestion_ops ops = new tcp_congestion_ops();
        ops.name = name;
        ops.ssthresh = Reno::tcp_reno_ssthresh;
        ops.cong_avoid = Reno::tcp_reno_cong_avoid;
        ops.init = sk -> told.add(name + " init");
        ops.release = sk -> told.add(name + " release");
        return ops;
    }

    private tcp_congestion_ops registered(String name) {
        tcp_congestion_ops ops = module(name);
        assertThat(Registry.tcp_register_congestion_control(ops)).isZero();
        return ops;
    }

    private static List<String> available() {
        StringBuilder buf = new StringBuilder();
        Registry.tcp_get_available_congestion_control(buf, TCP_CA_BUF_MAX);
        return List.of(buf.toString().split(" "));
    }

    private static String allowed() {
        StringBuilder buf = new StringBuilder("left from before");
        Registry.tcp_get_allowed_congestion_control(buf, TCP_CA_BUF_MAX);
        return buf.toString();
    }

    private static String byDefault() {
        Ref<String> name = new Ref<>();
        Registry.tcp_get_default_congestion_control(name);
        return name.val;
    }

    @Nested
    class tcp_ca_find {
        @Test
        @DisplayName("finds by the whole name only")
        void by_name() {
            tcp_congestion_ops mine = registered("mine");

            assertThat(Registry.tcp_ca_find("mine")).isSameAs(mine);
            assertThat(Registry.tcp_ca_find("min")).isNull();
            assertThat(Registry.tcp_ca_find("")).isNull();
        }
    }

    @Nested
    class tcp_register_congestion_control {
        @Test
        @DisplayName("puts the module behind the others, and says so in the log")
        void last() {
            registered("mine");

            assertThat(available()).endsWith("mine");
            assertThat(Printk.dmesg()).last().extracting(Printk.Line::text).isEqualTo("TCP: mine registered");
        }

        @Test
        @DisplayName("-EEXIST for a second one of the name")
        void twice() {
            registered("mine");

            assertThat(Registry.tcp_register_congestion_control(module("mine"))).isEqualTo(-EEXIST);
            assertThat(available()).containsOnlyOnce("mine");
            assertThat(Printk.dmesg()).last().extracting(Printk.Line::text).isEqualTo("TCP: mine already registered");
        }

        @Test
        @DisplayName("-EINVAL without ssthresh or cong_avoid")
        void incomplete() {
            tcp_congestion_ops a = module("a");
            a.ssthresh = null;
            tcp_congestion_ops b = module("b");
            b.cong_avoid = null;

            assertThat(Registry.tcp_register_congestion_control(a)).isEqualTo(-EINVAL);
            assertThat(Registry.tcp_register_congestion_control(b)).isEqualTo(-EINVAL);
            assertThat(available()).doesNotContain("a", "b");
            assertThat(Printk.dmesg()).last().extracting(Printk.Line::text)
                    .isEqualTo("TCP: b does not implement required ops");
        }
    }

    @Nested
    class tcp_unregister_congestion_control {
        @Test
        @DisplayName("takes the module off the list; who uses it keeps it")
        void gone() {
            tcp_congestion_ops mine = registered("mine");
            Registry.tcp_set_congestion_control(tp, "mine");

            Registry.tcp_unregister_congestion_control(mine);

            assertThat(available()).doesNotContain("mine");
            assertThat(tp.icsk_ca_ops).isSameAs(mine);
        }
    }

    @Nested
    class tcp_init_congestion_control {
        @Test
        @DisplayName("a socket without a choice gets the first on the list")
        void by_default() {
            tcp_congestion_ops mine = registered("mine");
            Registry.tcp_set_default_congestion_control("mine");

            Registry.tcp_init_congestion_control(tp);

            assertThat(tp.icsk_ca_ops).isSameAs(mine);
            assertThat(told).containsExactly("mine init");
        }

        @Test
        @DisplayName("a choice stays, and is told")
        void chosen() {
            tp.icsk_ca_ops = registered("mine");

            Registry.tcp_init_congestion_control(tp);

            assertThat(tp.icsk_ca_ops.name).isEqualTo("mine");
            assertThat(told).containsExactly("mine init");
        }

        @Test
        @DisplayName("a module need not want to know")
        void no_init() {
            tp.icsk_ca_ops = tcp_reno;

            Registry.tcp_init_congestion_control(tp);

            assertThat(tp.icsk_ca_ops).isSameAs(tcp_reno);
        }
    }

    @Nested
    class tcp_cleanup_congestion_control {
        @Test
        @DisplayName("tells the module, if it wants to know")
        void released() {
            tp.icsk_ca_ops = module("mine");
            Registry.tcp_cleanup_congestion_control(tp);
            assertThat(told).containsExactly("mine release");

            tp.icsk_ca_ops = tcp_reno;
            Registry.tcp_cleanup_congestion_control(tp);
            assertThat(told).hasSize(1);
        }
    }

    @Nested
    class tcp_set_default_congestion_control {
        @Test
        @DisplayName("moves the module to the front, and everybody may choose it")
        void front() {
            tcp_congestion_ops mine = registered("mine");

            assertThat(Registry.tcp_set_default_congestion_control("mine")).isZero();

            assertThat(available()).startsWith("mine");
            assertThat(mine.flags).isEqualTo(TCP_CONG_NON_RESTRICTED);
        }

        @Test
        @DisplayName("-ENOENT for one that is not there, and the default stays")
        void unknown() {
            assertThat(Registry.tcp_set_default_congestion_control("none")).isEqualTo(-ENOENT);
            assertThat(byDefault()).isEqualTo("cubic");
        }
    }

    @Nested
    class tcp_congestion_default {
        @Test
        @DisplayName("at the end of the boot it is cubic")
        void cubic() {
            assertThat(available()).startsWith("cubic");
            assertThat(Registry.tcp_ca_find("cubic").flags & TCP_CONG_NON_RESTRICTED).isNotZero();

            registered("mine");
            Registry.tcp_set_default_congestion_control("mine");
            assertThat(Registry.tcp_congestion_default()).isZero();
            assertThat(available()).startsWith("cubic", "mine");
        }

        @Test
        @DisplayName("-ENOENT: cubic has not registered")
        void without_cubic() {
            Registry.tcp_unregister_congestion_control(Registry.tcp_ca_find("cubic"));

            assertThat(Registry.tcp_congestion_default()).isEqualTo(-ENOENT);
        }
    }

    @Nested
    class tcp_get_available_congestion_control {
        @Test
        @DisplayName("the default first, then in link order")
        void in_order() {
            assertThat(available()).containsSubsequence(
                    "cubic", "bic", "westwood", "highspeed", "hybla", "htcp", "vegas", "veno", "scalable", "lp", "yeah",
                    "illinois");
        }

        @Test
        @DisplayName("five need fine round-trip times, four report to a dump of sockets")
        void what_they_are() {
            List<String> fine = new ArrayList<>();
            List<String> reporting = new ArrayList<>();
            for (String name : List.of("bic", "cubic", "westwood", "highspeed", "hybla", "htcp", "vegas", "veno",
                    "scalable", "lp", "yeah", "illinois")) {
                tcp_congestion_ops ca = Registry.tcp_ca_find(name);
                if ((ca.flags & TCP_CONG_RTT_STAMP) != 0) {
                    fine.add(name);
                }
                if (ca.get_info != null) {
                    reporting.add(name);
                }
                assertThat(ca.release).isNull();
            }

            assertThat(fine).containsExactly("vegas", "veno", "lp", "yeah", "illinois");
            assertThat(reporting).containsExactly("westwood", "vegas", "yeah", "illinois");
        }

        @ParameterizedTest
        @CsvSource({"8, cubic b", "7, 'cubic '", "6, cubic", "5, cubi", "1, ''"})
        @DisplayName("what does not fit is cut off, with room left for a final NUL")
        void cut(int maxlen, String text) {
            tcp_cong_list = new list_head<>();
            registered("cubic");
            registered("bic");
            StringBuilder buf = new StringBuilder("left from before");

            Registry.tcp_get_available_congestion_control(buf, maxlen);

            assertThat(buf).hasToString(text);
        }
    }

    @Nested
    class tcp_get_default_congestion_control {
        @Test
        @DisplayName("is the name of the first")
        void first() {
            assertThat(byDefault()).isEqualTo("cubic");

            registered("mine");
            Registry.tcp_set_default_congestion_control("mine");

            assertThat(byDefault()).isEqualTo("mine");
        }

        @Test
        @DisplayName("there must be one")
        void none() {
            tcp_cong_list = new list_head<>();

            assertThatThrownBy(() -> byDefault()).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class tcp_get_allowed_congestion_control {
        @Test
        @DisplayName("only those that everybody may choose")
        void few() {
            registered("mine").flags = TCP_CONG_NON_RESTRICTED;

            assertThat(allowed().split(" ")).startsWith("cubic").endsWith("mine").doesNotContain("bic", "vegas");
        }
    }

    @Nested
    class tcp_set_allowed_congestion_control {
        @Test
        @DisplayName("those named, and no others")
        void named() {
            assertThat(Registry.tcp_set_allowed_congestion_control("vegas bic")).isZero();

            assertThat(allowed()).isEqualTo("bic vegas");
        }

        @Test
        @DisplayName("ends at an empty name")
        void blanks() {
            assertThat(Registry.tcp_set_allowed_congestion_control("vegas  none")).isZero();
            assertThat(allowed()).isEqualTo("vegas");

            assertThat(Registry.tcp_set_allowed_congestion_control("")).isZero();
            assertThat(allowed()).isEmpty();
        }

        @Test
        @DisplayName("-ENOENT for one that is not there, and nothing changes")
        void unknown() {
            String before = allowed();

            assertThat(Registry.tcp_set_allowed_congestion_control("vegas none")).isEqualTo(-ENOENT);

            assertThat(allowed()).isEqualTo(before);
        }

        @Test
        @DisplayName("-ENOMEM")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Registry.tcp_set_allowed_congestion_control("vegas")).isEqualTo(-ENOMEM);
        }
    }

    @Nested
    class tcp_set_congestion_control {
        @Test
        @DisplayName("releases the old module and starts the new one")
        void changed() {
            tp.icsk_ca_ops = registered("old");
            registered("new");

            assertThat(Registry.tcp_set_congestion_control(tp, "new")).isZero();

            assertThat(tp.icsk_ca_ops.name).isEqualTo("new");
            assertThat(told).containsExactly("old release", "new init");
        }

        @Test
        @DisplayName("on a closed socket it starts later")
        void closed() {
            registered("mine");
            tp.skc_state = TCP_CLOSE;

            assertThat(Registry.tcp_set_congestion_control(tp, "mine")).isZero();

            assertThat(tp.icsk_ca_ops.name).isEqualTo("mine");
            assertThat(told).isEmpty();
        }

        @Test
        @DisplayName("the same again changes nothing")
        void same() {
            tp.icsk_ca_ops = registered("mine");

            assertThat(Registry.tcp_set_congestion_control(tp, "mine")).isZero();

            assertThat(told).isEmpty();
        }

        @Test
        @DisplayName("-ENOENT for one that is not there, and the old one stays")
        void unknown() {
            assertThat(Registry.tcp_set_congestion_control(tp, "none")).isEqualTo(-ENOENT);

            assertThat(tp.icsk_ca_ops).isSameAs(tcp_init_congestion_ops);
        }

        @Test
        @DisplayName("-EPERM for one that is not for everybody, unless root asks")
        void restricted() {
            Capability.privileged = false;
            assertThat(Registry.tcp_set_congestion_control(tp, "vegas")).isEqualTo(-EPERM);
            assertThat(Registry.tcp_set_congestion_control(tp, "cubic")).isZero();

            Capability.privileged = true;
            assertThat(Registry.tcp_set_congestion_control(tp, "vegas")).isZero();
        }

        @Test
        @DisplayName("a module does not take the numbers of the former one for its own")
        void private_area() {
            Registry.tcp_set_congestion_control(tp, "veno");
            for (int i = 0; i < 9; i++) {
                tp.icsk_ca_ops.pkts_acked.call(tp, 1, 1000);
            }
            Object veno = tp.icsk_ca_priv;

            Registry.tcp_set_congestion_control(tp, "cubic");

            assertThat(tp.icsk_ca_priv).isNotSameAs(veno);
        }
    }
}
