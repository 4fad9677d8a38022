// SPDX-License-Identifier: GPL-2.0-only
package net.request_sock;

import linux.skbuff.sk_buff;
import net.sock.sock;

/** How a protocol answers for its connection requests. */
public class request_sock_ops {
    public interface Rtx_syn_ack {
        int call(sock sk, request_sock req);
    }

    public interface Send_ack {
        void call(sock sk, sk_buff skb, request_sock req);
    }

    public interface Send_reset {
        void call(sock sk, sk_buff skb);
    }

    public interface Destructor {
        void call(request_sock req);
    }

    public interface Syn_ack_timeout {
        void call(sock sk, request_sock req);
    }

    /** Makes an empty request: what {@code obj_size} and {@code slab} are for in C. */
    public interface Alloc {
        request_sock call();
    }

    public int family;

    /** What the protocol's requests are called, {@code request_sock_TCP}: in the log, when there are too many. */
    public String slab_name;

    public Alloc alloc;
    public Rtx_syn_ack rtx_syn_ack;
    public Send_ack send_ack;
    public Send_reset send_reset;
    public Destructor destructor;
    public Syn_ack_timeout syn_ack_timeout;

    /** Requests alive, for those who check that nothing was left behind. */
    public int live;

    /** {@code *this = *o}. */
    public void copy(request_sock_ops o) {
        family = o.family;
        slab_name = o.slab_name;
        alloc = o.alloc;
        rtx_syn_ack = o.rtx_syn_ack;
        send_ack = o.send_ack;
        send_reset = o.send_reset;
        destructor = o.destructor;
        syn_ack_timeout = o.syn_ack_timeout;
    }
}
