// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ipv4;

import static linux.types.Be.get32;
import static linux.types.Be.get64;
import static linux.types.Be.raw32;
import static net.mptcp.Globals.mptcp_secret;
import static net.mptcp.Globals.mptcp_seed;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class RequestsTest {
    private static void secret(String words) {
        for (int i = 0; i < 16; i++) {
            mptcp_secret[i] = raw32(Integer.parseUnsignedInt(words.substring(8 * i, 8 * i + 8), 16));
        }
    }

    @Nested
    class mptcp_v4_get_nonce {
        @Test
        @DisplayName("agrees with the kernel, and so does the key made after it")
        void vectors() {
            Vectors.each("mptcp_v4_key_nonce", row -> {
                secret(row.text("in.mptcp_secret_le_words"));
                int saddr = get32(row.bytes("in.saddr"), 0);
                int daddr = get32(row.bytes("in.daddr"), 0);
                mptcp_seed = row.i32("in.mptcp_seed");

                int nonce = Requests.mptcp_v4_get_nonce(saddr, daddr, row.i32("in.sport"), row.i32("in.dport"));
                long key = Requests.mptcp_v4_get_key(saddr, daddr, row.i32("in.sport"), row.i32("in.dport"));

                assertThat(nonce).as(row.toString()).isEqualTo(get32(row.bytes("out.nonce_mem"), 0));
                assertThat(key).as(row.toString()).isEqualTo(get64(row.bytes("out.key_mem_with_seed_plus_1"), 0));
                assertThat(mptcp_seed).as(row.toString()).isEqualTo(row.i32("out.mptcp_seed"));
            });
        }

        @Test
        @DisplayName("differs from call to call for the same connection")
        void counter() {
            assertThat(Requests.mptcp_v4_get_nonce(1, 2, 3, 4)).isNotEqualTo(Requests.mptcp_v4_get_nonce(1, 2, 3, 4));
        }
    }

    @Nested
    class mptcp_v4_get_key {
        @Test
        @DisplayName("depends on every number, and on the secret")
        void all_count() {
            Set<Long> keys = new HashSet<>();
            int[][] inputs = {{1, 2, 3, 4}, {9, 2, 3, 4}, {1, 9, 3, 4}, {1, 2, 9, 4}, {1, 2, 3, 9}};
            for (int[] in : inputs) {
                mptcp_seed = 5;
                keys.add(Requests.mptcp_v4_get_key(in[0], in[1], in[2], in[3]));
            }
            mptcp_seed = 5;
            mptcp_secret[7]++;
            keys.add(Requests.mptcp_v4_get_key(1, 2, 3, 4));

            assertThat(keys).hasSize(6);
        }
    }
}
