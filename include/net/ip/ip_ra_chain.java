// SPDX-License-Identifier: GPL-2.0-only
package net.ip;

import net.sock.sock;

/** Who has asked for packets with the router alert option ({@code IP_ROUTER_ALERT}). */
public final class ip_ra_chain {
    public ip_ra_chain next;
    public sock sk;
}
