// SPDX-License-Identifier: GPL-2.0-only
package net.net_namespace;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import linux.netdevice.net_device;
import linux.proc_fs.ProcDir;
import linux.sysctl.SysctlTree;
import net.netns.ipv4.netns_ipv4;
import net.netns.mptcp.netns_mptcp;
import net.snmp.netns_mib;

/** A network namespace: devices, addresses, routes, sysctls and counters of its own. */
public final class net {
    /** For people: "client"; the first one is "init". */
    public final String name;

    /** Users; a namespace that is in use is not taken down. */
    public int count = 1;

    /** Devices by index, and by name. */
    public final List<net_device> dev_base_head = new ArrayList<>();

    public final Map<String, net_device> dev_name_head = new LinkedHashMap<>();
    public int ifindex;
    public net_device loopback_dev;

    /** {@code net.core.somaxconn}. */
    public int core_sysctl_somaxconn;

    /** Sockets in use, by {@code proto.inuse_idx}. */
    public int[] core_inuse;

    public final netns_mib mib = new netns_mib();
    public final netns_ipv4 ipv4 = new netns_ipv4();
    public final netns_mptcp mptcp = new netns_mptcp();

    /** Changes when everything learnt from ICMP is to be forgotten. */
    public int fnhe_genid;

    /** {@code /proc/net/stat} as this namespace shows it. */
    public final ProcDir proc_net_stat = new ProcDir();

    /** {@code /proc/net} as this namespace shows it. */
    public final ProcDir proc_net = new ProcDir();

    /** {@code /proc/sys} as this namespace shows it. */
    public final SysctlTree sysctls = new SysctlTree();

    /** {@code net_hash_mix}: in C derived from the address of the namespace. */
    public int hash_mix;

    public net(String name) {
        this.name = name;
    }

    @Override
    public String toString() {
        return name;
    }
}
