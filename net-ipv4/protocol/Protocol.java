// SPDX-License-Identifier: GPL-2.0-only
package protocol;

import static linux.errno.Errno.EINVAL;
import static linux.netdevice.Skel_dev_c.synchronize_net;
import static linux.printk.Printk.pr_err;
import static net.protocol.Protocols.inet_offloads;
import static net.protocol.Protocols.inet_protos;

import net.protocol.net_offload;
import net.protocol.net_protocol;

/**
 * Who handles which IP protocol, {@code net/ipv4/protocol.c}. TCP and ICMP enter themselves when they start; {@code
 * ip_input} and {@code icmp} look here.
 */
public final class Protocol {
    private Protocol() {}

    /**
     * @param protocol {@code IPPROTO_*}
     * @return 0; -1: there is one already; {@code -EINVAL}: it does not know of namespaces
     */
    public static int inet_add_protocol(net_protocol prot, int protocol) {
        if (!prot.netns_ok) {
            pr_err("Protocol %d is not namespace aware, cannot register.\n", protocol);
            return -EINVAL;
        }

        if (inet_protos[protocol] != null) {
            return -1;
        }
        inet_protos[protocol] = prot;
        return 0;
    }

    /** @return 0, or -1: there is one already */
    public static int inet_add_offload(net_offload prot, int protocol) {
        if (inet_offloads[protocol] != null) {
            return -1;
        }
        inet_offloads[protocol] = prot;
        return 0;
    }

    /** @return 0, or -1: it is not {@code prot} that handles it */
    public static int inet_del_protocol(net_protocol prot, int protocol) {
        int ret;

        ret = inet_protos[protocol] == prot ? 0 : -1;
        if (ret == 0) {
            inet_protos[protocol] = null;
        }

        synchronize_net();

        return ret;
    }

    /** @return 0, or -1: it is not {@code prot} that handles it */
    public static int inet_del_offload(net_offload prot, int protocol) {
        int ret;

        ret = inet_offloads[protocol] == prot ? 0 : -1;
        if (ret == 0) {
            inet_offloads[protocol] = null;
        }

        synchronize_net();

        return ret;
    }
}
