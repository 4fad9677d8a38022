// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.jiffies.Jiffies.jiffies;
import static linux.sched.Sched.msleep;
import static linux.timer.Timers.setup_timer;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;

@KernelTest
class SockTimersTest {
    private final List<Long> ran = new ArrayList<>();
    private FakeFamily family;
    private sock sk;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sk = family.orphan();
        setup_timer(sk.sk_timer, data -> {
            ran.add(jiffies);
            Nodes.sock_put((sock) data);
        }, sk);
    }

    @AfterEach
    void close() {
        family.closeAll();
    }

    @Nested
    class sk_reset_timer {
        @Test
        @DisplayName("a running timer holds one reference, however often it is set anew; the handler gives it back")
        void one_reference() {
            long start = jiffies;
            SockTimers.sk_reset_timer(sk, sk.sk_timer, start + 5);
            SockTimers.sk_reset_timer(sk, sk.sk_timer, start + 10);
            assertThat(sk.skc_refcnt).isEqualTo(2);

            msleep(20);

            assertThat(ran).containsExactly(start + 10);
            assertThat(sk.skc_refcnt).isEqualTo(1);
        }
    }

    @Nested
    class sk_stop_timer {
        @Test
        @DisplayName("gives the reference back, and only if the timer was running")
        void stopped() {
            SockTimers.sk_reset_timer(sk, sk.sk_timer, jiffies + 5);

            SockTimers.sk_stop_timer(sk, sk.sk_timer);
            SockTimers.sk_stop_timer(sk, sk.sk_timer);

            assertThat(sk.skc_refcnt).isEqualTo(1);
            msleep(20);
            assertThat(ran).isEmpty();
        }
    }
}
