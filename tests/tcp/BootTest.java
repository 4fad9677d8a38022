// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.sched.Sched.msleep;
import static linux.syscalls.FileCalls.sys_close;
import static net.net_namespace.NetNs.init_net;
import static net.request_sock.Queues.sysctl_max_syn_backlog;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.sock.SHUTDOWN_MASK;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp.Sysctls.sysctl_tcp_max_orphans;
import static net.tcp.Sysctls.sysctl_tcp_mem;
import static net.tcp.Sysctls.sysctl_tcp_rmem;
import static net.tcp.Sysctls.sysctl_tcp_wmem;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_SYN_RECV;
import static net.tcp_states.TcpState.TCP_SYN_SENT;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.snmp.Snmp.TCP_MIB_ATTEMPTFAILS;

import java.util.Arrays;
import linux.bug.Bug;
import linux.init.Machine;
import linux.moduleparam.ModuleParams;
import linux.printk.Printk;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;

@KernelTest
class BootTest {
    @AfterEach
    void commandLine() {
        ModuleParams.commandLine = "";
    }

    @Nested
    class tcp_done {
        private Endpoint e;
        private tcp_sock tp;
        private int told;

        @BeforeEach
        void setUp() {
            e = new Endpoint();
            tp = e.tp;
            tp.skc_prot.unhash = sk -> {};
            tp.sk_state_change = sk -> {
                assertThat(sk.skc_state).isEqualTo(TCP_CLOSE);
                told++;
            };
        }

        @AfterEach
        void tearDown() {
            e.free();
        }

        @Test
        @DisplayName("closes the socket, stops its timers and wakes whoever has it")
        void wakes() {
            e.write(10, 0);
            assertThat(tp.icsk_pending).isNotZero();

            Boot.tcp_done(tp);

            assertThat(tp.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(tp.sk_shutdown).isEqualTo(SHUTDOWN_MASK);
            assertThat(tp.icsk_pending).isZero();
            assertThat(told).isOne();
            assertThat(init_net.mib.tcp_statistics[TCP_MIB_ATTEMPTFAILS]).isZero();
        }

        @ParameterizedTest
        @ValueSource(ints = {TCP_SYN_SENT, TCP_SYN_RECV})
        @DisplayName("an attempt that failed is counted as such")
        void attempt(int state) {
            tp.skc_state = state;

            Boot.tcp_done(tp);

            assertThat(init_net.mib.tcp_statistics[TCP_MIB_ATTEMPTFAILS]).isOne();
        }

        @Test
        @DisplayName("doing it twice is a bug, and is reported")
        void twice() {
            tp.skc_state = TCP_CLOSE;

            Boot.tcp_done(tp);

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
        }

        @Test
        @DisplayName("an orphan is destroyed at once: here by the RST that answers its FIN")
        void orphan() {
            Pair p = Pair.tcp();
            lock_sock(p.s);
            sys_close(p.client);
            assertThat(p.c.skc_state).isEqualTo(TCP_FIN_WAIT1);
            int refs = p.c.skc_refcnt;
            assertThat(refs).isPositive();

            // Data behind the FIN would be an error, so the server resets: its owner throws the connection away.
            p.s.repair = true;
            Close.tcp_disconnect(p.s, 0);
            p.s.repair = false;
            release_sock(p.s);
            msleep(1000);

            assertThat(p.c.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(p.c.skc_refcnt).isZero();
            p.close();
        }
    }

    @Nested
    class set_thash_entries {
        @Test
        @DisplayName("the command line sets the size of the table of connections, and the limits follow")
        void command_line() {
            ModuleParams.commandLine = "quiet thash_entries=1000";
            Machine.boot();

            assertThat(tcp_hashinfo.ehash_mask).isEqualTo(1023);
            assertThat(tcp_hashinfo.bhash_size).isEqualTo(1024);
            assertThat(sysctl_tcp_max_orphans).isEqualTo(512);
            assertThat(sysctl_max_syn_backlog).isEqualTo(128);
        }

        @Test
        @DisplayName("what is no number is ignored")
        void no_number() {
            assertThat(Boot.set_thash_entries(null)).isZero();
            assertThat(Boot.set_thash_entries("many")).isZero();
            assertThat(Boot.set_thash_entries("0x400")).isOne();
        }
    }

    @Nested
    class tcp_init_mem {
        @Test
        @DisplayName("the limits of the machine that made the recordings: an eighth of the memory, and around it")
        void limits() {
            Arrays.fill(sysctl_tcp_mem, 0);

            Boot.tcp_init_mem();

            assertThat(sysctl_tcp_mem).containsExactly(24003, 32004, 48006);
        }
    }

    /** The values are those of {@code sysctls.txt} beside the recordings. */
    @Nested
    class tcp_init {
        @Test
        @DisplayName("tables for 8192 connections and ports")
        void tables() {
            assertThat(tcp_hashinfo.ehash).hasSize(8192).doesNotContainNull();
            assertThat(tcp_hashinfo.ehash_mask).isEqualTo(8191);
            assertThat(tcp_hashinfo.bhash).hasSize(8192).doesNotContainNull();
            assertThat(tcp_hashinfo.bhash_size).isEqualTo(8192);
        }

        @Test
        @DisplayName("limits that follow from them")
        void limits() {
            assertThat(sysctl_tcp_max_orphans).isEqualTo(4096);
            assertThat(tcp_death_row.sysctl_max_tw_buckets).isEqualTo(4096);
            assertThat(sysctl_max_syn_backlog).isEqualTo(128);
        }

        @Test
        @DisplayName("buffers")
        void buffers() {
            assertThat(sysctl_tcp_wmem).containsExactly(4096, 16384, 4194304);
            assertThat(sysctl_tcp_rmem).containsExactly(4096, 87380, 6291456);
            assertThat(sysctl_tcp_mem).containsExactly(24003, 32004, 48006);
        }

        @Test
        @DisplayName("says what it has made")
        void log() {
            assertThat(Printk.dmesg()).extracting(Printk.Line::text)
                    .contains("TCP established hash table entries: 8192 (order: 4, 65536 bytes)",
                            "TCP bind hash table entries: 8192 (order: 4, 65536 bytes)",
                            "TCP: Hash tables configured (established 8192 bind 8192)",
                            "TCP: reno registered");
        }
    }
}
