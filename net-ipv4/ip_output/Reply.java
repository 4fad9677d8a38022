// SPDX-License-Identifier: GPL-2.0-only
package ip_output;

import static ip_options.IpOptions.ip_options_echo;
import static ip_output.Append.__ip_make_skb;
import static ip_output.Append.ip_append_data;
import static ip_output.Append.ip_flush_pending_frames;
import static ip_output.Append.ip_push_pending_frames;
import static linux.err.Err.IS_ERR;
import static linux.ip.IpHdr.ip_hdr;
import static linux.skbuff.Dst.skb_rtable;
import static linux.skbuff.Free.skb_orphan;
import static linux.skbuff.Headers.skb_transport_header;
import static linux.skbuff.Meta.skb_get_queue_mapping;
import static linux.skbuff.Meta.skb_set_queue_mapping;
import static linux.skbuff.Queue.__skb_queue_head_init;
import static linux.skbuff.Queue.skb_peek;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.tcp.Header.tcp_hdr;
import static linux.types.Be.put16;
import static net.checksum.Csum.csum_add;
import static net.checksum.Csum.csum_block_add;
import static net.checksum.Csum.csum_fold;
import static net.checksum.Csum.csum_partial_copy_nocheck;
import static net.flow.Flow.flowi4_init_output;
import static net.inet_sock.Sockets.inet_sk;
import static net.ip.IpPacket.ip_reply_arg_flowi_flags;
import static net.route.Route.RT_TOS;
import static net.route.Route.ip_rt_put;
import static net.sock.Fields.sock_net_set;
import static net.sock.SockLimits.sysctl_wmem_default;
import static route.Init.ip_rt_init;
import static route.Output.ip_route_output_key;
import static uapi.linux.rtnetlink.Rt.RT_SCOPE_UNIVERSE;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;

import linux.compiler.Ref;
import linux.skbuff.sk_buff;
import net.flow.flowi4;
import net.inet_sock.inet_sock;
import net.inet_sock.ip_options;
import net.ip.ip_reply_arg;
import net.ip.ipcm_cookie;
import net.net_namespace.net;
import net.route.rtable;
import net.sock.sock;

/**
 * Answers to a packet without a socket of its own: the RST to a segment that nobody wants, the ACK from TIME_WAIT or to
 * a request. {@code tcp_ipv4} builds the TCP header and calls {@link #ip_send_unicast_reply}. And the start of IP,
 * which {@code inet_init} calls.
 */
public final class Reply {
    private Reply() {}

    /** The socket that replies are sent by, of whatever namespace. It is in no table and nobody can wait for it. */
    static inet_sock unicast_sock;

    /** Copies from the array {@code dptr}, and sums up. */
    static int ip_reply_glue_bits(Object dptr, byte[] to, int to_at, int offset, int len, int odd, sk_buff skb) {
        int csum;

        csum = csum_partial_copy_nocheck((byte[]) dptr, offset, to, to_at, len, 0);
        skb.csum = csum_block_add(skb.csum, csum, odd);
        return 0;
    }

    /**
     * Sends {@code len} bytes of {@code arg.iov_base}, which are the whole transport header with its options, back to
     * the sender of {@code skb}; over the reverse of its source route, if it had one. Failures are silent: the peer
     * repeats itself.
     *
     * @param skb the packet that is answered, which stays the caller's
     * @param saddr what the answer comes from: the address that {@code skb} was sent to
     */
    public static void ip_send_unicast_reply(net net, sk_buff skb, int daddr, int saddr, ip_reply_arg arg, int len) {
        ip_options replyopts = new ip_options();
        ipcm_cookie ipc = new ipcm_cookie();
        flowi4 fl4 = new flowi4();
        rtable rt = skb_rtable(skb);
        sk_buff nskb;
        sock sk;
        inet_sock inet;
        int err;

        replyopts.__data = new byte[40];
        if (ip_options_echo(replyopts, skb) != 0) {
            return;
        }

        ipc.addr = daddr;
        ipc.opt = null;
        ipc.tx_flags = 0;
        ipc.ttl = 0;
        ipc.tos = -1;

        if (replyopts.optlen != 0) {
            ipc.opt = replyopts;

            if (replyopts.srr != 0) {
                daddr = replyopts.faddr;
            }
        }

        flowi4_init_output(fl4, arg.bound_dev_if, 0, RT_TOS(arg.tos), RT_SCOPE_UNIVERSE, ip_hdr(skb).protocol(),
                ip_reply_arg_flowi_flags(arg), daddr, saddr, tcp_hdr(skb).source(), tcp_hdr(skb).dest());
        rt = ip_route_output_key(net, fl4);
        if (IS_ERR(rt)) {
            return;
        }

        inet = unicast_sock;

        inet.tos = arg.tos;
        sk = inet;
        sk.sk_priority = skb.priority;
        sk.sk_protocol = ip_hdr(skb).protocol();
        sk.skc_bound_dev_if = arg.bound_dev_if;
        sock_net_set(sk, net);
        __skb_queue_head_init(sk.sk_write_queue);
        sk.sk_sndbuf = sysctl_wmem_default;
        Ref<rtable> rtp = new Ref<>(rt);
        err = ip_append_data(sk, fl4, Reply::ip_reply_glue_bits, arg.iov_base, len, 0, ipc, rtp, MSG_DONTWAIT);
        rt = rtp.val;
        out: {
            if (err != 0) {
                ip_flush_pending_frames(sk);
                break out;
            }

            nskb = skb_peek(sk.sk_write_queue);
            if (nskb != null) {
                if (arg.csumoffset >= 0) {
                    put16(nskb.head, skb_transport_header(nskb) + 2 * arg.csumoffset,
                            csum_fold(csum_add(nskb.csum, arg.csum)));
                }
                nskb.ip_summed = CHECKSUM_NONE;
                skb_orphan(nskb);
                skb_set_queue_mapping(nskb, skb_get_queue_mapping(skb));
                ip_push_pending_frames(sk, fl4);
            }
        }

        ip_rt_put(rt);
    }

    /** Routes, addresses and what is remembered about hosts. */
    public static void ip_init() {
        ip_rt_init();
    }

    /** The packet that {@code ip_append_data} has put together, from {@code include/net/ip.h}. */
    public static sk_buff ip_finish_skb(sock sk, flowi4 fl4) {
        return __ip_make_skb(sk, fl4, sk.sk_write_queue, inet_sk(sk).cork);
    }
}
