// SPDX-License-Identifier: GPL-2.0-only
package inet_hashtables;

import linux.compiler.BoolRef;
import linux.init.Initcall;

/** Boot of {@code net/ipv4/inet_hashtables.c}: a new secret, and no hint where free ports are. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        Hash.inet_ehash_secret = new int[1];
        Hash.___done = new BoolRef();
        Connect.hint = 0;
    }
}
