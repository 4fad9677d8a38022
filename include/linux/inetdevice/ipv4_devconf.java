// SPDX-License-Identifier: GPL-2.0-only
package linux.inetdevice;

/** {@code net.ipv4.conf.DEVICE.*}: what of it the stack of this machine asks for. */
public final class ipv4_devconf {
    public int forwarding;
    public int rp_filter;
    public int accept_source_route = 1;
    public int accept_redirects = 1;
    public int send_redirects = 1;
    public int accept_local;
    public int src_valid_mark;
    public int route_localnet;
    public int log_martians;
    public int promote_secondaries;

    /** {@code *this = *o}. */
    public void copy(ipv4_devconf o) {
        forwarding = o.forwarding;
        rp_filter = o.rp_filter;
        accept_source_route = o.accept_source_route;
        accept_redirects = o.accept_redirects;
        send_redirects = o.send_redirects;
        accept_local = o.accept_local;
        src_valid_mark = o.src_valid_mark;
        route_localnet = o.route_localnet;
        log_martians = o.log_martians;
        promote_secondaries = o.promote_secondaries;
    }
}
