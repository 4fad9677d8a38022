// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.printk.Printk.dmesg;
import static linux.sysctl.Sysctl.unregister_net_sysctl_table;
import static linux.types.Be.raw32;
import static mptcp_ctrl.Tokens.__mptcp_hash_insert;
import static mptcp_pm.PathManager.mptcp_unregister_path_manager;
import static net.mptcp.Globals.mptcp_init_failed;
import static net.mptcp.Globals.mptcp_pm_default;
import static net.mptcp.Globals.mptcp_secret;
import static net.mptcp.Globals.mptcp_wq;
import static net.mptcp_v4.Globals.mptcp_request_sock_ops;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Fields.sock_i_ino;
import static org.assertj.core.api.Assertions.assertThat;

import linux.gfp.Gfp;
import linux.seq_file.seq_file;
import linux.tcp.tcp_sock;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.FreshSocket;
import testing.KernelTest;
import testing.MptcpConnection;

@KernelTest
class BootTest {
    @Nested
    class mptcp_pm_seq_show {
        @Test
        @DisplayName("a line for each connection of the namespace, in the kernel's format")
        void lines() {
            MptcpConnection c = new MptcpConnection(2).connect();
            c.join(2);
            c.send(100);
            c.run(15);
            String text = c.server.proc_net.read("mptcp");

            assertThat(text.lines()).hasSize(2);
            assertThat(text.lines().toList().get(0))
                    .isEqualTo("  sl  loc_tok  rem_tok  v6 local_address                         remote_address             "
                            + "           st ns tx_queue rx_queue inode");
            assertThat(text.lines().toList().get(1)).isEqualTo(String.format(
                    "   0: %04X %04X  0 0200010A:1389                         0100010A:%04X                         01 02 "
                            + "00000000:00000064 %d",
                    raw32(c.s.mptcp_loc_token), raw32(c.c.mptcp_loc_token), c.c.skc_num, sock_i_ino(c.s)));
            c.close();
        }

        @Test
        @DisplayName("a socket that has sent its SYN has a token but is no connection yet")
        void syn_sent() {
            tcp_sock tp = FreshSocket.fresh();
            __mptcp_hash_insert(tp, 5);

            assertThat(init_net.proc_net.read("mptcp").lines()).hasSize(1);
        }
    }

    @Nested
    class mptcp_pm_seq_open {
        @Test
        @DisplayName("shows the namespace that it was opened in")
        void namespace() {
            seq_file seq = new seq_file();
            net net = NetNs.create("other");

            assertThat(Boot.mptcp_pm_seq_open(net, seq)).isZero();

            assertThat(seq.private_).isSameAs(net);
            assertThat(seq.text()).startsWith("  sl  loc_tok");
        }
    }

    @Nested
    class mptcp_pm_init_net {
        @Test
        @DisplayName("every namespace has the file")
        void file() {
            net net = NetNs.create("other");
            net.proc_net.remove("mptcp");

            assertThat(Boot.mptcp_pm_init_net(net)).isZero();

            assertThat(net.proc_net.names()).contains("mptcp");
        }

        @Test
        @DisplayName("it shows the connections of that namespace")
        void shows() {
            net net = NetNs.create("other");
            net.proc_net.remove("mptcp");
            Boot.mptcp_pm_init_net(net);

            assertThat(net.proc_net.read("mptcp")).contains("sl  loc_tok");
        }
    }

    @Nested
    class mptcp_pm_exit_net {
        @Test
        @DisplayName("the file is gone")
        void file() {
            Boot.mptcp_pm_exit_net(init_net);

            assertThat(init_net.proc_net.read("mptcp")).isNull();
        }
    }

    @Nested
    class mptcp_init {
        @Test
        @DisplayName("boot has made secret, work queue, sysctls, and registered what is there always")
        void booted() {
            assertThat(mptcp_init_failed).isFalse();
            assertThat(mptcp_secret).doesNotContain(0);
            assertThat(mptcp_wq.name).isEqualTo("mptcp_wq");
            assertThat(init_net.sysctls.names()).contains("net.mptcp.mptcp_enabled");
            assertThat(dmesg().toString()).contains("MPTCP: Stable release v0.89.5");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2})
        @DisplayName("without memory everything stays TCP, and what was made is taken back")
        void no_memory(int nth) {
            unregister_net_sysctl_table(init_net, "net/mptcp", Sysctl.mptcp_table());
            Gfp.failNth(nth);

            Boot.mptcp_init();

            assertThat(mptcp_init_failed).isTrue();
            assertThat(init_net.sysctls.names()).doesNotContain("net.mptcp.mptcp_enabled");
            assertThat(mptcp_request_sock_ops.slab_name == null).isEqualTo(nth > 0);
        }

        @Test
        @DisplayName("a path manager or a scheduler that is there twice is such a failure too")
        void twice() {
            Boot.mptcp_init();
            assertThat(mptcp_init_failed).isTrue();
            mptcp_unregister_path_manager(mptcp_pm_default);

            Boot.mptcp_init();
            assertThat(mptcp_init_failed).isTrue();
            assertThat(dmesg().toString()).contains("default already registered");
        }
    }
}
