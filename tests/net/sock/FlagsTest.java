// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.gfp.Gfp.__GFP_MEMALLOC;
import static net.sock.Protos.all;
import static net.sock.SockFlag.SOCK_DEAD;
import static net.sock.SockFlag.SOCK_LINGER;
import static net.sock.SockFlag.SOCK_MEMALLOC;
import static org.assertj.core.api.Assertions.assertThat;

import linux.bug.Bug;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;

@KernelTest
class FlagsTest {
    private FakeFamily family;
    private sock sk;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sk = family.orphan();
        sk.sk_flags = 0;
    }

    @AfterEach
    void close() {
        family.closeAll();
    }

    @Nested
    class sock_copy_flags {
        @Test
        @DisplayName("copies all of them")
        void all() {
            sock other = new sock();
            Flags.sock_set_flag(sk, SOCK_LINGER);
            other.sk_flags = 1;

            Flags.sock_copy_flags(other, sk);

            assertThat(other.sk_flags).isEqualTo(1L << SOCK_LINGER);
        }
    }

    @Nested
    class sock_set_flag {
        @Test
        @DisplayName("sets one and leaves the others")
        void one() {
            Flags.sock_set_flag(sk, SOCK_LINGER);
            Flags.sock_set_flag(sk, SOCK_DEAD);
            assertThat(sk.sk_flags).isEqualTo(1L << SOCK_LINGER | 1L << SOCK_DEAD);
        }
    }

    @Nested
    class sock_reset_flag {
        @Test
        @DisplayName("clears one and leaves the others")
        void one() {
            sk.sk_flags = 1L << SOCK_LINGER | 1L << SOCK_DEAD;
            Flags.sock_reset_flag(sk, SOCK_DEAD);
            assertThat(sk.sk_flags).isEqualTo(1L << SOCK_LINGER);
        }
    }

    @Nested
    class sock_flag {
        @Test
        @DisplayName("is it set?")
        void set() {
            sk.sk_flags = 1L << SOCK_LINGER;
            assertThat(Flags.sock_flag(sk, SOCK_LINGER)).isTrue();
            assertThat(Flags.sock_flag(sk, SOCK_DEAD)).isFalse();
        }
    }

    @Nested
    class sk_memalloc_socks {
        @Test
        @DisplayName("is there any socket that may use the memory reserves?")
        void any() {
            assertThat(Flags.sk_memalloc_socks()).isFalse();
            Flags.sk_set_memalloc(sk);
            assertThat(Flags.sk_memalloc_socks()).isTrue();
            Flags.sk_clear_memalloc(sk);
            assertThat(Flags.sk_memalloc_socks()).isFalse();
        }
    }

    @Nested
    class sk_set_memalloc {
        @Test
        @DisplayName("the socket may use the memory reserves")
        void may() {
            Flags.sk_set_memalloc(sk);

            assertThat(Flags.sock_flag(sk, SOCK_MEMALLOC)).isTrue();
            assertThat(sk.sk_allocation & __GFP_MEMALLOC).isNotZero();
            Flags.sk_clear_memalloc(sk);
        }
    }

    @Nested
    class sk_clear_memalloc {
        @Test
        @DisplayName("what the socket has taken beyond the limits is given back, with a warning")
        void given_back() {
            Flags.sk_set_memalloc(sk);
            family.proto.memory_allocated.val = 1;
            sk.sk_forward_alloc = 4096;

            Flags.sk_clear_memalloc(sk);

            assertThat(Bug.warnings).hasSize(1);
            Bug.warnings.clear();
            assertThat(family.proto.memory_allocated.val).isZero();
            assertThat(Flags.sock_flag(sk, SOCK_MEMALLOC)).isFalse();
            assertThat(sk.sk_allocation & __GFP_MEMALLOC).isZero();
        }
    }
}
