// SPDX-License-Identifier: GPL-2.0-only
package mptcp_ctrl;

import static linux.cryptohash.Sha1.SHA_DIGEST_WORDS;
import static linux.cryptohash.Sha1.SHA_WORKSPACE_WORDS;
import static linux.cryptohash.Sha1.sha_init;
import static linux.cryptohash.Sha1.sha_transform;
import static linux.kernel.Kernel.u32;

import java.util.Arrays;
import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.types.Be;

/**
 * The two uses of SHA-1 in MPTCP (RFC 6824, sections 3.1 and 3.2). Both work on messages of known length, so padding
 * is written by hand around the compression function.
 */
public final class Crypto {
    private Crypto() {}

    /**
     * Token and initial data sequence number of a key: the first 32 and the last 64 bits of its SHA-1.
     *
     * @param token may be null
     * @param idsn may be null; the first byte of data has the number after this one
     */
    public static void mptcp_key_sha1(long key, IntRef token, LongRef idsn) {
        int[] workspace = new int[SHA_WORKSPACE_WORDS];
        int[] mptcp_hashed_key = new int[SHA_DIGEST_WORDS];
        byte[] input = new byte[64];

        Be.put64(input, 0, key);
        input[8] = (byte) 0x80; // a 1 bit ends the message
        input[63] = 0x40; // of 64 bits

        sha_init(mptcp_hashed_key);
        sha_transform(mptcp_hashed_key, input, 0, workspace);

        if (token != null) {
            token.val = mptcp_hashed_key[0];
        }
        if (idsn != null) {
            idsn.val = (long) mptcp_hashed_key[3] << 32 | u32(mptcp_hashed_key[4]);
        }
    }

    /**
     * HMAC-SHA1 (RFC 2104) of two nonces under two keys: how a joining subflow shows that it belongs to the connection.
     *
     * @param key_1 8 bytes, the key of the side that computes this
     * @param key_2 8 bytes, the other one's
     * @param rand_1 4 bytes, the nonce of the side that computes this
     * @param rand_2 4 bytes, the other one's
     * @param hash_out gets 20 bytes
     */
    public static void mptcp_hmac_sha1(byte[] key_1, byte[] key_2, byte[] rand_1, byte[] rand_2, byte[] hash_out) {
        int[] workspace = new int[SHA_WORKSPACE_WORDS];
        int[] hash = new int[SHA_DIGEST_WORDS];
        byte[] input = new byte[128];
        int i;

        Arrays.fill(input, 0, 64, (byte) 0x36);
        for (i = 0; i < 8; i++) {
            input[i] ^= key_1[i];
        }
        for (i = 0; i < 8; i++) {
            input[i + 8] ^= key_2[i];
        }

        System.arraycopy(rand_1, 0, input, 64, 4);
        System.arraycopy(rand_2, 0, input, 68, 4);
        input[72] = (byte) 0x80;

        // 512 + 64 bits
        input[126] = 0x02;
        input[127] = 0x40;

        sha_init(hash);
        sha_transform(hash, input, 0, workspace);

        sha_transform(hash, input, 64, workspace);

        for (i = 0; i < 5; i++) {
            Be.put32(hash_out, 4 * i, hash[i]);
        }

        Arrays.fill(input, 0, 64, (byte) 0x5C);
        for (i = 0; i < 8; i++) {
            input[i] ^= key_1[i];
        }
        for (i = 0; i < 8; i++) {
            input[i + 8] ^= key_2[i];
        }

        System.arraycopy(hash_out, 0, input, 64, 20);
        input[84] = (byte) 0x80;
        Arrays.fill(input, 85, 85 + 41, (byte) 0);

        // 512 + 160 bits
        input[126] = 0x02;
        input[127] = (byte) 0xA0;

        sha_init(hash);
        sha_transform(hash, input, 0, workspace);

        sha_transform(hash, input, 64, workspace);

        for (i = 0; i < 5; i++) {
            Be.put32(hash_out, 4 * i, hash[i]);
        }
    }

    /** A key as the bytes that {@link #mptcp_hmac_sha1} wants. */
    public static byte[] bytes(long key) {
        byte[] b = new byte[8];
        Be.put64(b, 0, key);
        return b;
    }

    /** A nonce as the bytes that {@link #mptcp_hmac_sha1} wants. */
    public static byte[] bytes(int nonce) {
        byte[] b = new byte[4];
        Be.put32(b, 0, nonce);
        return b;
    }
}
