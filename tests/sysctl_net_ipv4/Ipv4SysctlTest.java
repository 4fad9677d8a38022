// SPDX-License-Identifier: GPL-2.0-only
package sysctl_net_ipv4;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static linux.errno.Errno.ENOMEM;
import static linux.errno.Errno.EPERM;
import static linux.errno.Errno.name;
import static linux.jiffies.Jiffies.HZ;
import static net.ip.IpPacket.inet_is_reserved_local_port;
import static net.net_namespace.NetNs.init_net;
import static net.tcp.Globals.tcp_fastopen_ctx;
import static net.tcp.Globals.tcp_prot;
import static net.tcp.Sysctls.sysctl_tcp_fin_timeout;
import static org.assertj.core.api.Assertions.assertThat;
import static tcp_fastopen.Fastopen.tcp_fastopen_init_key_once;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import linux.compiler.IntRef;
import linux.compiler.Ref;
import linux.gfp.Gfp;
import linux.sysctl.ctl_table;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class Ipv4SysctlTest {
    private static String read(String name) {
        return init_net.sysctls.read("net.ipv4." + name);
    }

    private static int write(String name, String value) {
        return init_net.sysctls.write("net.ipv4." + name, value);
    }

    private static ctl_table table(net net, String name) {
        ctl_table t = new ctl_table(name);
        t.data = net;
        return t;
    }

    @Nested
    class set_local_port_range {
        @Test
        @DisplayName("of the namespace")
        void sets() {
            Ipv4Sysctl.set_local_port_range(init_net, new int[] {5, 9});

            assertThat(init_net.ipv4.sysctl_local_ports_range).containsExactly(5, 9);
        }
    }

    @Nested
    class ipv4_local_port_range {
        @Test
        @DisplayName("reads and writes both ends, of its own namespace")
        void both() {
            net other = NetNs.create("other");
            assertThat(read("ip_local_port_range")).isEqualTo("32768\t61000");

            assertThat(write("ip_local_port_range", "1 65535")).isZero();

            assertThat(init_net.ipv4.sysctl_local_ports_range).containsExactly(1, 65535);
            assertThat(read("ip_local_port_range")).isEqualTo("1\t65535");
            assertThat(other.sysctls.read("net.ipv4.ip_local_port_range")).isEqualTo("32768\t61000");
        }

        @ParameterizedTest
        @ValueSource(strings = {"0 100", "1 65536", "200 100", "-1 5", "a b", ""})
        @DisplayName("-EINVAL for what is no port, or no range; nothing changes")
        void invalid(String value) {
            assertThat(write("ip_local_port_range", value)).isEqualTo(-EINVAL);
            assertThat(init_net.ipv4.sysctl_local_ports_range).containsExactly(32768, 61000);
        }

        @Test
        @DisplayName("a single number is the lower end")
        void one() {
            assertThat(write("ip_local_port_range", "40000\n")).isZero();
            assertThat(init_net.ipv4.sysctl_local_ports_range).containsExactly(40000, 61000);
        }
    }

    @Nested
    class inet_get_ping_group_range_table {
        @Test
        @DisplayName("both ends, of the namespace of the table")
        void both() {
            net other = NetNs.create("other");
            other.ipv4.sysctl_ping_group_range[0] = 7;
            other.ipv4.sysctl_ping_group_range[1] = 8;
            IntRef low = new IntRef();
            IntRef high = new IntRef();

            Ipv4Sysctl.inet_get_ping_group_range_table(table(other, "ping_group_range"), low, high);

            assertThat(low.val).isEqualTo(7);
            assertThat(high.val).isEqualTo(8);
        }
    }

    @Nested
    class set_ping_group_range {
        @Test
        @DisplayName("of the namespace of the table")
        void sets() {
            Ipv4Sysctl.set_ping_group_range(table(init_net, "ping_group_range"), 3, 4);

            assertThat(init_net.ipv4.sysctl_ping_group_range).containsExactly(3, 4);
        }
    }

    @Nested
    class ipv4_ping_group_range {
        @Test
        @DisplayName("nobody at first; then those of the range")
        void range() {
            assertThat(read("ping_group_range")).isEqualTo("1\t0");

            assertThat(write("ping_group_range", "100 2147483647")).isZero();
            assertThat(read("ping_group_range")).isEqualTo("100\t2147483647");
        }

        @Test
        @DisplayName("a range that is none means nobody; what is no group, -EINVAL")
        void none() {
            write("ping_group_range", "100 200");
            assertThat(write("ping_group_range", "200 100")).isZero();
            assertThat(read("ping_group_range")).isEqualTo("1\t0");

            assertThat(write("ping_group_range", "-1 5")).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class proc_tcp_congestion_control {
        @Test
        @DisplayName("the default of new sockets, by name")
        void name() {
            assertThat(read("tcp_congestion_control")).isEqualTo("cubic");

            assertThat(write("tcp_congestion_control", "vegas\n")).isZero();

            assertThat(read("tcp_congestion_control")).isEqualTo("vegas");
            assertThat(read("tcp_available_congestion_control")).startsWith("vegas ");
        }

        @Test
        @DisplayName("-ENOENT for a name that nobody has; of one that is too long only 15 bytes count")
        void unknown() {
            assertThat(write("tcp_congestion_control", "bbr")).isEqualTo(-ENOENT);
            assertThat(write("tcp_congestion_control", "reno           and more")).isEqualTo(-ENOENT);
            assertThat(read("tcp_congestion_control")).isEqualTo("cubic");
        }
    }

    @Nested
    class proc_tcp_available_congestion_control {
        @Test
        @DisplayName("all names, read only")
        void all() {
            assertThat(read("tcp_available_congestion_control").split(" "))
                    .startsWith("cubic", "reno")
                    .contains("bic", "vegas", "westwood", "lia", "olia", "wvegas");
            assertThat(write("tcp_available_congestion_control", "reno")).isEqualTo(-EPERM);
        }

        @Test
        @DisplayName("-ENOMEM")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Ipv4Sysctl.proc_tcp_available_congestion_control(table(null, "x"), false, new Ref<>()))
                    .isEqualTo(-ENOMEM);
        }
    }

    @Nested
    class proc_allowed_congestion_control {
        @Test
        @DisplayName("those that everybody may choose")
        void allowed() {
            assertThat(read("tcp_allowed_congestion_control")).isEqualTo("cubic reno");

            assertThat(write("tcp_allowed_congestion_control", "reno lia\n")).isZero();

            assertThat(read("tcp_allowed_congestion_control")).isEqualTo("reno lia");
        }

        @Test
        @DisplayName("-ENOENT if one of them is not there, and nothing changes; -ENOMEM")
        void errors() {
            assertThat(write("tcp_allowed_congestion_control", "reno bbr")).isEqualTo(-ENOENT);
            assertThat(read("tcp_allowed_congestion_control")).isEqualTo("cubic reno");

            Gfp.failNth(0);
            assertThat(write("tcp_allowed_congestion_control", "reno")).isEqualTo(-ENOMEM);
        }
    }

    @Nested
    class proc_tcp_fastopen_key {
        @Test
        @DisplayName("four words, each little-endian; what is written is the key from then on")
        void key() {
            assertThat(read("tcp_fastopen_key")).isEqualTo("00000000-00000000-00000000-00000000");

            assertThat(write("tcp_fastopen_key", "1-23456789-ABCDEF01-0xfffffffe\n")).isZero();

            assertThat(read("tcp_fastopen_key")).isEqualTo("00000001-23456789-abcdef01-fffffffe");
            assertThat(tcp_fastopen_ctx.key).startsWith(1, 0, 0, 0, 0x89, 0x67, 0x45, 0x23);
        }

        @Test
        @DisplayName("a word that is too long loses its upper digits; blanks in front of a word and text behind do not matter")
        void lenient() {
            assertThat(write("tcp_fastopen_key", "112345678- 2- 3-4 and so on")).isZero();

            assertThat(read("tcp_fastopen_key")).isEqualTo("12345678-00000002-00000003-00000004");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "1-2-3", "1-2-3-", "1-2-3-g", "1 -2-3-4", "1--2-3-4", "1:2:3:4"})
        @DisplayName("-EINVAL for what is no key; the old one stays")
        void invalid(String value) {
            assertThat(write("tcp_fastopen_key", "1-2-3-4")).isZero();

            assertThat(write("tcp_fastopen_key", value)).isEqualTo(-EINVAL);
            assertThat(read("tcp_fastopen_key")).isEqualTo("00000001-00000002-00000003-00000004");
        }

        @Test
        @DisplayName("a key that was written is not replaced by a random one later")
        void stays() {
            write("tcp_fastopen_key", "1-2-3-4");

            tcp_fastopen_init_key_once(true);

            assertThat(read("tcp_fastopen_key")).isEqualTo("00000001-00000002-00000003-00000004");
        }

        @Test
        @DisplayName("-ENOMEM")
        void no_memory() {
            Gfp.failNth(0);
            assertThat(write("tcp_fastopen_key", "1-2-3-4")).isEqualTo(-ENOMEM);
        }
    }

    @Nested
    class ipv4_sysctl_init_net {
        @Test
        @DisplayName("every namespace has its own; those of the machine stand in the first one only")
        void own() {
            net other = NetNs.create("other");

            assertThat(other.sysctls.read("net.ipv4.tcp_ecn")).isEqualTo("2");
            assertThat(other.sysctls.read("net.ipv4.ping_group_range")).isEqualTo("1\t0");
            assertThat(other.sysctls.read("net.ipv4.tcp_sack")).isNull();

            other.sysctls.write("net.ipv4.tcp_ecn", "1");
            assertThat(other.ipv4.sysctl_tcp_ecn).isEqualTo(1);
            assertThat(init_net.ipv4.sysctl_tcp_ecn).isEqualTo(2);
        }

        @Test
        @DisplayName("-ENOMEM, but not for the first namespace")
        void no_memory() {
            Gfp.failNth(0);
            assertThat(Ipv4Sysctl.ipv4_sysctl_init_net(new net("bare"))).isEqualTo(-ENOMEM);
            Gfp.failNth(0);
            assertThat(Ipv4Sysctl.ipv4_sysctl_init_net(init_net)).isZero();
        }
    }

    @Nested
    class ipv4_sysctl_exit_net {
        @Test
        @DisplayName("they are gone")
        void gone() {
            Ipv4Sysctl.ipv4_sysctl_exit_net(init_net);

            assertThat(read("tcp_ecn")).isNull();
            assertThat(read("ip_local_port_range")).isNull();
            assertThat(read("tcp_sack")).isEqualTo("1");
        }
    }

    @Nested
    class sysctl_ipv4_init {
        @Test
        @DisplayName("every sysctl has the value that it has on the real machine")
        void recorded() throws IOException {
            List<String> wrong = new ArrayList<>();
            for (String line : recorded("net.ipv4.")) {
                String name = line.substring(0, line.indexOf(" = "));
                String value = line.substring(line.indexOf(" = ") + 3);
                // This one was changed for the recordings; and that machine had other modules.
                if (name.equals("net.ipv4.tcp_no_metrics_save")
                        || name.equals("net.ipv4.tcp_available_congestion_control")) {
                    continue;
                }
                if (!value.equals(init_net.sysctls.read(name))) {
                    wrong.add(name + " = " + init_net.sysctls.read(name) + " instead of " + value);
                }
            }
            assertThat(wrong).isEmpty();
        }

        private List<String> recorded(String prefix) throws IOException {
            try (InputStream in = getClass().getResourceAsStream("/recordings/sysctls.txt")) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .filter(l -> l.startsWith(prefix))
                        .toList();
            }
        }

        @Test
        @DisplayName("every number that can be read can be written, and the variable changes")
        void numbers() {
            for (ctl_table t : Ipv4Sysctl.ipv4_table) {
                if (t.get == null) {
                    continue;
                }
                long[] old = t.get.get().clone();
                long[] wanted = old.clone();
                for (int i = 0; i < wanted.length; i++) {
                    wanted[i] = old[i] == 1 ? 0 : 1;
                }
                t.set.accept(wanted);
                assertThat(t.get.get()).as(t.procname).isEqualTo(wanted);
                t.set.accept(old);
                assertThat(t.get.get()).as(t.procname).isEqualTo(old);
            }
        }

        @ParameterizedTest
        @CsvSource({
            "ip_default_ttl, 1, 255", "tcp_syn_retries, 1, 127", "tcp_adv_win_scale, -31, 31", "tcp_early_retrans, 0, 4",
            "tcp_min_tso_segs, 0, 65535", "tcp_autocorking, 0, 1"
        })
        @DisplayName("from the smallest value to the largest, and -EINVAL outside")
        void limits(String name, int min, int max) {
            assertThat(write(name, "" + min)).isZero();
            assertThat(write(name, "" + max)).isZero();
            assertThat(write(name, "" + (min - 1))).isEqualTo(-EINVAL);
            assertThat(write(name, "" + (max + 1))).isEqualTo(-EINVAL);
            assertThat(read(name)).isEqualTo("" + max);
        }

        @Test
        @DisplayName("tcp_retries1 has only an upper limit, tcp_rmem and tcp_wmem only a lower one")
        void one_limit() {
            assertThat(write("tcp_retries1", "-5")).isZero();
            assertThat(write("tcp_retries1", "256")).isEqualTo(-EINVAL);
            assertThat(write("tcp_rmem", "1 2 2147483647")).isZero();
            assertThat(tcp_prot.sysctl_rmem).containsExactly(1, 2, 2147483647);
            assertThat(write("tcp_rmem", "0 2 3")).isEqualTo(-EINVAL);
            assertThat(write("tcp_wmem", "0 2 3")).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("seconds outside are jiffies inside, and milliseconds for icmp_ratelimit")
        void jiffies() {
            assertThat(write("tcp_fin_timeout", "7")).isZero();
            assertThat(sysctl_tcp_fin_timeout).isEqualTo(7 * HZ);
            assertThat(read("tcp_fin_timeout")).isEqualTo("7");

            assertThat(write("icmp_ratelimit", "250")).isZero();
            assertThat(init_net.ipv4.sysctl_icmp_ratelimit).isEqualTo(HZ / 4);
        }

        @Test
        @DisplayName("reserved ports as a list; they are those that the port search leaves out")
        void reserved() {
            assertThat(write("ip_local_reserved_ports", "8080,9148-9150")).isZero();

            assertThat(read("ip_local_reserved_ports")).isEqualTo("8080,9148-9150");
            assertThat(inet_is_reserved_local_port(9149)).isTrue();
            assertThat(inet_is_reserved_local_port(9151)).isFalse();
        }

        @Test
        @DisplayName("-EINVAL without the reserved ports, -ENOMEM if a namespace cannot have its own")
        void errors() {
            NetNs.create("other");
            Gfp.failNth(0);
            assertThat(Ipv4Sysctl.sysctl_ipv4_init()).isEqualTo(-ENOMEM);
            assertThat(read("tcp_sack")).isNull();

            Ipv4Sysctl.ipv4_table = new ctl_table[0];
            assertThat(Ipv4Sysctl.sysctl_ipv4_init()).isEqualTo(-EINVAL);
        }
    }
}
