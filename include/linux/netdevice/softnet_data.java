// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import linux.list.list_head;
import linux.skbuff.sk_buff;
import linux.skbuff.sk_buff_head;
import net.sch_generic.Qdisc;

/** What a CPU has to do for the network; there is one. */
public final class softnet_data {
    /** Queues that {@code net_tx_action} is to run. */
    public Qdisc output_queue;

    public Qdisc output_queue_tail;

    /** Those that {@code net_rx_action} is to ask for packets. */
    public final list_head<napi_struct> poll_list = new list_head<>();

    /** Packets that an interrupt was done with and could not free. */
    public sk_buff completion_queue;

    /** What {@code process_backlog} is working on. */
    public final sk_buff_head process_queue = new sk_buff_head();

    /** Packets received. */
    public int processed;

    /** How often the budget or the time ran out. */
    public int time_squeeze;

    /** Packets for which {@link #input_pkt_queue} had no room. */
    public int dropped;

    /** What {@code netif_rx} has put aside for the softirq. */
    public final sk_buff_head input_pkt_queue = new sk_buff_head();

    /** {@link #input_pkt_queue} as something to be asked. */
    public final napi_struct backlog = new napi_struct();
}
