// SPDX-License-Identifier: GPL-2.0-only
package net.inetpeer;

import static org.assertj.core.api.Assertions.assertThat;

import linux.gfp.Gfp;
import linux.hrtimer.Clock;
import linux.jiffies.Jiffies;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class InetPeerTest {
    private final inet_peer_base base = new inet_peer_base();

    private static void pass(long ms) {
        Clock.passTo(Clock.now() + ms * Clock.NSEC_PER_MSEC);
    }

    @Nested
    class inet_getpeer_v4 {
        @Test
        @DisplayName("the same host is the same object")
        void same() {
            inet_peer p = InetPeer.inet_getpeer_v4(base, 7, true);

            assertThat(InetPeer.inet_getpeer_v4(base, 7, false)).isSameAs(p);
            assertThat(p.refcnt).isEqualTo(2);
            assertThat(InetPeer.inet_getpeer_v4(base, 8, false)).isNull();
        }

        @Test
        @DisplayName("above the threshold those that nobody uses are forgotten")
        void forgotten() {
            InetPeer.inet_peer_threshold = 2;
            inet_peer used = InetPeer.inet_getpeer_v4(base, 1, true);
            InetPeer.inet_putpeer(InetPeer.inet_getpeer_v4(base, 2, true));

            InetPeer.inet_getpeer_v4(base, 3, true);

            assertThat(InetPeer.inet_getpeer_v4(base, 1, false)).isSameAs(used);
            assertThat(InetPeer.inet_getpeer_v4(base, 2, false)).isNull();
        }

        @Test
        @DisplayName("null without memory")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(InetPeer.inet_getpeer_v4(base, 7, true)).isNull();
        }
    }

    @Nested
    class inet_putpeer {
        @Test
        @DisplayName("notes when")
        void noted() {
            inet_peer p = InetPeer.inet_getpeer_v4(base, 7, true);

            InetPeer.inet_putpeer(p);

            assertThat(p.refcnt).isZero();
            assertThat(p.dtime).isEqualTo((int) Jiffies.jiffies);
        }
    }

    @Nested
    class inet_peer_xrlim_allow {
        @Test
        @DisplayName("six at once, then one for each timeout that passes")
        void bucket() {
            inet_peer p = InetPeer.inet_getpeer_v4(base, 7, true);
            int allowed = 0;
            for (int i = 0; i < 10; i++) {
                allowed += InetPeer.inet_peer_xrlim_allow(p, 1000) ? 1 : 0;
            }
            assertThat(allowed).isEqualTo(6);

            pass(999);
            assertThat(InetPeer.inet_peer_xrlim_allow(p, 1000)).isFalse();
            pass(1);
            assertThat(InetPeer.inet_peer_xrlim_allow(p, 1000)).isTrue();
            assertThat(InetPeer.inet_peer_xrlim_allow(p, 1000)).isFalse();
        }

        @Test
        @DisplayName("no more than six are saved up, however long the pause")
        void saved_up() {
            inet_peer p = InetPeer.inet_getpeer_v4(base, 7, true);
            while (InetPeer.inet_peer_xrlim_allow(p, 1000)) {
                // empties the bucket
            }
            pass(3_600_000);
            int allowed = 0;
            while (InetPeer.inet_peer_xrlim_allow(p, 1000)) {
                allowed++;
            }

            assertThat(allowed).isEqualTo(6);
        }

        @Test
        @DisplayName("timeout 0: no limit; nobody to be limited: none either")
        void no_limit() {
            inet_peer p = InetPeer.inet_getpeer_v4(base, 7, true);
            for (int i = 0; i < 100; i++) {
                assertThat(InetPeer.inet_peer_xrlim_allow(p, 0)).isTrue();
            }
            assertThat(InetPeer.inet_peer_xrlim_allow(null, 1000)).isTrue();
        }
    }

    @Nested
    class inetpeer_invalidate_tree {
        @Test
        @DisplayName("forgets all")
        void all() {
            InetPeer.inet_getpeer_v4(base, 7, true);

            InetPeer.inetpeer_invalidate_tree(base);

            assertThat(InetPeer.inet_getpeer_v4(base, 7, false)).isNull();
        }
    }
}
