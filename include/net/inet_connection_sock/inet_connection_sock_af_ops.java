// SPDX-License-Identifier: GPL-2.0-only
package net.inet_connection_sock;

import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import linux.socket.sockaddr;
import net.dst.dst_entry;
import net.flow.flowi;
import net.inet_hashtables.inet_bind_bucket;
import net.request_sock.request_sock;
import net.sock.sock;

/** What differs between IPv4 and IPv6 (and, for a meta socket, MPTCP) below a connection. */
public class inet_connection_sock_af_ops {
    public interface Queue_xmit {
        int call(sk_buff skb, flowi fl);
    }

    public interface Send_check {
        void call(sock sk, sk_buff skb);
    }

    public interface Rebuild_header {
        int call(sock sk);
    }

    public interface Sk_rx_dst_set {
        void call(sock sk, sk_buff skb);
    }

    public interface Conn_request {
        int call(sock sk, sk_buff skb);
    }

    public interface Syn_recv_sock {
        sock call(sock sk, sk_buff skb, request_sock req, dst_entry dst);
    }

    public interface Setsockopt {
        int call(sock sk, int level, int optname, byte[] optval, int optlen);
    }

    public interface Getsockopt {
        int call(sock sk, int level, int optname, byte[] optval, IntRef optlen);
    }

    public interface Addr2sockaddr {
        void call(sock sk, sockaddr uaddr);
    }

    public interface Bind_conflict {
        boolean call(sock sk, inet_bind_bucket tb, boolean relax);
    }

    public interface Mtu_reduced {
        void call(sock sk);
    }

    public Queue_xmit queue_xmit;
    public Send_check send_check;
    public Rebuild_header rebuild_header;
    public Sk_rx_dst_set sk_rx_dst_set;
    public Conn_request conn_request;
    public Syn_recv_sock syn_recv_sock;

    /** Bytes of the IP header. */
    public int net_header_len;

    public int net_frag_header_len;
    public int sockaddr_len;
    public Setsockopt setsockopt;
    public Getsockopt getsockopt;
    public Addr2sockaddr addr2sockaddr;
    public Bind_conflict bind_conflict;
    public Mtu_reduced mtu_reduced;
}
