// SPDX-License-Identifier: GPL-2.0-only
package net.icmp;

import static linux.errno.Errno.ECONNREFUSED;
import static linux.errno.Errno.EHOSTDOWN;
import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.EMSGSIZE;
import static linux.errno.Errno.ENETUNREACH;
import static linux.errno.Errno.ENONET;
import static linux.errno.Errno.ENOPROTOOPT;
import static linux.errno.Errno.EOPNOTSUPP;

/** What a code of "destination unreachable" means to a socket. */
public final class icmp_err {
    public final int errno;

    /** The socket gives up at once; else the error is only noted (RFC 1122, section 4.2.3.9). */
    public final boolean fatal;

    private icmp_err(int errno, boolean fatal) {
        this.errno = errno;
        this.fatal = fatal;
    }

    /** By code, 0 to {@code NR_ICMP_UNREACH}. */
    public static final icmp_err[] icmp_err_convert = {
        new icmp_err(ENETUNREACH, false), // ICMP_NET_UNREACH
        new icmp_err(EHOSTUNREACH, false), // ICMP_HOST_UNREACH
        new icmp_err(ENOPROTOOPT, true), // ICMP_PROT_UNREACH
        new icmp_err(ECONNREFUSED, true), // ICMP_PORT_UNREACH
        new icmp_err(EMSGSIZE, false), // ICMP_FRAG_NEEDED
        new icmp_err(EOPNOTSUPP, false), // ICMP_SR_FAILED
        new icmp_err(ENETUNREACH, true), // ICMP_NET_UNKNOWN
        new icmp_err(EHOSTDOWN, true), // ICMP_HOST_UNKNOWN
        new icmp_err(ENONET, true), // ICMP_HOST_ISOLATED
        new icmp_err(ENETUNREACH, true), // ICMP_NET_ANO
        new icmp_err(EHOSTUNREACH, true), // ICMP_HOST_ANO
        new icmp_err(ENETUNREACH, false), // ICMP_NET_UNR_TOS
        new icmp_err(EHOSTUNREACH, false), // ICMP_HOST_UNR_TOS
        new icmp_err(EHOSTUNREACH, true), // ICMP_PKT_FILTERED
        new icmp_err(EHOSTUNREACH, true), // ICMP_PREC_VIOLATION
        new icmp_err(EHOSTUNREACH, true), // ICMP_PREC_CUTOFF
    };
}
