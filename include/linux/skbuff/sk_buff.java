// SPDX-License-Identifier: GPL-2.0-only
package linux.skbuff;

import linux.err.Err;
import linux.mm.page;
import linux.netdevice.net_device;
import net.dst.dst_entry;
import net.ip.inet_skb_parm;
import net.sock.sock;
import net.tcp.tcp_skb_cb;

/**
 * A packet: the bytes, where each header begins, and what every layer notes about it.
 *
 * <pre>
 *      head          data                tail              end
 *        | headroom    | linear bytes      | tailroom        |
 *        +-------------+-------------------+-----------------+   + frags[] + frag_list
 *                      |&lt;-- len - data_len --&gt;|                    data_len
 * </pre>
 *
 * <p>{@code head} is an array and everything else an offset into it. Clones share {@code head} and {@link
 * #shinfo} and have their own offsets: so TCP keeps a segment on its queue while a clone is on the way.
 */
public final class sk_buff implements Err.ErrPtr {
    /** {@code sizeof(struct sk_buff)}. */
    public static final int SIZE = 208;

    /** {@code ip_summed}, received: nobody has looked at the checksum. Sent: it is in place. */
    public static final int CHECKSUM_NONE = 0;

    /** Received: the device (or a loopback) vouches for it. */
    public static final int CHECKSUM_UNNECESSARY = 1;

    /** Received: {@link #csum} is the sum over the whole packet. */
    public static final int CHECKSUM_COMPLETE = 2;

    /** Sent: the device has to sum up from {@link #csum_start} and store it {@link #csum_offset} behind. */
    public static final int CHECKSUM_PARTIAL = 3;

    /** {@code fclone}: made alone; the first of a pair; the second of a pair, in use. */
    public static final int SKB_FCLONE_UNAVAILABLE = 0;

    public static final int SKB_FCLONE_ORIG = 1;
    public static final int SKB_FCLONE_CLONE = 2;

    // ---- the queue it stands in ----

    public sk_buff next;
    public sk_buff prev;

    /** When it came in, in nanoseconds since 1970; 0: not taken. */
    public long tstamp;

    /** The socket that pays for the memory. */
    public sock sk;

    public net_device dev;

    /** {@code cb} as TCP sees it, see {@link Cb#TCP_SKB_CB}. */
    final tcp_skb_cb tcp_cb = new tcp_skb_cb();

    /** {@code cb} as IP sees it, see {@link Cb#IPCB}; made when somebody asks for it. */
    inet_skb_parm ip_cb;

    /** {@code cb} while the packet is cut into segments, see {@link Gso#SKB_GSO_CB}. */
    skb_gso_cb gso_cb;

    /** {@code cb} as a device's queue or receive coalescing sees it. */
    Object other_cb;

    /** The route. In C the lowest bit of the pointer says that no reference is held. */
    public dst_entry _skb_refdst;

    public boolean _skb_dst_noref;

    /** Bytes in all, and of them those not in the linear part. */
    public int len;

    public int data_len;
    public int mac_len;

    /** Bytes in front of the payload that a clone may write to: {@code skb_cloned} headers. */
    public int hdr_len;

    public int priority;

    /** May be fragmented although DF is set. */
    public boolean local_df;

    public boolean cloned;
    public int ip_summed;

    /** The header is not referenced any more, only the payload is. */
    public boolean nohdr;

    /** {@code PACKET_HOST}, ... */
    public int pkt_type;

    public int fclone;

    /** The packet was looked at without being taken: {@code MSG_PEEK}. */
    public boolean peeked;

    /** {@code ETH_P_*}. */
    public int protocol;

    /** Gives the memory back to {@link #sk}. */
    public Destructor destructor;

    /** Index of the device it came in by. */
    public int skb_iif;

    public int rxhash;
    public int queue_mapping;
    public boolean pfmemalloc;

    /** The queue may be changed without a risk of reordering: nothing else of the flow is on the way. */
    public boolean ooo_okay;

    public boolean l4_rxhash;

    /** {@link #head} is a piece of a page, {@link #headPage}, and can be given to another packet as such. */
    public boolean head_frag;

    public boolean encapsulation;

    /** Sum of the bytes, when {@link #ip_summed} says that there is one. */
    public int csum;

    /** From {@link #head}. */
    public int csum_start;

    /** From {@link #csum_start}. */
    public int csum_offset;

    public int mark;

    /** Tailroom that must stay free, so that the packet fits into the MTU; shares its place with mark in C. */
    public int reserved_tailroom;

    /** Offsets into {@link #head}; mac_header is 0xffff while unset. */
    public int transport_header;

    public int network_header;
    public int mac_header;
    public int inner_transport_header;
    public int inner_network_header;
    public int inner_mac_header;

    /** Offsets into {@link #head}. */
    public int tail;

    public int end;
    public byte[] head;
    public int data;

    /** What the packet costs in all, in bytes of kernel memory: data, sk_buff and skb_shared_info. */
    public int truesize;

    /** How many hold this sk_buff; the last one to let go frees it. */
    public int users;

    /** {@code skb_shinfo(skb)}. */
    public skb_shared_info shinfo;

    /** {@code virt_to_head_page(head)}, while {@link #head_frag}. */
    page headPage;

    /** The other half of an sk_buff made by {@code alloc_skb_fclone}: {@code skb + 1}, or {@code skb - 1}. */
    sk_buff companion;

    /** How many of the pair are in use; counted at the original. */
    int fclone_ref;

    /** Given back: whoever frees it once more is caught. */
    boolean freed;

    private final int ptr_err;

    /** @see sk_buff#destructor */
    public interface Destructor {
        void call(sk_buff skb);
    }

    public sk_buff() {
        ptr_err = 0;
    }

    private sk_buff(int err) {
        ptr_err = err;
    }

    /** What a function returns in place of a packet: {@code ERR_PTR(err)}. */
    public static sk_buff ERR_PTR(int err) {
        return new sk_buff(err);
    }

    @Override
    public int ptr_err() {
        return ptr_err;
    }
}
