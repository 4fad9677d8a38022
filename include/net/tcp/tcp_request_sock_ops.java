// SPDX-License-Identifier: GPL-2.0-only
package net.tcp;

import linux.compiler.BoolRef;
import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_fastopen_cookie;
import net.dst.dst_entry;
import net.flow.flowi;
import net.request_sock.request_sock;
import net.sock.sock;

/** What differs between IPv4 and IPv6, plain and MPTCP, when a SYN is answered. */
public final class tcp_request_sock_ops {
    public interface Init_req {
        int call(request_sock req, sock sk, sk_buff skb);
    }

    public interface Cookie_init_seq {
        int call(sock sk, sk_buff skb, IntRef mss);
    }

    public interface Route_req {
        dst_entry call(sock sk, flowi fl, request_sock req, BoolRef strict);
    }

    public interface Init_seq {
        int call(sk_buff skb);
    }

    public interface Send_synack {
        int call(sock sk, dst_entry dst, flowi fl, request_sock req, int queue_mapping, tcp_fastopen_cookie foc);
    }

    public interface Queue_hash_add {
        void call(sock sk, request_sock req, long timeout);
    }

    public int mss_clamp;
    public Init_req init_req;
    public Cookie_init_seq cookie_init_seq;
    public Route_req route_req;
    public Init_seq init_seq;
    public Send_synack send_synack;
    public Queue_hash_add queue_hash_add;

    /** {@code *this = *o}. */
    public void copy(tcp_request_sock_ops o) {
        mss_clamp = o.mss_clamp;
        init_req = o.init_req;
        cookie_init_seq = o.cookie_init_seq;
        route_req = o.route_req;
        init_seq = o.init_seq;
        send_synack = o.send_synack;
        queue_hash_add = o.queue_hash_add;
    }
}
