// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import linux.list.list_head;
import linux.skbuff.sk_buff;
import net.sock.sock;

/** Who wants packets of a protocol, or all packets: IP, and everything that captures. */
public final class packet_type {
    public interface Func {
        int call(sk_buff skb, net_device dev, packet_type pt, net_device orig_dev);
    }

    /** @see packet_type#id_match */
    public interface Id_match {
        boolean call(packet_type ptype, sock sk);
    }

    /** {@code ETH_P_*}; {@code ETH_P_ALL}: also those that leave. */
    public final int type;

    /** Only of this device; null: of all. */
    public net_device dev;

    public Func func;

    /** Has {@code sk} sent the packet for this one? Null: if it is {@link #af_packet_priv}. */
    public Id_match id_match;

    /** What {@link #func} needs to know. */
    public Object af_packet_priv;

    public final list_head<packet_type> list = new list_head<>(this);

    public packet_type(int type, Func func) {
        this.type = type;
        this.func = func;
    }
}
