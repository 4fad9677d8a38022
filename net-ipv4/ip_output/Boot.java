// SPDX-License-Identifier: GPL-2.0-only
package ip_output;

import static linux.gfp.Gfp.GFP_ATOMIC;
import static net.sock.SockFlag.SOCK_USE_WRITE_QUEUE;
import static uapi.linux.in.In.IP_PMTUDISC_WANT;

import linux.init.Initcall;
import net.inet_sock.inet_sock;

/** Static variables of {@code net/ipv4/ip_output.c}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        inet_sock inet = new inet_sock();

        inet.skc_refcnt = 1;
        inet.sk_wmem_alloc = 1;
        inet.sk_allocation = GFP_ATOMIC;
        inet.sk_flags = 1L << SOCK_USE_WRITE_QUEUE;
        inet.pmtudisc = IP_PMTUDISC_WANT;
        inet.uc_ttl = -1;
        Reply.unicast_sock = inet;
    }
}
