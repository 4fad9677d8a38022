// SPDX-License-Identifier: GPL-2.0-only
package tcp;

import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.skbuff.Alloc.alloc_skb;
import static linux.skbuff.Bits.skb_copy_bits;
import static linux.skbuff.Cb.TCP_SKB_CB;
import static linux.skbuff.Data.__skb_pull;
import static linux.skbuff.Data.skb_put;
import static linux.skbuff.Headers.skb_reset_transport_header;
import static linux.skbuff.Queue.__skb_queue_purge;
import static linux.skbuff.Queue.__skb_queue_tail;
import static net.sock.Flags.sock_set_flag;
import static net.sock.Memory.sk_mem_reclaim;
import static net.sock.Memory.sk_rmem_schedule;
import static net.sock.Owner.skb_set_owner_r;
import static net.sock.SockFlag.SOCK_DONE;
import static net.sock.sock.RCV_SHUTDOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.net.proto_ops;
import linux.net.socket;
import linux.net.socket_wq;
import linux.skbuff.sk_buff;
import linux.socket.iovec;
import linux.socket.msghdr;
import linux.tcp.tcp_sock;
import tcp_output.AckAndProbe;
import tcp_output.Fin;
import testing.SendQueue;
import uapi.linux.tcp.tcphdr;

/**
 * One side of an established connection with an application on top and no network below: for tests of single branches
 * of {@code tcp.c}. What it sends is listed in {@link #wire}; what the peer sends is put into the receive queue by
 * hand.
 *
 * <p>MSS 1000, window 60 segments, GSO. The bytes of both streams count up from 0.
 */
final class Endpoint {
    final SendQueue q;
    final tcp_sock tp;
    final socket sock = new socket();
    final List<String> wire;

    /** How many bytes the peer has sent, and how many the application has written. */
    private int received;

    private int written;

    Endpoint() {
        this(0);
    }

    /** @param iss our initial sequence number */
    Endpoint(int iss) {
        q = new SendQueue(iss);
        tp = q.tp;
        wire = q.wire;
        sock.wq = new socket_wq();
        sock.sk = tp;
        sock.ops = new proto_ops();
        sock.ops.sendmsg = (s, m, len) -> Sendmsg.tcp_sendmsg(s.sk, m, len);
        tp.sk_socket = sock;
        tp.sk_wq = sock.wq;
        tp.sk_type = SOCK_STREAM;
        tp.sk_rcvlowat = 1;
        tp.cleanup_rbuf = Recvmsg::tcp_cleanup_rbuf;
        tp.send_fin = Fin::tcp_send_fin;
        tp.send_active_reset = Fin::tcp_send_active_reset;
        tp.write_wakeup = AckAndProbe::tcp_write_wakeup;
    }

    /** The {@code n} bytes of a stream from {@code from} on. */
    static byte[] stream(int from, int n) {
        byte[] b = new byte[n];
        for (int i = 0; i < n; i++) {
            b[i] = (byte) ((from + i) * 31 >> 3);
        }
        return b;
    }

    static msghdr msg(int flags, iovec... iov) {
        msghdr m = new msghdr();
        m.msg_flags = flags;
        m.msg_iov = iov;
        m.msg_iovlen = iov.length;
        return m;
    }

    /** Writes the next {@code n} bytes of the stream. @return what {@code tcp_sendmsg} returned */
    int write(int n, int flags) {
        int ret = Sendmsg.tcp_sendmsg(tp, msg(flags, new iovec(stream(written, n), 0, n)), n);
        written += Math.max(0, ret);
        return ret;
    }

    /** What {@code read} got. */
    record Got(int ret, byte[] bytes) {}

    /** Reads up to {@code n} bytes without waiting. */
    Got read(int n, int flags) {
        byte[] to = new byte[n];
        int ret = Recvmsg.tcp_recvmsg(tp, msg(0, new iovec(to, 0, n)), n, 1, flags, null);
        return new Got(ret, Arrays.copyOf(to, Math.max(0, ret)));
    }

    /** Reads {@code n} bytes, which must be the next {@code n} of the stream from {@code from} on. */
    void reads(int from, int n) {
        Got got = read(n, 0);
        assertThat(got.ret).isEqualTo(n);
        assertThat(got.bytes).isEqualTo(stream(from, n));
    }

    /** A segment with the peer's next {@code n} bytes is in the receive queue. */
    sk_buff received(int n) {
        return received(n, false);
    }

    /** The same, and a FIN. */
    sk_buff received(int n, boolean fin) {
        sk_buff skb = alloc_skb(n + tcphdr.SIZE, GFP_KERNEL);
        tcphdr th = new tcphdr(skb.head, skb_put(skb, tcphdr.SIZE));
        Arrays.fill(skb.head, th.at, th.at + tcphdr.SIZE, (byte) 0);
        skb_reset_transport_header(skb);
        th.doff(5);
        th.ack(true);
        th.fin(fin);
        System.arraycopy(stream(received, n), 0, skb.head, skb_put(skb, n), n);
        __skb_pull(skb, tcphdr.SIZE);
        TCP_SKB_CB(skb).seq = tp.rcv_nxt;
        tp.rcv_nxt += n + (fin ? 1 : 0);
        TCP_SKB_CB(skb).end_seq = tp.rcv_nxt;
        received += n;
        sk_rmem_schedule(tp, skb, skb.truesize);
        skb_set_owner_r(skb, tp);
        __skb_queue_tail(tp.sk_receive_queue, skb);
        if (fin) {
            tp.sk_shutdown |= RCV_SHUTDOWN;
            sock_set_flag(tp, SOCK_DONE);
        }
        return skb;
    }

    /** Bytes in the packets of the write queue. */
    List<Integer> queued() {
        List<Integer> lens = new ArrayList<>();
        for (sk_buff skb = tp.sk_write_queue.next; skb != null; skb = skb.next) {
            lens.add(skb.len);
        }
        return lens;
    }

    /** All bytes of the write queue; their sequence numbers must follow each other. */
    byte[] queuedBytes() {
        byte[] all = new byte[tp.write_seq - tp.snd_una];
        int at = 0;
        for (sk_buff skb = tp.sk_write_queue.next; skb != null; skb = skb.next) {
            assertThat(TCP_SKB_CB(skb).seq - tp.snd_una).isEqualTo(at);
            assertThat(TCP_SKB_CB(skb).end_seq - TCP_SKB_CB(skb).seq).isEqualTo(skb.len);
            assertThat(skb_copy_bits(skb, 0, all, at, skb.len)).isZero();
            at += skb.len;
        }
        assertThat(at).isEqualTo(all.length);
        return all;
    }

    /** The last packet of the write queue. */
    sk_buff last() {
        return tp.sk_write_queue.prev;
    }

    /** Memory of the write queue must be what the socket was charged. */
    void assertCharged() {
        int truesize = 0;
        for (sk_buff skb = tp.sk_write_queue.next; skb != null; skb = skb.next) {
            truesize += skb.truesize;
        }
        assertThat(tp.sk_wmem_queued).isEqualTo(truesize);
    }

    long mib(int field) {
        return q.mib(field);
    }

    /** Gives everything back. */
    void free() {
        __skb_queue_purge(tp.sk_receive_queue);
        __skb_queue_purge(tp.ucopy.prequeue);
        q.free();
        sk_mem_reclaim(tp);
        assertThat(tp.sk_wmem_queued).isZero();
        assertThat(tp.sk_rmem_alloc).isZero();
        assertThat(tp.sk_forward_alloc).isZero();
        assertThat(tp.sk_lock.owned).isZero();
    }
}
