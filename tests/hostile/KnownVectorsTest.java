// SPDX-License-Identifier: GPL-2.0-only
package hostile;

import static linux.types.Be.get64;
import static mptcp_ctrl.Crypto.mptcp_hmac_sha1;
import static mptcp_ctrl.Crypto.mptcp_key_sha1;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.ScriptedPeer.ACK;

import java.util.Arrays;
import java.util.HexFormat;
import linux.compiler.IntRef;
import linux.compiler.LongRef;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.KernelTest;
import testing.MptcpPeer;

/** Keys, tokens, data sequence numbers, HMACs and checksums that were seen in traces of real kernels of that time. */
@KernelTest
class KnownVectorsTest {
    private static byte[] hex(String s) {
        return HexFormat.of().parseHex(s);
    }

    @ParameterizedTest(name = "key {0}")
    @DisplayName("token and first data sequence number of a key")
    @CsvSource({
        "e7d0d831f2c4620b, 9ac4148d, 486545147", "ce667e15c1bd6344, ce7be007, 153074637", "026e8b783b8a3445, ebbe804b, 350560040",
        "18f7e5a0f3d9fa4d, 9fb395e5, 3827016030", "d60e410a937986a3, 5ce81e8e, 2353089085"
    })
    void token_and_idsn(String key, String token, long dsn) {
        IntRef t = new IntRef();
        LongRef idsn = new LongRef();

        mptcp_key_sha1(get64(hex(key), 0), t, idsn);

        assertThat(Integer.toHexString(t.val)).isEqualTo(token);
        assertThat(Integer.toUnsignedLong((int) idsn.val + 1)).isEqualTo(dsn);
    }

    @Test
    @DisplayName("HMACs of a join, for the SYN/ACK and for the third ACK")
    void hmac() {
        byte[] keyA = hex("e7d0d831f2c4620b");
        byte[] keyB = hex("ce667e15c1bd6344");
        byte[] nonceA = hex("11223344");
        byte[] nonceB = hex("55667788");
        byte[] out = new byte[20];

        mptcp_hmac_sha1(keyB, keyA, nonceB, nonceA, out);
        assertThat(Arrays.copyOf(out, 8)).isEqualTo(hex("7276d02c41e2bae3"));

        mptcp_hmac_sha1(keyA, keyB, nonceA, nonceB, out);
        assertThat(out).isEqualTo(hex("ff9881db4a140a8d6585db508c600136e65f1c27"));
    }

    /** 1000 zero bytes with the checksum of the trace, cut where the test says; the reader gets them all. */
    private static void zeros(long key, int csum, int... cuts) {
        MptcpPeer p = MptcpPeer.with(true, key, 1);
        byte[] option = p.dss(p.first).map(1, 1, new byte[1000]).wide().bytes();
        assertThat(option[option.length - 2] & 0xff).isEqualTo(csum >> 8);
        assertThat(option[option.length - 1] & 0xff).isEqualTo(csum & 0xff);
        int at = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int end = i < cuts.length ? cuts[i] : 1000;
            p.send(p.first, ACK, option, new byte[end - at]);
            assertThat(p.read(2000)).hasSize(end == 1000 ? 1000 : 0);
            at = end;
        }
        assertThat(p.mpcb.infinite_mapping_rcv).isFalse();
        p.end();
    }

    @ParameterizedTest(name = "cut at {0}")
    @DisplayName("DSS checksum of the first 1000 zero bytes, in one segment or in two that are cut at an odd offset")
    @ValueSource(ints = {1000, 1, 2, 3, 333, 499, 500, 501, 777, 998, 999})
    void checksum(int cut) {
        if (cut == 1000) {
            zeros(0xce667e15c1bd6344L, 0x4879);
        } else {
            zeros(0xce667e15c1bd6344L, 0x4879, cut);
        }
    }

    @Test
    @DisplayName("the same of another trace, in five pieces of odd lengths and one of an even length")
    void checksum_of_many_pieces() {
        zeros(0x18f7e5a0f3d9fa4dL, 0x319e, 1, 4, 105, 112, 999);
    }

    @Test
    @DisplayName("one bit of the data wrong: the checksum says so wherever the segments are cut")
    void checksum_is_looked_at() {
        MptcpPeer p = MptcpPeer.with(true, 0x18f7e5a0f3d9fa4dL, 1);
        byte[] option = p.dss(p.first).map(1, 1, new byte[1000]).wide().bytes();
        byte[] wrong = new byte[501];
        wrong[500] = 1;

        p.send(p.first, ACK, option, wrong);
        p.send(p.first, ACK, option, new byte[499]);

        assertThat(p.read(2000)).isEmpty();
        assertThat(p.mpcb.send_infinite_mapping || p.mpcb.infinite_mapping_snd).isTrue();
        p.end();
    }
}
