// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.skbuff.Cb.TCP_SKB_CB;
import static net.tcp.Segments.tcp_skb_pcount;
import static net.tcp.Sequence.after;
import static net.tcp.Sequence.before;
import static net.tcp.tcp_skb_cb.TCPCB_LOST;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_ACKED;
import static net.tcp.tcp_skb_cb.TCPCB_SACKED_RETRANS;
import static net.tcp_states.TcpState.TCP_CLOSE;

import java.util.ArrayList;
import java.util.List;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_sock;
import net.mptcp.mptcp_cb;

/** What holds for every TCP socket at rest, whatever has come in. */
public final class Invariants {
    private Invariants() {}

    /** What is wrong with the socket, and with its subflows if it has any. */
    public static List<String> broken(tcp_sock tp) {
        List<String> wrong = new ArrayList<>();
        mptcp_cb mpcb = tp.mpcb;
        boolean meta = tp.mpc && mpcb != null && tp.meta_sk == tp;
        one(wrong, tp, meta);
        if (meta) {
            for (tcp_sock sub = mpcb.connection_list; sub != null; sub = sub.mptcp.next) {
                one(wrong, sub, false);
            }
        }
        return wrong;
    }

    private static void one(List<String> all, tcp_sock tp, boolean meta) {
        List<String> wrong = new ArrayList<>();
        if (after(tp.snd_una, tp.snd_nxt) || after(tp.snd_nxt, tp.write_seq)) {
            wrong.add("una " + tp.snd_una + " nxt " + tp.snd_nxt + " write " + tp.write_seq);
        }
        // A queue that is thrown away when the connection ends is not counted down.
        if (!meta && tp.skc_state != TCP_CLOSE) {
            recount(wrong, tp);
        }
        int memory = 0;
        int end = 0;
        for (sk_buff skb = tp.sk_receive_queue.next; skb != null; skb = skb.next) {
            // A segment may begin before the end of the last: its beginning is skipped when it is read.
            if (skb != tp.sk_receive_queue.next && !tp.mpc && (after(TCP_SKB_CB(skb).seq, end) || before(TCP_SKB_CB(skb).end_seq, end))) {
                wrong.add("receive queue: " + TCP_SKB_CB(skb).seq + " to " + TCP_SKB_CB(skb).end_seq + " behind " + end);
            }
            end = TCP_SKB_CB(skb).end_seq;
            memory += skb.truesize;
        }
        sk_buff last = null;
        for (sk_buff skb = tp.out_of_order_queue.next; skb != null; skb = skb.next) {
            if (last != null && before(TCP_SKB_CB(skb).seq, TCP_SKB_CB(last).seq)) {
                wrong.add("out of order: " + TCP_SKB_CB(skb).seq + " behind " + TCP_SKB_CB(last).seq);
            }
            last = skb;
            memory += skb.truesize;
        }
        if (!tp.mpc && memory != tp.sk_rmem_alloc) {
            wrong.add("receive memory " + tp.sk_rmem_alloc + ", packets have " + memory);
        }
        String which = (meta ? "meta" : tp.mpc ? "subflow " + tp.skc_dport : "TCP") + " in state " + tp.skc_state + ": ";
        wrong.forEach(w -> all.add(which + w));
    }

    private static void recount(List<String> wrong, tcp_sock tp) {
        int out = 0;
        int sacked = 0;
        int lost = 0;
        int retrans = 0;
        int memory = 0;
        boolean sent = true;
        for (sk_buff skb = tp.sk_write_queue.next; skb != null; skb = skb.next) {
            memory += skb.truesize;
            sent &= skb != tp.sk_send_head;
            if (sent) {
                int n = tcp_skb_pcount(skb);
                int t = TCP_SKB_CB(skb).sacked;
                out += n;
                sacked += (t & TCPCB_SACKED_ACKED) != 0 ? n : 0;
                lost += (t & TCPCB_LOST) != 0 ? n : 0;
                retrans += (t & TCPCB_SACKED_RETRANS) != 0 ? n : 0;
            }
        }
        boolean sack = tp.rx_opt.sack_ok != 0;
        if (out != tp.packets_out || sack && sacked != tp.sacked_out || lost != tp.lost_out || retrans != tp.retrans_out) {
            wrong.add("packets_out " + tp.packets_out + "/" + out + " sacked_out " + tp.sacked_out + "/" + sacked + " lost_out " + tp.lost_out + "/"
                    + lost + " retrans_out " + tp.retrans_out + "/" + retrans);
        }
        if (tp.sacked_out + tp.lost_out > tp.packets_out) {
            wrong.add("sacked " + tp.sacked_out + " lost " + tp.lost_out + " of " + tp.packets_out);
        }
        if (memory != tp.sk_wmem_queued && !tp.mpc) {
            wrong.add("wmem_queued " + tp.sk_wmem_queued + ", packets have " + memory);
        }
    }
}
