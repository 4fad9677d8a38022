// SPDX-License-Identifier: GPL-2.0-only
package linux.inetdevice;

import static uapi.linux.ip.Ip.IPV4_DEVCONF_MAX;

import java.util.BitSet;
import linux.sysctl.ctl_table;

/** {@code net.ipv4.conf.DEVICE.*}: the settings of a device, of those to come ({@code default}), or of {@code all}. */
public final class ipv4_devconf {
    /** The sysctls that show it; null while none do. */
    public ctl_table[] sysctl;

    /** Where they stand. */
    public String sysctlPath;

    /** By {@code IPV4_DEVCONF_* - 1}. */
    public final int[] data = new int[IPV4_DEVCONF_MAX];

    /** Which of {@link #data} have been set, so that a new default does not touch them. */
    public final BitSet state = new BitSet();

    /** {@code *this = *o}. */
    public void copy(ipv4_devconf o) {
        sysctl = o.sysctl;
        System.arraycopy(o.data, 0, data, 0, data.length);
        state.clear();
        state.or(o.state);
    }
}
