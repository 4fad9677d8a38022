// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static af_inet.Connect.__inet_stream_connect;
import static linux.errno.Errno.EALREADY;
import static linux.errno.Errno.EINPROGRESS;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOBUFS;
import static linux.errno.Errno.EOPNOTSUPP;
import static linux.errno.Errno.EPIPE;
import static linux.fs.file.O_NONBLOCK;
import static linux.kernel.Kernel.ALIGN;
import static linux.kernel.Kernel.gtU32;
import static linux.kernel.Kernel.leU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.min;
import static linux.kernel.Kernel.minU32;
import static linux.mm.Mm.PAGE_SIZE;
import static linux.mm.Mm.get_page;
import static linux.netdev_features.NetdevFeatures.NETIF_F_ALL_CSUM;
import static linux.netdev_features.NetdevFeatures.NETIF_F_SG;
import static linux.skbuff.Alloc.alloc_skb_fclone;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.skb_availroom;
import static linux.skbuff.Data.skb_reserve;
import static linux.skbuff.Frags.skb_can_coalesce;
import static linux.skbuff.Frags.skb_fill_page_desc;
import static linux.skbuff.Frags.skb_frag_size_add;
import static linux.skbuff.Free.__kfree_skb;
import static linux.skbuff.SkbConst.SKBTX_SHARED_FRAG;
import static linux.skbuff.Truesize.SKB_MAX_HEAD;
import static linux.skbuff.Truesize.SKB_WITH_OVERHEAD;
import static linux.skbuff.sk_buff.CHECKSUM_NONE;
import static linux.skbuff.sk_buff.CHECKSUM_PARTIAL;
import static linux.skbuff.skb_shared_info.MAX_SKB_FRAGS;
import static linux.tcp.Fastopen.tcp_passive_fastopen;
import static linux.tcp.Sockets.tcp_sk;
import static mptcp_output.Sizes.mptcp_current_mss;
import static mptcp_output.Sizes.mptcp_select_size;
import static mptcp_output.Sizes.mptcp_xmit_size_goal;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.mptcp.Subflows.mptcp_can_sendpage;
import static net.mptcp.Subflows.mptcp_can_sg;
import static net.sock.Buffers.sk_page_frag;
import static net.sock.Buffers.sk_page_frag_refill;
import static net.sock.Buffers.skb_add_data_nocache;
import static net.sock.Buffers.skb_copy_to_page_nocache;
import static net.sock.Dst.sk_can_gso;
import static net.sock.Lock.lock_sock;
import static net.sock.Lock.release_sock;
import static net.sock.Memory.sk_mem_charge;
import static net.sock.Memory.sk_wmem_schedule;
import static net.sock.NoOps.sock_no_sendpage;
import static net.sock.Owner.sk_wmem_free_skb;
import static net.sock.Stream.sk_stream_error;
import static net.sock.Stream.sk_stream_memory_free;
import static net.sock.Stream.sk_stream_moderate_sndbuf;
import static net.sock.Stream.sk_stream_wait_connect;
import static net.sock.Stream.sk_stream_wait_memory;
import static net.sock.Waiting.sock_sndtimeo;
import static net.sock.sock.SEND_SHUTDOWN;
import static net.tcp.Multipath.mptcp;
import static net.tcp.Sysctls.sysctl_tcp_fastopen;
import static net.tcp.Sysctls.sysctl_tcp_min_tso_segs;
import static net.tcp.TcpConst.MAX_TCP_HEADER;
import static net.tcp.TcpConst.TCPHDR_PSH;
import static net.tcp.TcpConst.TCP_NAGLE_PUSH;
import static net.tcp.TcpConst.TFO_CLIENT_ENABLE;
import static net.tcp.Windows.tcp_bound_to_half_wnd;
import static net.tcp.WriteQueue.tcp_check_send_head;
import static net.tcp.WriteQueue.tcp_send_head;
import static net.tcp.WriteQueue.tcp_unlink_write_queue;
import static net.tcp.WriteQueue.tcp_write_queue_tail;
import static net.tcp.tcp_skb_cb.TCPCB_REPAIRED;
import static net.tcp_states.TcpState.TCPF_CLOSE_WAIT;
import static net.tcp_states.TcpState.TCPF_ESTABLISHED;
import static tcp.Push.forced_push;
import static tcp.Push.skb_entail;
import static tcp.Push.tcp_mark_push;
import static tcp.Push.tcp_push;
import static tcp_input.DataQueue.tcp_send_rcvq;
import static tcp_output.Mss.tcp_current_mss;
import static tcp_output.Push.__tcp_push_pending_frames;
import static tcp_output.Push.tcp_push_one;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_FASTOPEN;
import static uapi.linux.socket.SocketOpt.MSG_MORE;
import static uapi.linux.socket.SocketOpt.MSG_OOB;
import static uapi.linux.socket.SocketOpt.MSG_SENDPAGE_NOTLAST;
import static uapi.linux.socket.SocketOpt.SOCK_ASYNC_NOSPACE;
import static uapi.linux.socket.SocketOpt.SOCK_NOSPACE;
import static uapi.linux.tcp.TcpOpt.TCP_NO_QUEUE;
import static uapi.linux.tcp.TcpOpt.TCP_RECV_QUEUE;

import linux.compiler.IntRef;
import linux.compiler.KernelBug;
import linux.compiler.LongRef;
import linux.gfp.Gfp;
import linux.mm.page;
import linux.mm.page_frag;
import linux.skbuff.sk_buff;
import linux.socket.iovec;
import linux.socket.msghdr;
import linux.tcp.tcp_sock;
import net.sock.sock;
import net.tcp.tcp_fastopen_request;

/**
 * {@code send(2)}: the application's bytes become packets on the write queue.
 *
 * <p>{@code inet_sendmsg} comes in at {@link #tcp_sendmsg}. Each packet is filled up to the <em>size goal</em>, which
 * with GSO is many segments long: the device cuts it. Bytes go into the linear part while there is room, then into
 * pages that one task's writes share. Full packets are sent in between ({@code __tcp_push_pending_frames}, {@code
 * tcp_push_one}), what is left by {@link Push#tcp_push}; without room in the send buffer the writer sleeps.
 *
 * <p>On a meta socket this is all the same, but the numbers (MSS, size goal, room in the linear part) come from {@code
 * mptcp_output}, since it is not known yet on which subflow the bytes will go.
 */
public final class Sendmsg {
    private Sendmsg() {}

    /**
     * A packet for the write queue with room for {@code size} linear bytes behind all headers.
     *
     * @return null: no memory, or the send buffer's share of {@code tcp_mem} is used up
     */
    public static sk_buff sk_stream_alloc_skb(sock sk, int size, int gfp) {
        sk_buff skb;

        size = ALIGN(size, 4);

        skb = alloc_skb_fclone(size + sk.skc_prot.max_header, gfp);
        if (skb != null) {
            if (sk_wmem_schedule(sk, skb.truesize)) {
                skb_reserve(skb, sk.skc_prot.max_header);
                // The allocator gives more than was asked for; a packet must not grow beyond its MSS by that.
                skb.reserved_tailroom = skb.end - skb.tail - size;
                return skb;
            }
            __kfree_skb(skb);
        } else {
            sk.skc_prot.enter_memory_pressure.call(sk);
            sk_stream_moderate_sndbuf(sk);
        }
        return null;
    }

    /**
     * Up to how many bytes of payload a packet is filled. With GSO as many whole segments as are sent in a millisecond
     * at the pacing rate, at least {@code tcp_min_tso_segs}, at most what the device takes and half of the peer's
     * largest window.
     *
     * @param large_allowed 0: one segment (urgent data)
     * @return bytes (u32), never less than {@code mss_now}
     */
    public static int tcp_xmit_size_goal(sock sk, int mss_now, int large_allowed) {
        tcp_sock tp = tcp_sk(sk);
        int xmit_size_goal;
        int old_size_goal;

        xmit_size_goal = mss_now;

        if (large_allowed != 0 && sk_can_gso(sk)) {
            int gso_size;
            int hlen;

            hlen = inet_csk(sk).icsk_af_ops.net_header_len
                    + inet_csk(sk).icsk_ext_hdr_len
                    + tp.tcp_header_len;

            gso_size = Integer.divideUnsigned(sk.sk_pacing_rate, 2 * 1000);
            gso_size = maxU32(gso_size, sysctl_tcp_min_tso_segs * mss_now);

            xmit_size_goal = minU32(gso_size, sk.sk_gso_max_size - 1 - hlen);

            xmit_size_goal = tcp_bound_to_half_wnd(tp, xmit_size_goal);

            // Mostly the number of segments is still right: then there is nothing to divide.
            old_size_goal = tp.xmit_size_goal_segs * mss_now;

            if (leU32(old_size_goal, xmit_size_goal)
                    && gtU32(old_size_goal + mss_now, xmit_size_goal)) {
                xmit_size_goal = old_size_goal;
            } else {
                tp.xmit_size_goal_segs =
                        min(Integer.divideUnsigned(xmit_size_goal, mss_now) & 0xffff, sk.sk_gso_max_segs & 0xffff);
                xmit_size_goal = tp.xmit_size_goal_segs * mss_now;
            }
        }

        return maxU32(xmit_size_goal, mss_now);
    }

    /** @return the MSS as it is now, in bytes; {@code size_goal}: see {@link #tcp_xmit_size_goal} */
    static int tcp_send_mss(sock sk, IntRef size_goal, int flags) {
        int mss_now;

        if (mptcp(tcp_sk(sk))) {
            mss_now = mptcp_current_mss(sk);
            size_goal.val = mptcp_xmit_size_goal(sk, mss_now, (flags & MSG_OOB) == 0 ? 1 : 0);
        } else {
            mss_now = tcp_current_mss(sk);
            size_goal.val = tcp_xmit_size_goal(sk, mss_now, (flags & MSG_OOB) == 0 ? 1 : 0);
        }

        return mss_now;
    }

    /**
     * {@link #tcp_sendmsg} for bytes that are not copied: packets refer to {@code page}.
     *
     * @return bytes taken, or why none were: see {@link #tcp_sendmsg}
     */
    @KernelBug("an empty packet stays at the end of the write queue when there is no memory for its first bytes and "
            + "the wait for it fails; fixed upstream by \"tcp: remove empty skb from write queue in error cases\"")
    static int do_tcp_sendpages(sock sk, page page, int offset, int size, int flags) {
        tcp_sock tp = tcp_sk(sk);
        int mss_now;
        IntRef size_goal = new IntRef();
        int err;
        int copied;
        LongRef timeo = new LongRef(sock_sndtimeo(sk, (flags & MSG_DONTWAIT) != 0));

        out_err: {
            if ((1 << sk.skc_state & ~(TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) != 0
                    && !tcp_passive_fastopen(sk)) {
                if ((err = sk_stream_wait_connect(sk, timeo)) != 0) {
                    break out_err;
                }
            }

            if (mptcp(tp)) {
                if (!mptcp_can_sendpage(sk)) {
                    int ret;

                    release_sock(sk);
                    ret = sock_no_sendpage(sk.sk_socket, page, offset, size, flags);
                    lock_sock(sk);
                    return ret;
                }
            }

            sk.sk_socket.flags &= ~(1 << SOCK_ASYNC_NOSPACE);

            mss_now = tcp_send_mss(sk, size_goal, flags);
            copied = 0;

            err = -EPIPE;
            if (sk.sk_err != 0 || (sk.sk_shutdown & SEND_SHUTDOWN) != 0) {
                break out_err;
            }

            out: {
                do_error: {
                    while (size > 0) {
                        sk_buff skb = tcp_write_queue_tail(sk);
                        int copy = 0;
                        int i;
                        boolean can_coalesce;
                        boolean new_segment =
                                tcp_send_head(sk) == null || (copy = size_goal.val - skb.len) <= 0;

                        wait_for_memory: {
                            wait_for_sndbuf: {
                                for (;;) {
                                    if (new_segment) {
                                        if (!sk_stream_memory_free(sk)) {
                                            break wait_for_sndbuf;
                                        }

                                        skb = sk_stream_alloc_skb(sk, 0, sk.sk_allocation);
                                        if (skb == null) {
                                            break wait_for_memory;
                                        }

                                        skb_entail(sk, skb);
                                        copy = size_goal.val;
                                    }

                                    if (copy > size) {
                                        copy = size;
                                    }

                                    i = skb.shinfo.nr_frags;
                                    can_coalesce = skb_can_coalesce(skb, i, page, offset);
                                    if (can_coalesce || i < MAX_SKB_FRAGS) {
                                        break;
                                    }
                                    tcp_mark_push(tp, skb);
                                    new_segment = true;
                                }
                                if (!sk_wmem_schedule(sk, copy)) {
                                    break wait_for_memory;
                                }

                                if (can_coalesce) {
                                    skb_frag_size_add(skb.shinfo.frags(i - 1), copy);
                                } else {
                                    get_page(page);
                                    skb_fill_page_desc(skb, i, page, offset, copy);
                                }
                                skb.shinfo.tx_flags |= SKBTX_SHARED_FRAG;

                                skb.len += copy;
                                skb.data_len += copy;
                                skb.truesize += copy;
                                sk.sk_wmem_queued += copy;
                                sk_mem_charge(sk, copy);
                                skb.ip_summed = CHECKSUM_PARTIAL;
                                tp.write_seq += copy;
                                TCP_SKB_CB(skb).end_seq += copy;
                                skb.shinfo.gso_segs = 0;

                                if (copied == 0) {
                                    TCP_SKB_CB(skb).tcp_flags &= ~TCPHDR_PSH;
                                }

                                copied += copy;
                                offset += copy;
                                if ((size -= copy) == 0) {
                                    break out;
                                }

                                if (ltU32(skb.len, size_goal.val) || (flags & MSG_OOB) != 0) {
                                    continue;
                                }

                                if (forced_push(tp)) {
                                    tcp_mark_push(tp, skb);
                                    __tcp_push_pending_frames(sk, mss_now, TCP_NAGLE_PUSH);
                                } else if (skb == tcp_send_head(sk)) {
                                    tcp_push_one(sk, mss_now);
                                }
                                continue;
                            }
                            sk.sk_socket.flags |= 1 << SOCK_NOSPACE;
                        }
                        tcp_push(sk, flags & ~MSG_MORE, mss_now, TCP_NAGLE_PUSH, size_goal.val);

                        if ((err = sk_stream_wait_memory(sk, timeo)) != 0) {
                            break do_error;
                        }

                        mss_now = tcp_send_mss(sk, size_goal, flags);
                    }
                    break out;
                }
                if (copied == 0) {
                    break out_err;
                }
            }
            if (copied != 0 && (flags & MSG_SENDPAGE_NOTLAST) == 0) {
                tcp_push(sk, flags, mss_now, tp.nonagle, size_goal.val);
            }
            return copied;
        }
        return sk_stream_error(sk, flags, err);
    }

    /**
     * {@code sendfile(2)}: sends part of a page. If the device cannot send from pages, or wants the checksum to be
     * there, the bytes are copied after all.
     */
    public static int tcp_sendpage(sock sk, page page, int offset, int size, int flags) {
        int res;

        if (!mptcp(tcp_sk(sk)) && ((sk.sk_route_caps & NETIF_F_SG) == 0
                || (sk.sk_route_caps & NETIF_F_ALL_CSUM) == 0)) {
            return sock_no_sendpage(sk.sk_socket, page, offset, size, flags);
        }

        lock_sock(sk);
        res = do_tcp_sendpages(sk, page, offset, size, flags);
        release_sock(sk);
        return res;
    }

    /**
     * Bytes of payload in the linear part of a packet.
     *
     * @param sg the rest can go into pages
     */
    static int select_size(sock sk, boolean sg) {
        tcp_sock tp = tcp_sk(sk);
        int tmp = tp.mss_cache;

        if (mptcp(tp)) {
            return mptcp_select_size(sk, sg);
        }

        if (sg) {
            if (sk_can_gso(sk)) {
                // Half a page: a small packet needs no page of its own.
                tmp = SKB_WITH_OVERHEAD(2048 - MAX_TCP_HEADER);
            } else {
                int pgbreak = SKB_MAX_HEAD(MAX_TCP_HEADER);

                if (tmp >= pgbreak
                        && tmp <= pgbreak + (MAX_SKB_FRAGS - 1) * PAGE_SIZE) {
                    tmp = pgbreak;
                }
            }
        }

        return tmp;
    }

    /** The SYN is out, or will never be: nothing more is to go into it. */
    public static void tcp_free_fastopen_req(tcp_sock tp) {
        if (tp.fastopen_req != null) {
            tp.fastopen_req = null;
        }
    }

    /**
     * {@code MSG_FASTOPEN} (RFC 7413): connects, and lets the SYN take as many bytes as it can.
     *
     * @param copied how many it took
     * @return 0, {@code -EINPROGRESS}, or why connecting failed; {@code -EOPNOTSUPP}: {@code tcp_fastopen} is off for
     *     clients; {@code -EALREADY}: another task is at it
     */
    static int tcp_sendmsg_fastopen(sock sk, msghdr msg, IntRef copied, int size) {
        tcp_sock tp = tcp_sk(sk);
        int err;
        int flags;

        if ((sysctl_tcp_fastopen & TFO_CLIENT_ENABLE) == 0) {
            return -EOPNOTSUPP;
        }
        if (tp.fastopen_req != null) {
            return -EALREADY;
        }

        if (Gfp.fails(sk.sk_allocation)) {
            return -ENOBUFS;
        }
        tp.fastopen_req = new tcp_fastopen_request();
        tp.fastopen_req.data = msg;
        tp.fastopen_req.size = size;

        flags = (msg.msg_flags & MSG_DONTWAIT) != 0 ? O_NONBLOCK : 0;
        err = __inet_stream_connect(sk.sk_socket, msg.msg_name, msg.msg_namelen, flags);
        copied.val = tp.fastopen_req.copied;
        tcp_free_fastopen_req(tp);
        return err;
    }

    /**
     * Writes {@code msg}. Sleeps until there is a connection and room for all of it, unless {@code MSG_DONTWAIT} or
     * {@code SO_SNDTIMEO} say otherwise.
     *
     * @return bytes taken, if there are any: the error is for the next call; else {@code -EAGAIN}, {@code -EPIPE} (this
     *     side is closed, or there is no connection), {@code -EFAULT}, or why the connection has failed
     */
    public static int tcp_sendmsg(sock sk, msghdr msg, int size) {
        iovec iov;
        tcp_sock tp = tcp_sk(sk);
        sk_buff skb;
        int iovlen;
        int flags;
        int err;
        int copied = 0;
        int mss_now = 0;
        IntRef size_goal = new IntRef();
        IntRef copied_syn = new IntRef();
        int offset = 0;
        boolean sg;
        LongRef timeo;

        lock_sock(sk);

        out_err: {
            out_nopush: {
                out: {
                    do_error: {
                        do_fault: {
                            flags = msg.msg_flags;
                            if ((flags & MSG_FASTOPEN) != 0) {
                                err = tcp_sendmsg_fastopen(sk, msg, copied_syn, size);
                                if (err == -EINPROGRESS && copied_syn.val > 0) {
                                    break out;
                                } else if (err != 0) {
                                    break out_err;
                                }
                                offset = copied_syn.val;
                            }

                            timeo = new LongRef(sock_sndtimeo(sk, (flags & MSG_DONTWAIT) != 0));

                            // A passive Fast Open connection may answer before its handshake is over.
                            if ((1 << sk.skc_state & ~(TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) != 0
                                    && !tcp_passive_fastopen(sk)) {
                                if ((err = sk_stream_wait_connect(sk, timeo)) != 0) {
                                    break do_error;
                                }
                            }

                            if (tp.repair) {
                                if (tp.repair_queue == TCP_RECV_QUEUE) {
                                    copied = tcp_send_rcvq(sk, msg, size);
                                    break out_nopush;
                                }

                                err = -EINVAL;
                                if (tp.repair_queue == TCP_NO_QUEUE) {
                                    break out_err;
                                }
                            }

                            sk.sk_socket.flags &= ~(1 << SOCK_ASYNC_NOSPACE);

                            mss_now = tcp_send_mss(sk, size_goal, flags);

                            iovlen = msg.msg_iovlen;
                            int iov_at = 0;
                            copied = 0;

                            err = -EPIPE;
                            if (sk.sk_err != 0 || (sk.sk_shutdown & SEND_SHUTDOWN) != 0) {
                                break out_err;
                            }

                            if (mptcp(tp)) {
                                sg = mptcp_can_sg(sk);
                            } else {
                                sg = (sk.sk_route_caps & NETIF_F_SG) != 0;
                            }

                            while (--iovlen >= 0) {
                                iov = msg.msg_iov[iov_at];
                                int seglen = iov.iov_len;
                                byte[] from = iov.iov_base;
                                int from_at = iov.iov_off;

                                iov_at++;
                                if (offset > 0) {
                                    if (offset >= seglen) {
                                        offset -= seglen;
                                        continue;
                                    }
                                    seglen -= offset;
                                    from_at += offset;
                                    offset = 0;
                                }

                                while (seglen > 0) {
                                    int copy = 0;
                                    int max = size_goal.val;

                                    skb = tcp_write_queue_tail(sk);
                                    if (tcp_send_head(sk) != null) {
                                        if (skb.ip_summed == CHECKSUM_NONE) {
                                            max = mss_now;
                                        }
                                        copy = max - skb.len;
                                    }
                                    boolean new_segment = copy <= 0;

                                    wait_for_memory: {
                                        wait_for_sndbuf: {
                                            for (;;) {
                                                if (new_segment) {
                                                    if (!sk_stream_memory_free(sk)) {
                                                        break wait_for_sndbuf;
                                                    }

                                                    skb = sk_stream_alloc_skb(
                                                            sk, select_size(sk, sg), sk.sk_allocation);
                                                    if (skb == null) {
                                                        break wait_for_memory;
                                                    }

                                                    // A meta socket's packets are summed up when the subflow is known,
                                                    // unless the DSS option has a checksum over the payload.
                                                    if ((mptcp(tp) && !tp.mpcb.dss_csum || !mptcp(tp))
                                                            && (mptcp(tp)
                                                                    || (sk.sk_route_caps & NETIF_F_ALL_CSUM) != 0)) {
                                                        skb.ip_summed = CHECKSUM_PARTIAL;
                                                    }

                                                    skb_entail(sk, skb);
                                                    copy = size_goal.val;
                                                    max = size_goal.val;

                                                    // When it was sent is not known: it must not be used for the RTT.
                                                    if (tp.repair) {
                                                        TCP_SKB_CB(skb).sacked |= TCPCB_REPAIRED;
                                                    }
                                                }

                                                if (copy > seglen) {
                                                    copy = seglen;
                                                }

                                                if (skb_availroom(skb) > 0) {
                                                    copy = min(copy, skb_availroom(skb));
                                                    err = skb_add_data_nocache(sk, skb, from, from_at, copy);
                                                    if (err != 0) {
                                                        break do_fault;
                                                    }
                                                } else {
                                                    boolean merge = true;
                                                    int i = skb.shinfo.nr_frags;
                                                    page_frag pfrag = sk_page_frag(sk);

                                                    if (!sk_page_frag_refill(sk, pfrag)) {
                                                        break wait_for_memory;
                                                    }

                                                    if (!skb_can_coalesce(skb, i, pfrag.page, pfrag.offset)) {
                                                        if (i == MAX_SKB_FRAGS || !sg) {
                                                            tcp_mark_push(tp, skb);
                                                            new_segment = true;
                                                            continue;
                                                        }
                                                        merge = false;
                                                    }

                                                    copy = min(copy, pfrag.size - pfrag.offset);

                                                    if (!sk_wmem_schedule(sk, copy)) {
                                                        break wait_for_memory;
                                                    }

                                                    err = skb_copy_to_page_nocache(
                                                            sk, from, from_at, skb, pfrag.page, pfrag.offset, copy);
                                                    if (err != 0) {
                                                        break do_error;
                                                    }

                                                    if (merge) {
                                                        skb_frag_size_add(skb.shinfo.frags(i - 1), copy);
                                                    } else {
                                                        skb_fill_page_desc(skb, i, pfrag.page, pfrag.offset, copy);
                                                        get_page(pfrag.page);
                                                    }
                                                    pfrag.offset += copy;
                                                }
                                                break;
                                            }

                                            if (copied == 0) {
                                                TCP_SKB_CB(skb).tcp_flags &= ~TCPHDR_PSH;
                                            }

                                            tp.write_seq += copy;
                                            TCP_SKB_CB(skb).end_seq += copy;
                                            skb.shinfo.gso_segs = 0;

                                            from_at += copy;
                                            copied += copy;
                                            if ((seglen -= copy) == 0 && iovlen == 0) {
                                                break out;
                                            }

                                            if (ltU32(skb.len, max) || (flags & MSG_OOB) != 0 || tp.repair) {
                                                continue;
                                            }

                                            if (forced_push(tp)) {
                                                tcp_mark_push(tp, skb);
                                                __tcp_push_pending_frames(sk, mss_now, TCP_NAGLE_PUSH);
                                            } else if (skb == tcp_send_head(sk)) {
                                                tcp_push_one(sk, mss_now);
                                            }
                                            continue;
                                        }
                                        sk.sk_socket.flags |= 1 << SOCK_NOSPACE;
                                    }
                                    if (copied != 0) {
                                        tcp_push(sk, flags & ~MSG_MORE, mss_now, TCP_NAGLE_PUSH, size_goal.val);
                                    }

                                    if ((err = sk_stream_wait_memory(sk, timeo)) != 0) {
                                        break do_error;
                                    }

                                    mss_now = tcp_send_mss(sk, size_goal, flags);
                                }
                            }
                            break out;
                        }
                        if (skb.len == 0) {
                            tcp_unlink_write_queue(skb, sk);
                            tcp_check_send_head(sk, skb);
                            sk_wmem_free_skb(sk, skb);
                        }
                    }
                    if (copied + copied_syn.val == 0) {
                        break out_err;
                    }
                }
                if (copied != 0) {
                    tcp_push(sk, flags, mss_now, tp.nonagle, size_goal.val);
                }
            }
            release_sock(sk);
            return copied + copied_syn.val;
        }
        err = sk_stream_error(sk, flags, err);
        release_sock(sk);
        return err;
    }
}
