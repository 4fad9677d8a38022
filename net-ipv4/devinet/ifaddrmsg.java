// SPDX-License-Identifier: GPL-2.0-only
package devinet;

/**
 * A request to enter or delete an address, as {@code ip addr} sends it through netlink: the message and the attributes
 * that matter. {@code null} means "not said".
 */
public final class ifaddrmsg {
    public int ifa_prefixlen;

    /** {@code IFA_F_*}. */
    public int ifa_flags;

    /** {@code RT_SCOPE_*}. */
    public int ifa_scope;

    /** Index of the device. */
    public int ifa_index;

    /** {@code NLM_F_*}. */
    public int nlmsg_flags;

    /** The attribute {@code IFA_LOCAL}; host order, as all of them. */
    public Integer local;

    /** {@code IFA_ADDRESS}: the peer's. */
    public Integer address;

    /** {@code IFA_BROADCAST}. */
    public Integer broadcast;

    /** {@code IFA_LABEL}. */
    public String label;
}
