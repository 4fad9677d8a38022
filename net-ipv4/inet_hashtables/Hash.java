// SPDX-License-Identifier: GPL-2.0-only
package inet_hashtables;

import static linux.net.Once.net_get_random_once;
import static net.inet_sock.Hash.__inet_ehashfn;
import static net.inet_sock.Sockets.inet_sk;
import static net.net_namespace.NetNs.net_hash_mix;
import static net.sock.Fields.sock_net;

import linux.compiler.BoolRef;
import net.inet_sock.inet_sock;
import net.net_namespace.net;
import net.sock.sock;

/** The hash of a connection under a secret that is drawn when the first one is made: nobody can aim at one chain. */
public final class Hash {
    private Hash() {}

    static int[] inet_ehash_secret;
    static BoolRef ___done;

    static int inet_ehashfn(net net, int laddr, int lport, int faddr, int fport) {
        net_get_random_once(inet_ehash_secret, ___done);

        return __inet_ehashfn(laddr, lport, faddr, fport, inet_ehash_secret[0] + net_hash_mix(net));
    }

    static int inet_sk_ehashfn(sock sk) {
        inet_sock inet = inet_sk(sk);
        int laddr = inet.skc_rcv_saddr;
        int lport = inet.skc_num;
        int faddr = inet.skc_daddr;
        int fport = inet.skc_dport;
        net net = sock_net(sk);

        return inet_ehashfn(net, laddr, lport, faddr, fport);
    }
}
