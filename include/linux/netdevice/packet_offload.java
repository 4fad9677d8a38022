// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import linux.compiler.Ref;
import linux.list.list_head;
import linux.skbuff.sk_buff;

/** How a protocol splits large packets for a device that cannot, and merges small ones. */
public final class packet_offload {
    public interface Gso_send_check {
        int call(sk_buff skb);
    }

    public interface Gso_segment {
        sk_buff call(sk_buff skb, long features);
    }

    public interface Gro_receive {
        /**
         * @param head the packets that are held, linked by {@code next}
         * @return the held packet that is complete now, or null (C returns the pointer that leads to it)
         */
        sk_buff call(Ref<sk_buff> head, sk_buff skb);
    }

    public interface Gro_complete {
        int call(sk_buff skb, int nhoff);
    }

    /** {@code ETH_P_*}. */
    public final int type;

    public Gso_send_check gso_send_check;
    public Gso_segment gso_segment;
    public Gro_receive gro_receive;
    public Gro_complete gro_complete;
    public final list_head<packet_offload> list = new list_head<>(this);

    public packet_offload(int type) {
        this.type = type;
    }
}
