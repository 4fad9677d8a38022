// SPDX-License-Identifier: GPL-2.0-only
package syncookies;

import static linux.cryptohash.Sha1.SHA_DIGEST_WORDS;

import linux.compiler.BoolRef;
import linux.init.Initcall;

/** The secret of {@code syncookies.c}: not drawn yet. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Syncookies.syncookie_secret = new int[2][16 - 4 + SHA_DIGEST_WORDS];
        Syncookies.___done = new BoolRef();
    }
}
