// SPDX-License-Identifier: GPL-2.0-only
package mptcp_output;

import static linux.errno.Errno.ECONNRESET;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.jiffies.Jiffies.jiffies;
import static linux.timer.Timers.timer_pending;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_FIN_WAIT1;
import static net.tcp_states.TcpState.TCP_LAST_ACK;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.gfp.Gfp;
import linux.tcp.tcp_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.MptcpConnection;

@KernelTest
class FinTest {
    private Bundle b;

    @BeforeEach
    void two_subflows() {
        b = new Bundle(2);
    }

    @AfterEach
    void nothing_left() {
        b.close();
    }

    @Nested
    class mptcp_send_fin {
        @Test
        @DisplayName("with unsent data the DATA_FIN goes on the last packet")
        void on_the_last() {
            b.write(100);
            b.write(100);

            Fin.mptcp_send_fin(b.meta);

            assertThat(b.drain()).containsExactly("0: 0+100 A map 0 1 100", "0: 100+100 A map 100 101 101 DATA_FIN");
            assertThat(Bundle.queue(b.meta.sk_write_queue)).isEqualTo("0-100 100-201F");
            assertThat(b.meta.write_seq).isEqualTo(Bundle.DSN + 201);
            assertThat(b.mpcb.passive_close).isFalse();
        }

        @Test
        @DisplayName("with nothing to send it goes alone, and takes the subflow's FIN along")
        void alone() {
            b.meta.skc_state = TCP_LAST_ACK;

            Fin.mptcp_send_fin(b.meta);

            assertThat(b.drain()).containsExactly("0: 0+0 FA map 0 0 1 DATA_FIN");
            assertThat(Bundle.queue(b.meta.sk_write_queue)).isEqualTo("0-1F");
            assertThat(b.mpcb.passive_close).isTrue();
            assertThat(b.m.sub(0).skc_state).isEqualTo(TCP_FIN_WAIT1);
        }

        @Test
        @DisplayName("waits for memory")
        void waits() {
            Gfp.inject((gfp, i) -> i < 3);
            Fin.mptcp_send_fin(b.meta);
            assertThat(b.drain()).hasSize(1);
        }
    }

    @Nested
    class mptcp_send_active_reset {
        @Test
        @DisplayName("without subflows, or without one that can send, nothing happens")
        void nobody() {
            b.m.sub(0).mptcp.pre_established = b.m.sub(1).mptcp.pre_established = true;
            Fin.mptcp_send_active_reset(b.meta, GFP_ATOMIC);
            b.mpcb.cnt_subflows = 0;
            Fin.mptcp_send_active_reset(b.meta, GFP_ATOMIC);
            b.mpcb.cnt_subflows = 2;

            assertThat(b.drain()).isEmpty();
            assertThat(b.meta.send_mp_fclose).isFalse();
        }

        @Test
        @DisplayName("one subflow sends MP_FASTCLOSE until the peer resets it; the others are reset")
        void fastclose() {
            MptcpConnection c = new MptcpConnection(2).connect();
            c.join(2);
            c.wire();

            MptcpConnection.locked(c.c, () -> Fin.mptcp_send_active_reset(c.c, GFP_KERNEL));

            assertThat(c.c.send_mp_fclose).isTrue();
            c.run(15);
            assertThat(c.wire()).filteredOn(l -> l.contains("fastclose") || l.contains("fclose")).hasSize(1);
            c.run(300);
            assertThat(c.c.mpcb.cnt_subflows).isZero();
            assertThat(MptcpConnection.recv(c.serverFd)).isEqualTo(-ECONNRESET);
            c.close();
        }

        @Test
        @DisplayName("after a fallback: a plain RST")
        void fallback() {
            MptcpConnection c = new MptcpConnection(1).connect();
            c.c.mpcb.infinite_mapping_snd = true;
            c.wire();

            MptcpConnection.locked(c.c, () -> Fin.mptcp_send_active_reset(c.c, GFP_KERNEL));

            c.run(15);
            assertThat(c.wire()).hasSize(1).allMatch(l -> l.contains(" RA ") || l.contains(" R "));
            assertThat(c.c.send_mp_fclose).isFalse();
            c.close();
        }

        @Test
        @DisplayName("the others get a RST and are gone at once; the one that is left sends again after its timeout")
        void others() {
            MptcpConnection c = new MptcpConnection(3).connect();
            c.join(2);
            c.join(3);
            c.netem(1, "delay 10ms loss 100%");
            c.wire();
            List<tcp_sock> left = new ArrayList<>();

            MptcpConnection.locked(c.c, () -> {
                Fin.mptcp_send_active_reset(c.c, GFP_KERNEL);
                for (tcp_sock sub = c.c.mpcb.connection_list; sub != null; sub = sub.mptcp.next) {
                    if (sub.skc_state != TCP_CLOSE) {
                        left.add(sub);
                    } else {
                        assertThat(sub.sk_err).isEqualTo(ECONNRESET);
                    }
                }
            });

            assertThat(left).hasSize(1);
            tcp_sock sub = left.get(0);
            assertThat(sub.send_mp_fclose).isTrue();
            assertThat(timer_pending(sub.sk_timer)).isTrue();
            assertThat(sub.sk_timer.expires - jiffies).isBetween((long) sub.icsk_rto, sub.icsk_rto + 2L);
            c.run(70);
            assertThat(c.wire().stream().filter(l -> l.contains(" R"))).hasSizeGreaterThanOrEqualTo(2);
            c.netem(1, "delay 10ms");
            c.run(5000);
            c.close();
        }

        @Test
        @DisplayName("after a fallback the subflow is gone at once, with an error")
        void fallback_closed() {
            MptcpConnection c = new MptcpConnection(1).connect();
            c.c.mpcb.infinite_mapping_rcv = true;
            tcp_sock sub = c.c.mpcb.connection_list;

            MptcpConnection.locked(c.c, () -> Fin.mptcp_send_active_reset(c.c, GFP_KERNEL));

            assertThat(sub.sk_err).isEqualTo(ECONNRESET);
            assertThat(sub.skc_state).isEqualTo(TCP_CLOSE);
            assertThat(c.c.mpcb.cnt_subflows).isZero();
            c.close();
        }
    }
}
