// SPDX-License-Identifier: GPL-2.0-only
package linux.crypto;

import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;

import java.security.GeneralSecurityException;
import java.util.Locale;
import javax.crypto.Cipher;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;

/** Single blocks of a cipher, from {@code include/linux/crypto.h}; the JDK does the work. */
public final class Crypto {
    private Crypto() {}

    private static final int AES_BLOCK_SIZE = 16;

    private static Cipher cipher(String algorithm) throws GeneralSecurityException {
        return Cipher.getInstance(algorithm + "/ECB/NoPadding");
    }

    /** @return the cipher, without a key yet, or {@code ERR_PTR(-ENOENT)} */
    public static crypto_cipher crypto_alloc_cipher(String alg_name, int type, int mask) {
        String algorithm = alg_name.toUpperCase(Locale.ROOT);
        try {
            cipher(algorithm);
            return new crypto_cipher(algorithm);
        } catch (GeneralSecurityException e) {
            return crypto_cipher.ERR_PTR(-ENOENT);
        }
    }

    /** The key goes, and the cipher cannot be used any more. */
    public static void crypto_free_cipher(crypto_cipher tfm) {
        tfm.cipher = null;
    }

    /** @return 0, or {@code -EINVAL} when the cipher has no keys of {@code keylen} bytes */
    public static int crypto_cipher_setkey(crypto_cipher tfm, byte[] key, int keylen) {
        try {
            Cipher cipher = cipher(tfm.algorithm);
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, 0, keylen, tfm.algorithm));
            tfm.cipher = cipher;
            return 0;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return -EINVAL;
        }
    }

    /** Encrypts the first block of {@code src} into {@code dst}. */
    public static void crypto_cipher_encrypt_one(crypto_cipher tfm, byte[] dst, byte[] src) {
        try {
            tfm.cipher.update(src, 0, AES_BLOCK_SIZE, dst, 0);
        } catch (ShortBufferException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
