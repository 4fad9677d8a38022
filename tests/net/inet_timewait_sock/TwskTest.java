// SPDX-License-Identifier: GPL-2.0-only
package net.inet_timewait_sock;

import static linux.list.Lists.hlist_add_head;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.SocketFields.set;

import linux.jiffies.Jiffies;
import linux.list.hlist_head;
import net.sock.sock_common;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class TwskTest {
    private final inet_timewait_sock tw = new inet_timewait_sock();
    private final hlist_head<inet_timewait_sock> slot = new hlist_head<>();

    @Nested
    class inet_tw_time_stamp {
        @Test
        @DisplayName("is the low half of jiffies")
        void low_half() {
            Jiffies.jiffies = 0x7_0000_0009L;

            assertThat(Twsk.inet_tw_time_stamp()).isEqualTo(9);
        }
    }

    @Nested
    class inet_twsk_dead_hashed {
        @Test
        @DisplayName("is true while it waits in a slot")
        void waits() {
            assertThat(Twsk.inet_twsk_dead_hashed(tw)).isFalse();

            hlist_add_head(tw.tw_death_node, slot);
            assertThat(Twsk.inet_twsk_dead_hashed(tw)).isTrue();
        }
    }

    @Nested
    class inet_twsk_dead_node_init {
        @Test
        @DisplayName("makes it look as if it were in no slot")
        void forgotten() {
            hlist_add_head(tw.tw_death_node, slot);

            Twsk.inet_twsk_dead_node_init(tw);

            assertThat(Twsk.inet_twsk_dead_hashed(tw)).isFalse();
        }
    }

    @Nested
    class __inet_twsk_del_dead_node {
        @Test
        @DisplayName("takes it out of its slot")
        void taken_out() {
            hlist_add_head(tw.tw_death_node, slot);

            Twsk.__inet_twsk_del_dead_node(tw);

            assertThat(slot.first()).isNull();
            assertThat(Twsk.inet_twsk_dead_hashed(tw)).isFalse();
        }
    }

    @Nested
    class inet_twsk_del_dead_node {
        @Test
        @DisplayName("takes it out once, and says that there was nothing the second time")
        void once() {
            hlist_add_head(tw.tw_death_node, slot);

            assertThat(Twsk.inet_twsk_del_dead_node(tw)).isOne();
            assertThat(slot.first()).isNull();
            assertThat(Twsk.inet_twsk_del_dead_node(tw)).isZero();
        }
    }

    @Nested
    class inet_twsk {
        @Test
        @DisplayName("is the same object")
        void same() {
            sock_common sk = tw;

            assertThat(Twsk.inet_twsk(sk)).isSameAs(tw);
        }
    }

    @Nested
    class twsk_net {
        @Test
        @DisplayName("is the namespace that was set")
        void set() {
            Twsk.twsk_net_set(tw, init_net);

            assertThat(Twsk.twsk_net(tw)).isSameAs(init_net);
        }
    }

    @Nested
    class twsk_net_set {
        @Test
        @DisplayName("sets what all socket-like things have in common")
        void common() {
            Twsk.twsk_net_set(tw, init_net);

            assertThat(tw.skc_net).isSameAs(init_net);
        }
    }
}
