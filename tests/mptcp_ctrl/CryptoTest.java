// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.types.Be.get32;
import static linux.types.Be.get64;
import static linux.types.Be.raw32;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import linux.compiler.IntRef;
import linux.compiler.LongRef;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Vectors;

@KernelTest
class CryptoTest {
    @Nested
    class mptcp_key_sha1 {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("mptcp_key_sha1", row -> {
                IntRef token = new IntRef();
                LongRef idsn = new LongRef();

                Crypto.mptcp_key_sha1(get64(row.bytes("in.key_wire"), 0), token, idsn);

                assertThat(token.val).as(row.toString()).isEqualTo(get32(row.bytes("out.token_mem"), 0));
                assertThat(raw32(token.val)).as(row.toString()).isEqualTo(row.i32("out.token_u32"));
                assertThat(idsn.val).as(row.toString()).isEqualTo(get64(row.bytes("out.idsn_mem"), 0));
            });
        }

        @Test
        @DisplayName("gives the first 32 and the last 64 bits of the key's SHA-1 as the JDK computes it")
        void sha1() throws Exception {
            long key = 0x0123456789abcdefL;
            byte[] sha1 = MessageDigest.getInstance("SHA-1").digest(Crypto.bytes(key));
            IntRef token = new IntRef();
            LongRef idsn = new LongRef();

            Crypto.mptcp_key_sha1(key, token, null);
            Crypto.mptcp_key_sha1(key, null, idsn);

            assertThat(token.val).isEqualTo(get32(sha1, 0));
            assertThat(idsn.val).isEqualTo(get64(sha1, 12));
        }
    }

    @Nested
    class mptcp_hmac_sha1 {
        @Test
        @DisplayName("agrees with the kernel")
        void vectors() {
            Vectors.each("mptcp_hmac_sha1", row -> {
                byte[] out = new byte[20];

                Crypto.mptcp_hmac_sha1(row.bytes("in.key_1"), row.bytes("in.key_2"), row.bytes("in.rand_1"),
                        row.bytes("in.rand_2"), out);

                assertThat(out).as(row.toString()).isEqualTo(row.bytes("out.hash_out_mem"));
            });
        }

        @Test
        @DisplayName("is the JDK's HMAC-SHA1 of both nonces under both keys, own first")
        void hmac() throws Exception {
            byte[] out = new byte[20];
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(
                    ByteBuffer.allocate(16).putLong(11).putLong(-22).array(), "HmacSHA1"));

            Crypto.mptcp_hmac_sha1(Crypto.bytes(11L), Crypto.bytes(-22L), Crypto.bytes(33), Crypto.bytes(-44), out);

            assertThat(out).isEqualTo(mac.doFinal(ByteBuffer.allocate(8).putInt(33).putInt(-44).array()));
        }
    }
}
