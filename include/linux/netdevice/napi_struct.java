// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import linux.compiler.Ref;
import linux.list.list_head;
import linux.skbuff.sk_buff;

/** Something that has received packets and will be asked for them by {@code net_rx_action}. */
public final class napi_struct {
    /** {@code state}: it is on the list of those to be asked; it is to be taken off. */
    public static final int NAPI_STATE_SCHED = 0;

    public static final int NAPI_STATE_DISABLE = 1;

    /** @see napi_struct#poll */
    public interface Poll {
        /**
         * Hands over packets, {@code budget} at most; when there are less it calls {@code napi_complete}.
         *
         * @return how many
         */
        int call(napi_struct napi, int budget);
    }

    public final list_head<napi_struct> poll_list = new list_head<>(this);

    /** Bits {@code NAPI_STATE_*}. */
    public int state;

    /** Packets that it may hand over in one go. */
    public int weight;

    /** Packets in {@link #gro_list}. */
    public int gro_count;

    public Poll poll;
    public net_device dev;

    /** Packets held for what may follow, the youngest first, linked by {@code next}. */
    public final Ref<sk_buff> gro_list = new Ref<>();

    public final list_head<napi_struct> dev_list = new list_head<>(this);
}
