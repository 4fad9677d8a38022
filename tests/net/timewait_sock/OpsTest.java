// SPDX-License-Identifier: GPL-2.0-only
package net.timewait_sock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Oops;
import linux.tcp.tcp_sock;
import net.inet_timewait_sock.inet_timewait_sock;
import net.inet_timewait_sock.timewait_sock_ops;
import net.sock.proto;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class OpsTest {
    private final timewait_sock_ops ops = new timewait_sock_ops();
    private final proto prot = new proto();
    private final inet_timewait_sock tw = new inet_timewait_sock();

    @BeforeEach
    void protocol() {
        prot.twsk_prot = ops;
        tw.skc_prot = prot;
    }

    @Nested
    class twsk_unique {
        @Test
        @DisplayName("asks the protocol; one that does not say forbids it")
        void asks() {
            tcp_sock sk = new tcp_sock();
            sk.skc_prot = prot;
            assertThat(Ops.twsk_unique(sk, tw, "x")).isZero();

            ops.twsk_unique = (s, t, twp) -> s == sk && t == tw && "x".equals(twp) ? 1 : 0;
            assertThat(Ops.twsk_unique(sk, tw, "x")).isOne();
        }
    }

    @Nested
    class twsk_destructor {
        @Test
        @DisplayName("tells the protocol, if it wants to know")
        void told() {
            List<Object> seen = new ArrayList<>();
            Ops.twsk_destructor(tw);

            ops.twsk_destructor = seen::add;
            Ops.twsk_destructor(tw);

            assertThat(seen).containsExactly(tw);
        }

        @Test
        @DisplayName("a protocol that has no time-wait sockets cannot have one")
        void bug() {
            prot.twsk_prot = null;

            assertThatThrownBy(() -> Ops.twsk_destructor(tw)).isInstanceOf(Oops.class);
        }
    }
}
