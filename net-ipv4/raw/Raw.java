// SPDX-License-Identifier: GPL-2.0-only
package raw;

import static fib_frontend.Source.inet_addr_type;
import static ip_output.Append.ip_flush_pending_frames;
import static linux.errno.Errno.EADDRNOTAVAIL;
import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.EMSGSIZE;
import static linux.errno.Errno.EPROTO;
import static linux.gfp.Gfp.GFP_ATOMIC;
import static linux.icmp.IcmpHdr.icmp_hdr;
import static linux.ip.IpHdr.ip_hdr;
import static linux.list.Lists.hlist_nulls_empty;
import static linux.netdevice.Netdev.NET_RX_DROP;
import static linux.netdevice.Netdev.NET_RX_SUCCESS;
import static linux.netdevice.Netdev.dev_net;
import static linux.skbuff.Bits.skb_header_pointer;
import static linux.skbuff.Clone.skb_clone;
import static linux.skbuff.Data.skb_push;
import static linux.skbuff.Free.kfree_skb;
import static linux.skbuff.Headers.skb_network_header;
import static linux.skbuff.Headers.skb_transport_offset;
import static linux.types.Be.get8;
import static net.dst.Dst.skb_dst_drop;
import static net.icmp.icmp_err.icmp_err_convert;
import static net.inet_sock.Sockets.inet_sk;
import static net.net_namespace.NetNs.net_eq;
import static net.protocol.Protocols.MAX_INET_PROTOS;
import static net.sock.Alloc.sk_common_release;
import static net.sock.Dst.sk_dst_reset;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.Nodes.sk_add_node;
import static net.sock.Nodes.sk_del_node_init;
import static net.sock.Nodes.sk_head;
import static net.sock.Nodes.sk_next;
import static net.sock.Protos.sock_prot_inuse_add;
import static net.sock.Receive.sock_queue_rcv_skb;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static route.Pmtu.ipv4_sk_update_pmtu;
import static route.Redirect.ipv4_sk_redirect;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_FRAG_NEEDED;
import static uapi.linux.icmp.Icmp.ICMP_PARAMETERPROB;
import static uapi.linux.icmp.Icmp.ICMP_REDIRECT;
import static uapi.linux.icmp.Icmp.ICMP_SOURCE_QUENCH;
import static uapi.linux.icmp.Icmp.ICMP_TIME_EXCEEDED;
import static uapi.linux.icmp.Icmp.NR_ICMP_UNREACH;
import static uapi.linux.in.In.IPPROTO_ICMP;
import static uapi.linux.in.In.IP_PMTUDISC_DONT;
import static uapi.linux.rtnetlink.Rt.RTN_BROADCAST;
import static uapi.linux.rtnetlink.Rt.RTN_LOCAL;
import static uapi.linux.rtnetlink.Rt.RTN_MULTICAST;

import linux.init.Initcall;
import linux.list.hlist_nulls_head;
import linux.skbuff.sk_buff;
import linux.socket.sockaddr;
import linux.socket.sockaddr_in;
import linux.types.View;
import net.inet_sock.inet_sock;
import net.net_namespace.net;
import net.sock.proto;
import net.sock.sock;
import net.sock.sock_common;
import uapi.linux.icmp.icmphdr;
import uapi.linux.ip.iphdr;

/**
 * Raw sockets, as far as the kernel needs them for itself, from {@code net/ipv4/raw.c}. ICMP sends by one in each
 * namespace, which never receives: it is not in the table. What a program would need (sending, receiving, options) is
 * not here. Called by {@code ip_input} and {@code icmp} for every packet.
 */
public final class Raw {
    private Raw() {}

    private static final int RAW_HTABLE_SIZE = MAX_INET_PROTOS;

    /** {@code raw_v4_hashinfo.ht}, by protocol. */
    private static hlist_nulls_head<sock_common>[] raw_v4_hashinfo;

    public static proto raw_prot;

    /** Static variables. */
    public static final class Boot implements Initcall {
        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        public void data() {
            raw_v4_hashinfo = new hlist_nulls_head[RAW_HTABLE_SIZE];
            for (int i = 0; i < RAW_HTABLE_SIZE; i++) {
                raw_v4_hashinfo[i] = new hlist_nulls_head<>();
            }
            raw_prot = new proto();
            raw_prot.name = "RAW";
            raw_prot.close = Raw::raw_close;
            raw_prot.destroy = Raw::raw_destroy;
            raw_prot.init = Raw::raw_init;
            raw_prot.bind = Raw::raw_bind;
            raw_prot.backlog_rcv = Raw::raw_rcv_skb;
            raw_prot.hash = Raw::raw_hash_sk;
            raw_prot.unhash = Raw::raw_unhash_sk;
            raw_prot.alloc = raw_sock::new;
        }
    }

    static raw_sock raw_sk(sock sk) {
        return (raw_sock) sk;
    }

    public static void raw_hash_sk(sock sk) {
        hlist_nulls_head<sock_common> head;

        head = raw_v4_hashinfo[inet_sk(sk).skc_num & RAW_HTABLE_SIZE - 1];

        sk_add_node(sk, head);
        sock_prot_inuse_add(sock_net(sk), sk.skc_prot, 1);
    }

    public static void raw_unhash_sk(sock sk) {
        if (sk_del_node_init(sk)) {
            sock_prot_inuse_add(sock_net(sk), sk.skc_prot, -1);
        }
    }

    /** From {@code sk} on, the first socket that gets such a packet. */
    static sock __raw_v4_lookup(net net, sock sk, int num, int raddr, int laddr, int dif) {
        for (; sk != null; sk = (sock) sk_next(sk)) {
            inet_sock inet = inet_sk(sk);

            if (net_eq(sock_net(sk), net)
                    && inet.skc_num == num
                    && !(inet.skc_daddr != 0 && inet.skc_daddr != raddr)
                    && !(inet.skc_rcv_saddr != 0 && inet.skc_rcv_saddr != laddr)
                    && !(sk.skc_bound_dev_if != 0 && sk.skc_bound_dev_if != dif)) {
                return sk;
            }
        }
        return null;
    }

    /** @return true: the socket does not want a message of this type */
    static boolean icmp_filter(sock sk, sk_buff skb) {
        View hdr;

        hdr = skb_header_pointer(skb, skb_transport_offset(skb), icmphdr.SIZE, new byte[icmphdr.SIZE]);
        if (hdr == null) {
            return true;
        }

        int type = get8(hdr.b, hdr.at);
        if (type < 32) {
            int data = raw_sk(sk).filter;

            return (1 << type & data) != 0;
        }

        return false;
    }

    /** Gives a copy to each socket that wants it. @return true if there is one */
    static boolean raw_v4_input(sk_buff skb, iphdr iph, int hash) {
        sock sk;
        hlist_nulls_head<sock_common> head;
        boolean delivered = false;
        net net;

        head = raw_v4_hashinfo[hash];
        if (hlist_nulls_empty(head)) {
            return delivered;
        }

        net = dev_net(skb.dev);
        sk = __raw_v4_lookup(net, (sock) sk_head(head), iph.protocol(), iph.saddr(), iph.daddr(), skb.dev.ifindex);

        while (sk != null) {
            delivered = true;
            if (iph.protocol() != IPPROTO_ICMP || !icmp_filter(sk, skb)) {
                sk_buff clone = skb_clone(skb, GFP_ATOMIC);

                if (clone != null) {
                    raw_rcv(sk, clone);
                }
            }
            sk = __raw_v4_lookup(net, (sock) sk_next(sk), iph.protocol(), iph.saddr(), iph.daddr(), skb.dev.ifindex);
        }
        return delivered;
    }

    /** The packet stays the caller's. @return true if a raw socket has got it */
    public static boolean raw_local_deliver(sk_buff skb, int protocol) {
        int hash;
        sock raw_sk;

        hash = protocol & RAW_HTABLE_SIZE - 1;
        raw_sk = (sock) sk_head(raw_v4_hashinfo[hash]);

        if (raw_sk != null && !raw_v4_input(skb, ip_hdr(skb), hash)) {
            raw_sk = null;
        }

        return raw_sk != null;
    }

    /** ICMP says something about a packet of {@code sk}. */
    static void raw_err(sock sk, sk_buff skb, int info) {
        inet_sock inet = inet_sk(sk);
        int type = icmp_hdr(skb).type();
        int code = icmp_hdr(skb).code();
        int err = 0;
        boolean harderr = false;

        if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED) {
            ipv4_sk_update_pmtu(skb, sk, info);
        } else if (type == ICMP_REDIRECT) {
            ipv4_sk_redirect(skb, sk);
            return;
        }

        if (!inet.recverr && sk.skc_state != TCP_ESTABLISHED) {
            return;
        }

        switch (type) {
            default:
            case ICMP_TIME_EXCEEDED:
                err = EHOSTUNREACH;
                break;
            case ICMP_SOURCE_QUENCH:
                return;
            case ICMP_PARAMETERPROB:
                err = EPROTO;
                harderr = true;
                break;
            case ICMP_DEST_UNREACH:
                err = EHOSTUNREACH;
                if (code > NR_ICMP_UNREACH) {
                    break;
                }
                err = icmp_err_convert[code].errno;
                harderr = icmp_err_convert[code].fatal;
                if (code == ICMP_FRAG_NEEDED) {
                    harderr = inet.pmtudisc != IP_PMTUDISC_DONT;
                    err = EMSGSIZE;
                }
        }

        if (inet.recverr || harderr) {
            sk.sk_err = err;
            sk.sk_error_report.call(sk);
        }
    }

    /** Tells each socket whose packet the message may quote; {@code skb.data} is the header that it quotes. */
    public static void raw_icmp_error(sk_buff skb, int protocol, int info) {
        int hash;
        sock raw_sk;
        iphdr iph;
        net net;

        hash = protocol & RAW_HTABLE_SIZE - 1;

        raw_sk = (sock) sk_head(raw_v4_hashinfo[hash]);
        if (raw_sk != null) {
            iph = new iphdr(skb.head, skb.data);
            net = dev_net(skb.dev);

            while ((raw_sk = __raw_v4_lookup(net, raw_sk, protocol, iph.daddr(), iph.saddr(), skb.dev.ifindex))
                    != null) {
                raw_err(raw_sk, skb, info);
                raw_sk = (sock) sk_next(raw_sk);
                iph = new iphdr(skb.head, skb.data);
            }
        }
    }

    static int raw_rcv_skb(sock sk, sk_buff skb) {
        skb_dst_drop(skb);
        if (sock_queue_rcv_skb(sk, skb) < 0) {
            kfree_skb(skb);
            return NET_RX_DROP;
        }

        return NET_RX_SUCCESS;
    }

    /** Queues the packet, from its IP header on. */
    public static int raw_rcv(sock sk, sk_buff skb) {
        skb_push(skb, skb.data - skb_network_header(skb));

        raw_rcv_skb(sk, skb);
        return 0;
    }

    static void raw_close(sock sk, long timeout) {
        sk_common_release(sk);
    }

    static void raw_destroy(sock sk) {
        lock_sock(sk);
        ip_flush_pending_frames(sk);
        release_sock(sk);
    }

    /** @return 0, {@code -EINVAL}, or {@code -EADDRNOTAVAIL}: the address is not ours */
    static int raw_bind(sock sk, sockaddr uaddr, int addr_len) {
        inet_sock inet = inet_sk(sk);
        sockaddr_in addr = (sockaddr_in) uaddr;
        int ret = -EINVAL;
        int chk_addr_ret;

        if (sk.skc_state != TCP_CLOSE || addr_len < sockaddr_in.SIZE) {
            return ret;
        }
        chk_addr_ret = inet_addr_type(sock_net(sk), addr.sin_addr);
        ret = -EADDRNOTAVAIL;
        if (addr.sin_addr != 0
                && chk_addr_ret != RTN_LOCAL
                && chk_addr_ret != RTN_MULTICAST
                && chk_addr_ret != RTN_BROADCAST) {
            return ret;
        }
        inet.skc_rcv_saddr = inet.inet_saddr = addr.sin_addr;
        if (chk_addr_ret == RTN_MULTICAST || chk_addr_ret == RTN_BROADCAST) {
            inet.inet_saddr = 0;
        }
        sk_dst_reset(sk);
        ret = 0;
        return ret;
    }

    static int raw_init(sock sk) {
        raw_sock rp = raw_sk(sk);

        if (inet_sk(sk).skc_num == IPPROTO_ICMP) {
            rp.filter = 0;
        }
        return 0;
    }
}
