// SPDX-License-Identifier: GPL-2.0-only
package net.inet_hashtables;

import static net.inet_hashtables.inet_hashinfo.INET_LHTABLE_SIZE;
import static net.inet_sock.Sockets.inet_sk;
import static net.net_namespace.NetNs.net_hash_mix;
import static net.sock.Fields.sock_net;

import net.net_namespace.net;
import net.sock.sock;

/** Which bucket: of connections by their hash, of local ports and of listeners by the port and the namespace. */
public final class Hash {
    private Hash() {}

    /** The namespace that a port is in use in. */
    public static net ib_net(inet_bind_bucket ib) {
        return ib.ib_net;
    }

    public static inet_ehash_bucket inet_ehash_bucket(inet_hashinfo hashinfo, int hash) {
        return hashinfo.ehash[hash & hashinfo.ehash_mask];
    }

    /** Bucket of a local port; {@code bhash_size} is a power of two. */
    public static int inet_bhashfn(net net, int lport, int bhash_size) {
        return lport + net_hash_mix(net) & bhash_size - 1;
    }

    /** Bucket of a listener. */
    public static int inet_lhashfn(net net, int num) {
        return num + net_hash_mix(net) & INET_LHTABLE_SIZE - 1;
    }

    public static int inet_sk_listen_hashfn(sock sk) {
        return inet_lhashfn(sock_net(sk), inet_sk(sk).skc_num);
    }
}
