// SPDX-License-Identifier: GPL-2.0-only
package tcp_fastopen;

import static linux.bug.Bug.WARN_ON;
import static linux.crypto.Crypto.crypto_alloc_cipher;
import static linux.crypto.Crypto.crypto_cipher_encrypt_one;
import static linux.crypto.Crypto.crypto_cipher_setkey;
import static linux.crypto.Crypto.crypto_free_cipher;
import static linux.err.Err.IS_ERR;
import static linux.err.Err.PTR_ERR;
import static linux.errno.Errno.ENOMEM;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.ip.IpHdr.ip_hdr;
import static linux.jiffies.Jiffies.jiffies;
import static linux.jiffies.Jiffies.time_after;
import static linux.kernel.Kernel.u32;
import static linux.net.Once.net_get_random_once;
import static linux.printk.Printk.pr_err;
import static linux.skbuff.Alloc.skb_get;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Queue.__skb_queue_tail;
import static linux.tcp.Header.tcp_hdr;
import static linux.tcp.Sockets.tcp_rsk;
import static linux.tcp.Sockets.tcp_sk;
import static linux.tcp.tcp_fastopen_cookie.TCP_FASTOPEN_COOKIE_SIZE;
import static linux.types.Be.put32;
import static net.dst.Dst.skb_dst_drop;
import static net.inet_connection_sock.Reqsk.inet_csk_reqsk_queue_add;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.XmitTimers.inet_csk_reset_xmit_timer;
import static net.inet_connection_sock.inet_connection_sock.ICSK_TIME_RETRANS;
import static net.request_sock.Requests.reqsk_free;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.sock.Fields.sock_net;
import static net.sock.Lock.bh_unlock_sock;
import static net.sock.Nodes.sock_hold;
import static net.sock.Nodes.sock_put;
import static net.sock.Owner.skb_set_owner_r;
import static net.tcp.Globals.tcp_fastopen_ctx;
import static net.tcp.Sysctls.sysctl_tcp_fastopen;
import static net.tcp.TcpConst.TCP_RTO_MAX;
import static net.tcp.TcpConst.TCP_TIMEOUT_INIT;
import static net.tcp.TcpConst.TFO_SERVER_COOKIE_NOT_REQD;
import static net.tcp.TcpConst.TFO_SERVER_ENABLE;
import static tcp_cong.Registry.tcp_init_congestion_control;
import static tcp_input.Buffers.tcp_init_buffer_space;
import static tcp_metrics.Connection.tcp_init_metrics;
import static tcp_output.Mss.tcp_mtup_init;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENCOOKIEREQD;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENLISTENOVERFLOW;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENPASSIVE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENPASSIVEFAIL;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.util.Arrays;
import linux.compiler.BoolRef;
import linux.gfp.Gfp;
import linux.skbuff.sk_buff;
import linux.tcp.tcp_fastopen_cookie;
import linux.tcp.tcp_sock;
import net.dst.dst_entry;
import net.request_sock.fastopen_queue;
import net.request_sock.request_sock;
import net.request_sock.request_sock_queue;
import net.sock.sock;
import net.tcp.tcp_fastopen_context;
import uapi.linux.ip.iphdr;

/**
 * Fast Open (RFC 7413), the server's side: data in the SYN reach the application before the handshake is over. The
 * client's side is in {@code tcp_send_syn_data} and {@code tcp_rcv_fastopen_synack}.
 *
 * <pre>
 *   client                                   server
 *     SYN, cookie request  -----------&gt;        makes a cookie: the addresses, encrypted
 *              &lt;----------- SYN+ACK, cookie
 *     ACK                  -----------&gt;
 *   next time:
 *     SYN, cookie, data    -----------&gt;        the cookie is right: makes the socket, queues the data
 *              &lt;----------- SYN+ACK of the data
 * </pre>
 *
 * <p>The cookie proves that the client can receive at its address; so a forged source can neither make us send more
 * than a SYN/ACK nor fill our memory. {@code tcp_conn_request} calls {@link #tcp_try_fastopen} for every SYN.
 */
public final class Fastopen {
    private Fastopen() {}

    /** The key until somebody sets another one through {@code net.ipv4.tcp_fastopen_key}. */
    static byte[] key;

    /** Has it been drawn? */
    static BoolRef ___done;

    /** Draws the key when it is first needed, and uses it if {@code publish}. */
    public static void tcp_fastopen_init_key_once(boolean publish) {
        if (net_get_random_once(key, ___done) && publish) {
            tcp_fastopen_reset_cipher(key, key.length);
        }
    }

    static void tcp_fastopen_ctx_free(tcp_fastopen_context ctx) {
        crypto_free_cipher(ctx.tfm);
    }

    /**
     * From now on cookies are made with this key; those made before are not right any more.
     *
     * @param len 16
     * @return 0, {@code -ENOMEM}, or {@code -EINVAL} for another length
     */
    public static int tcp_fastopen_reset_cipher(byte[] key, int len) {
        int err;
        tcp_fastopen_context ctx, octx;

        ctx = Gfp.fails(GFP_KERNEL) ? null : new tcp_fastopen_context();
        if (ctx == null) {
            return -ENOMEM;
        }
        ctx.tfm = crypto_alloc_cipher("aes", 0, 0);

        if (IS_ERR(ctx.tfm)) {
            err = PTR_ERR(ctx.tfm);
            pr_err("TCP: TFO aes cipher alloc error: %d\n", err);
            return err;
        }
        err = crypto_cipher_setkey(ctx.tfm, key, len);
        if (err != 0) {
            pr_err("TCP: TFO cipher key error: %d\n", err);
            crypto_free_cipher(ctx.tfm);
            pr_err("TCP: TFO aes cipher alloc error: %d\n", err);
            return err;
        }
        System.arraycopy(key, 0, ctx.key, 0, len);

        octx = tcp_fastopen_ctx;
        tcp_fastopen_ctx = ctx;

        if (octx != null) {
            tcp_fastopen_ctx_free(octx);
        }
        return err;
    }

    /** Encrypts 16 bytes; the cookie is the first eight of the result, but all 16 are stored. */
    static boolean __tcp_fastopen_cookie_gen(byte[] path,
            tcp_fastopen_cookie foc) {
        tcp_fastopen_context ctx;
        boolean ok = false;

        tcp_fastopen_init_key_once(true);

        ctx = tcp_fastopen_ctx;
        if (ctx != null) {
            crypto_cipher_encrypt_one(ctx.tfm, foc.val, path);
            foc.len = TCP_FASTOPEN_COOKIE_SIZE;
            ok = true;
        }
        return ok;
    }

    /** The cookie for whoever has sent this SYN: both addresses, filled up with zeros, encrypted with AES. */
    static boolean tcp_fastopen_cookie_gen(request_sock req,
            sk_buff syn,
            tcp_fastopen_cookie foc) {
        if (req.rsk_ops.family == AF_INET) {
            iphdr iph = ip_hdr(syn);

            byte[] path = new byte[16];
            put32(path, 0, iph.saddr());
            put32(path, 4, iph.daddr());
            return __tcp_fastopen_cookie_gen(path, foc);
        }

        return false;
    }

    /**
     * Makes the socket while the handshake is still going on. Request and socket go to the accept queue at once; the
     * socket keeps the request, to repeat the SYN/ACK, and a reference to the listener, which counts such requests.
     *
     * @param skb the SYN; its data go to the receive queue
     * @return false: no memory; the handshake can still go the normal way
     */
    static boolean tcp_fastopen_create_child(sock sk,
            sk_buff skb,
            dst_entry dst,
            request_sock req) {
        tcp_sock tp = tcp_sk(sk);
        request_sock_queue queue = inet_csk(sk).icsk_accept_queue;
        sock child;

        req.num_retrans = 0;
        req.num_timeout = 0;
        req.sk = null;

        child = inet_csk(sk).icsk_af_ops.syn_recv_sock.call(sk, skb, req, null);
        if (child == null) {
            return false;
        }

        queue.fastopenq.qlen++;

        tp = tcp_sk(child);

        tp.fastopen_rsk = req;
        // The socket may outlive the listener.
        sock_hold(sk);
        tcp_rsk(req).listener = sk;

        // In a SYN it is never scaled (RFC 7323, 2.2).
        tp.snd_wnd = tcp_hdr(skb).window();

        // For the SYN/ACK: the request is in no SYN queue.
        inet_csk_reset_xmit_timer(child, ICSK_TIME_RETRANS,
                u32(TCP_TIMEOUT_INIT), TCP_RTO_MAX);

        inet_csk_reqsk_queue_add(sk, req, child);

        inet_csk(child).icsk_af_ops.rebuild_header.call(child);
        tcp_init_congestion_control(child);
        tcp_mtup_init(child);
        tcp_init_metrics(child);
        tcp_init_buffer_space(child);

        // The caller frees the SYN: take a reference.
        if (TCP_SKB_CB(skb).end_seq != TCP_SKB_CB(skb).seq + 1) {
            skb = skb_get(skb);
            skb_dst_drop(skb);
            __skb_pull(skb, tcp_hdr(skb).doff() * 4);
            skb_set_owner_r(skb, child);
            __skb_queue_tail(child.sk_receive_queue, skb);
            tp.syn_data_acked = true;
        }
        tcp_rsk(req).rcv_nxt = tp.rcv_nxt = TCP_SKB_CB(skb).end_seq;
        sk.sk_data_ready.call(sk, 0);
        bh_unlock_sock(child);
        sock_put(child);
        WARN_ON(req.sk == null);
        return true;
    }

    /**
     * Does the listener want Fast Open, and is there room for one more pending request? A request that ended with RST
     * holds its place for 60 s (RFC 7413, section 5.1); if it has been there longer, it makes room.
     */
    static boolean tcp_fastopen_queue_check(sock sk) {
        fastopen_queue fastopenq;

        fastopenq = inet_csk(sk).icsk_accept_queue.fastopenq;
        if (fastopenq == null || fastopenq.max_qlen == 0) {
            return false;
        }

        if (fastopenq.qlen >= fastopenq.max_qlen) {
            request_sock req1;
            req1 = fastopenq.rskq_rst_head;
            if (req1 == null || time_after(req1.expires, jiffies)) {
                NET_INC_STATS_BH(sock_net(sk),
                        LINUX_MIB_TCPFASTOPENLISTENOVERFLOW);
                return false;
            }
            fastopenq.rskq_rst_head = req1.dl_next;
            fastopenq.qlen--;
            reqsk_free(req1);
        }
        return true;
    }

    /**
     * A SYN has come: with Fast Open, and is its cookie right? If so the connection is made now. If not, or if the
     * client only asks for one, the SYN/ACK will bring a cookie.
     *
     * @param foc in: the cookie of the SYN, length 0: a request for one, -1: none. Out: the one for the SYN/ACK
     * @return true: the connection exists
     */
    public static boolean tcp_try_fastopen(sock sk, sk_buff skb,
            request_sock req,
            tcp_fastopen_cookie foc,
            dst_entry dst) {
        tcp_fastopen_cookie valid_foc = new tcp_fastopen_cookie();
        valid_foc.len = -1;
        boolean syn_data = TCP_SKB_CB(skb).end_seq != TCP_SKB_CB(skb).seq + 1;

        if (!((sysctl_tcp_fastopen & TFO_SERVER_ENABLE) != 0
                && (syn_data || foc.len >= 0)
                && tcp_fastopen_queue_check(sk))) {
            foc.len = -1;
            return false;
        }

        // Either data without a cookie will do, or the cookie is ours.
        if (syn_data && (sysctl_tcp_fastopen & TFO_SERVER_COOKIE_NOT_REQD) != 0
                || tcp_fastopen_cookie_gen(req, skb, valid_foc)
                        && foc.len == TCP_FASTOPEN_COOKIE_SIZE
                        && foc.len == valid_foc.len
                        && Arrays.equals(foc.val, 0, foc.len, valid_foc.val, 0, foc.len)) {
            if (tcp_fastopen_create_child(sk, skb, dst, req)) {
                foc.len = -1;
                NET_INC_STATS_BH(sock_net(sk),
                        LINUX_MIB_TCPFASTOPENPASSIVE);
                return true;
            }
        }

        NET_INC_STATS_BH(sock_net(sk), foc.len != 0
                ? LINUX_MIB_TCPFASTOPENPASSIVEFAIL
                : LINUX_MIB_TCPFASTOPENCOOKIEREQD);
        foc.copy(valid_foc);
        return false;
    }
}
