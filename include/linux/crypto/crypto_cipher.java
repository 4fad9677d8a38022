// SPDX-License-Identifier: GPL-2.0-only
package linux.crypto;

import javax.crypto.Cipher;
import linux.err.Err;

/** A block cipher with a key. */
public final class crypto_cipher implements Err.ErrPtr {
    /** As the JDK calls it. */
    final String algorithm;

    /** Null until there is a key. */
    Cipher cipher;

    private final int ptr_err;

    crypto_cipher(String algorithm) {
        this.algorithm = algorithm;
        ptr_err = 0;
    }

    private crypto_cipher(int err) {
        algorithm = null;
        ptr_err = err;
    }

    /** What is returned in place of a cipher: {@code ERR_PTR(err)}. */
    public static crypto_cipher ERR_PTR(int err) {
        return new crypto_cipher(err);
    }

    @Override
    public int ptr_err() {
        return ptr_err;
    }
}
